import type { FindingKind } from '../../src/report/status/finding.ts';
import { hold } from '../lab/hold.ts';
import { awaitAnswer } from '../lab/machine.ts';
import { killRoll, openRequests, rollThatWaits } from './killed-roll.ts';
import type { Scene } from './scene.ts';

export const GOOD_INI = '[pool]\npm.max_children = 4\n[health]\npath = /health\ninterval = 100ms\ndeadline = 20s\n';
const STATE = '/var/lib/php-zd/shop';
const HAPROXY = `${STATE}/../haproxy/shop.cfg`;

/** What is found after `begin`; `end` is what the commands wait for, or what a person does before they are typed. */
export interface Provoked {
  readonly begin: (scene: Scene) => Promise<unknown>;
  readonly end?: (scene: Scene) => Promise<unknown>;
}

const shell =
  (line: string) =>
  ({ machine }: Scene): Promise<unknown> =>
    machine.run('bash', '-c', `set -e; ${SLOTS}; ${line}`);

/** `one` and `other` are the slots that serve. */
const SLOTS = `cd ${STATE}; read -r one other <<<"$(echo $(ls /run/php-zd/shop/serving))"`;

const aRoll = (change: (scene: Scene) => Promise<unknown>) => async (scene: Scene) => {
  await change(scene);
  const { status, stderr } = await scene.site.reload();
  if (status !== 0) throw new Error(stderr);
};

const withStandby = aRoll(async ({ site }) => {
  await site.writeIni(`standby = yes\n${GOOD_INI}`);
  await site.flip(await site.release());
});

/** A roll and its settle are killed when all new replicas serve, and nothing is promoted yet. */
const killedLate = (change: (scene: Scene) => Promise<unknown>) => async (scene: Scene) => {
  await change(scene);
  await rollThatWaits(scene);
  await killRoll(scene);
  await openRequests(scene);
};

const replaced = (link: string) =>
  shell(
    `release=$(readlink -f ${link}/release); cp -a "$release" /srv/copy; rm -r "$release"; mv /srv/copy "$release"`,
  );

/** Where every new replica's proof waits. */
const holdHealth = ({ machine, site }: Scene) => hold(machine, site, 'health');
const openHealth = async (scene: Scene) => await scene.machine.run('rm', '-f', `${STATE}/tmp/shop/hold-health`);

/** How a site comes to each finding whose commands change something. */
export const provocations: { readonly [Kind in FindingKind]?: Provoked } = {
  'not-started': { begin: shell('systemctl stop php-zd@shop') },
  rolling: {
    begin: async scene => {
      await holdHealth(scene);
      await shell('php-zd reload --no-block shop')(scene);
    },
    end: openHealth,
  },
  starting: {
    begin: async scene => {
      await shell('systemctl stop php-zd@shop')(scene);
      await holdHealth(scene);
      await shell('systemctl start --no-block php-zd@shop')(scene);
    },
    end: openHealth,
  },
  'unit-failed': {
    begin: shell(
      `systemctl stop php-zd@shop; d=/run/systemd/system/php-zd@shop.service.d; mkdir -p $d
      printf '[Service]\\nRestart=no\\nExecStartPre=/bin/false\\n' >$d/no.conf; systemctl daemon-reload
      ! systemctl start php-zd@shop 2>/dev/null; rm $d/no.conf; systemctl daemon-reload`,
    ),
  },
  // Node.js cannot run, so that the restart neither stops nor starts the site.
  'stop-failed': {
    begin: shell(
      `d=/run/systemd/system/php-zd@shop.service.d; mkdir -p $d; printf '[Service]\\nRestart=no\\n' >$d/no.conf; systemctl daemon-reload
      node=$(readlink -f /usr/bin/node); mount --bind /bin/false $node; ! systemctl restart php-zd@shop 2>/dev/null; umount $node
      rm $d/no.conf; systemctl daemon-reload`,
    ),
  },
  'unit-stopped': { begin: shell('systemctl stop php-zd@shop; systemctl start "php-zd-fpm-shop@$one"') },
  'roll-killed': {
    begin: shell(
      `node -e 'const fs = require("fs"); const { outcome, ...roll } = JSON.parse(fs.readFileSync("roll.json"));
      fs.writeFileSync("roll.json", JSON.stringify({ ...roll, state: "running" }))'`,
    ),
  },
  maintenance: { begin: shell('php-zd maintenance shop on') },
  held: { begin: ({ machine }) => machine.run('systemd-run', '--collect', 'php-zd', 'hold', 'shop', '--for', '10min') },
  'balancer-down': { begin: shell('systemctl stop php-zd-haproxy') },
  'balancer-silent': { begin: shell(`echo "#" >${HAPROXY}; systemctl restart php-zd-haproxy`) },
  unlinked: { begin: shell('rm /run/php-zd/shop/fastcgi.sock') },
  'front-gone': { begin: shell('rm /run/php-zd/shop/balancer/fastcgi.sock') },
  'control-gone': { begin: shell('rm /run/php-zd/haproxy/admin.sock') },
  // After a boot, at which its start has failed.
  'release-gone': {
    begin: async scene => {
      await aRoll(async ({ site }) => await site.flip(await site.release()))(scene);
      await shell(
        'systemctl stop php-zd@shop; rm -r "$(readlink promoted/release)"; ! systemctl start php-zd@shop 2>/dev/null',
      )(scene);
    },
  },
  'socket-gone': { begin: shell('rm "/run/php-zd/shop/replicas/$one/status.sock"') },
  'http-down': {
    begin: async scene => {
      await aRoll(({ site }) => site.writeIni(`${GOOD_INI}[listen]\nhttp = 127.0.0.1:8080\n`))(scene);
      await shell('systemctl stop php-zd-http-shop.socket')(scene);
    },
  },
  'lost-sight': { begin: replaced('promoted') },
  'other-configuration': { begin: killedLate(({ site }) => site.writeIni(`${GOOD_INI}[env]\nONE = 1\n`)) },
  'other-release': { begin: killedLate(async ({ site }) => await site.flip(await site.release())) },
  'too-many': {
    begin: async scene => {
      await scene.site.writeIni(`bake = 10min\n${GOOD_INI}`);
      await shell('php-zd reload --no-block shop')(scene);
      const isOneMore = async () => (await scene.site.status()).serving === 3 || undefined;
      await awaitAnswer('a new replica beside the old ones', isOneMore);
      await killRoll(scene);
      await scene.site.writeIni(GOOD_INI);
    },
  },
  'too-few': { begin: shell('php-zd drain shop "$one"; systemctl stop "php-zd-fpm-shop@$one"') },
  'standby-down': {
    begin: async scene => {
      await withStandby(scene);
      await shell('systemctl stop "php-zd-fpm-shop@$(comm -23 <(ls slots) <(ls /run/php-zd/shop/serving))"')(scene);
    },
  },
  'standby-lost-sight': {
    begin: async scene => {
      await withStandby(scene);
      await replaced('previous')(scene);
    },
  },
  drained: {
    begin: async scene => {
      await aRoll(({ site }) => site.writeIni(GOOD_INI))(scene);
      await shell('php-zd drain shop "$one"')(scene);
    },
  },
  // One script of a new release.
  crashing: {
    begin: async scene => {
      const crash = '<?php posix_kill(getmypid(), 11); sleep(1);';
      await aRoll(async ({ site }) => await site.flip(await site.release({ 'public/part.php': crash })))(scene);
      await scene.machine.ask('curl', '--silent', `${scene.site.url}?part`);
    },
  },
  // Of one the gate is gone, and none has a weight, those of the next roll neither.
  idle: {
    begin: shell(
      `rm "/run/php-zd/shop/serving/$one"
      printf 'set weight shop/%s 0;' 1 2 3 4 | socat - UNIX:/run/php-zd/haproxy/admin.sock`,
    ),
  },
  stopped: { begin: shell('systemctl stop "php-zd-fpm-shop@$one"') },
  'all-stopped': { begin: shell('systemctl stop php-zd-shop.slice') },
  ended: {
    begin: async scene => {
      // With another directory in its place a release is no longer what was found fit, and its replica is not started again.
      await replaced('promoted')(scene);
      await shell('systemctl kill --kill-whom=main --signal=KILL "php-zd-fpm-shop@$one"')(scene);
      await awaitAnswer('the end of the replica', async () => {
        const units = ['list-units', '--no-legend', '--state=failed', 'php-zd-fpm-shop@*'] as const;
        return (await scene.machine.run('systemctl', ...units)) === '' ? undefined : true;
      });
    },
  },
  replaced: {
    begin: async scene => {
      await shell('install -d -o shop -g shop /var/log/shop')(scene);
      await aRoll(({ site }) => site.writeIni(`${GOOD_INI}[writable]\n/var/log/shop = yes\n`))(scene);
      await shell('mv /var/log/shop /var/log/shop.bad; install -d -o shop -g shop /var/log/shop')(scene);
    },
  },
  unmounted: {
    begin: async scene => {
      await shell(
        `rm -rf /var/log/shop; mkdir /var/log/shop; install -d -o shop -g shop /disk
        grep -q ^/disk /etc/fstab || echo '/disk /var/log/shop none bind,nofail 0 0' >>/etc/fstab
        systemctl daemon-reload; systemctl start var-log-shop.mount; mkdir -p /srv/shop/current/log`,
      )(scene);
      await aRoll(({ site }) => site.writeIni(`${GOOD_INI}[shared]\nlog = /var/log/shop\n`))(scene);
      await shell('umount /var/log/shop')(scene);
    },
  },
  'php-ini': { begin: shell('echo "precision = 9" >$(ls -d /etc/php/*/fpm/conf.d)/99-own.ini') },
  'php-upgraded': {
    begin: shell('for f in $(readlink -f /usr/sbin/php-fpm*); do cp -a $f $f.new; mv $f.new $f; done'),
  },
  'link-broken': { begin: shell('ln -sfn releases/none /srv/shop/current') },
  'link-failed': {
    begin: async ({ site }) => {
      await site.flip(await site.release({ UNHEALTHY: '' }));
      await site.writeIni(GOOD_INI.replace('20s', '1s'));
      await site.reload();
      await site.writeIni(GOOD_INI);
    },
  },
  'file-ahead': { begin: async ({ site }) => await site.writeIni(GOOD_INI.replace('= 4', '= 5')) },
  'link-ahead': { begin: async ({ site }) => await site.flip(await site.release()) },
};
