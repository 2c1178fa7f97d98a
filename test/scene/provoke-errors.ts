import { hold } from '../lab/hold.ts';
import { GOOD_INI } from './provoke.ts';
import type { Scene } from './scene.ts';

type Act = (scene: Scene) => Promise<unknown>;

/** How a verb comes to an error whose commands change something. */
export interface ProvokedError {
  readonly begin: Act;
  /** A shell's line, which fails and, after the commands, does not. */
  readonly verb: string;
  readonly says: RegExp;
  /** What a person waits for, or does, before the commands are typed. */
  readonly end?: Act;
  /** What a person writes in the place of a word. */
  readonly fill?: Readonly<Record<string, string>>;
  /** Takes away what was made for this one. */
  readonly after?: Act;
}

const shell =
  (line: string): Act =>
  ({ machine }) =>
    machine.run('bash', '-c', line);
const STATE = '/var/lib/php-zd/shop';
const ONE = '$(ls /run/php-zd/shop/serving | head -n 1)';

/** A request that stands in PHP, until `open`. */
const request: Act = async ({ machine, site }) => {
  const { arrived } = await hold(machine, site, 'x');
  await machine.run('systemd-run', '--quiet', '--collect', 'curl', '--silent', `${site.url}?stand=x`);
  await arrived();
};
const open = shell(`rm -f ${STATE}/tmp/shop/hold-x`);
const ini =
  (text: string): Act =>
  async ({ site }) => {
    await site.writeIni(text);
    const { status, stderr } = await site.reload();
    if (status !== 0) throw new Error(stderr);
  };

export const errorProvocations: Readonly<Record<string, ProvokedError>> = {
  'no-previous': {
    begin: shell(`rm -f ${STATE}/previous ${STATE}/history.jsonl; cp -a /srv/shop/releases/1 /srv/shop/releases/first`),
    verb: 'php-zd rollback shop',
    says: /cannot be rolled back/,
    fill: { DIR: '/srv/shop/releases/first' },
  },
  'unit-masked': {
    begin: shell('systemctl mask --quiet php-zd@shop'),
    verb: 'php-zd reload shop',
    says: /is masked/,
  },
  'balancer-unreachable': {
    begin: shell('systemctl stop php-zd-haproxy'),
    verb: `php-zd ready shop ${ONE}`,
    says: /HAProxy does not answer/,
  },
  'front-outdated': {
    begin: shell('sed -i /php-zd-front/d /var/lib/php-zd/haproxy/shop.cfg'),
    verb: 'php-zd maintenance shop on',
    says: /was written by an older php-zd/,
    after: shell('php-zd maintenance shop off'),
  },
  'release-missing': {
    begin: async () => undefined,
    verb: '[ -e /srv/shop/releases/8 ] && exec php-zd deploy shop /srv/shop/releases/8; php-zd deploy shop /srv/none',
    says: /is no directory/,
    end: shell('cp -a /srv/shop/releases/1 /srv/shop/releases/8'),
    fill: { SITE: 'shop', DIR: '/srv/shop/releases/8' },
  },
  'not-run-yet': {
    begin: async ({ site, machine }) => {
      await machine.run('useradd', 'another');
      await machine.run('chmod', '-R', 'go+rX', '/srv/shop');
      await machine.write(site.file, `[site]\nrelease = /srv/shop/current\nuser = another\n${GOOD_INI}`);
    },
    verb: 'php-zd exec --release "$(readlink -f /srv/shop/current)" shop -- true',
    says: /never ran as user/,
    after: ini(GOOD_INI),
  },
  'drain-timeout': {
    begin: async scene => {
      await ini(`${GOOD_INI}[drain]\ntimeout = 1s\n`)(scene);
      await request(scene);
    },
    verb: 'for n in $(ls /run/php-zd/shop/held /run/php-zd/shop/serving | grep "^[0-9]"); do php-zd drain --force shop $n || exit; php-zd ready shop $n || exit; done',
    says: /still had work/,
    end: open,
    after: ini(GOOD_INI),
  },
  'still-busy': {
    begin: request,
    verb: '[ -e /run/calm ] || exec php-zd hold shop --idle --for 1s; php-zd hold shop --idle --for 60s && php-zd release-hold shop',
    says: /still ran when the hold was over/,
    end: async scene => {
      await open(scene);
      await shell(': >/run/calm')(scene);
    },
    fill: { '--for': '--for=1s' },
  },
};
