import { killRoll, openRequests, rollThatWaits, standingRequest } from './killed-roll.ts';
import { GOOD_INI } from './provoke.ts';
import { drillProvocations } from './provoke-drill.ts';
import { type Act, type ProvokedError, shell } from './provoked-error.ts';

const STATE = '/var/lib/php-zd/shop';
const ONE = '$(ls /run/php-zd/shop/serving | head -n 1)';

const ini =
  (text: string): Act =>
  async ({ site }) => {
    await site.writeIni(text);
    const { status, stderr } = await site.reload();
    if (status !== 0) throw new Error(stderr);
  };

const PRUNE = 'php-zd prune shop --keep 99';
const UNDER_WAY = /a roll of shop is under way/;

/** A directory of [writable] that the site's user may not write to, in the release that the link names. */
const unwritable = (make: string): ProvokedError => ({
  begin: async scene => {
    await scene.site.writeIni(`${GOOD_INI}[writable]\nvar = yes\n`);
    await shell(`release=$(readlink -f /srv/shop/current); rm -rf "$release/var"; ${make}`)(scene);
  },
  verb: 'php-zd reload shop',
  says: /is to have directories that shop may write to/,
  after: ini(GOOD_INI),
});

/** Releases and php-zd's own files on one small disk, which old releases fill. */
const SMALL_DISK = `set -e
systemctl stop php-zd@shop php-zd-haproxy
mkdir /small && mount -t tmpfs -o size=64m tmpfs /small
cp -a /var/lib/php-zd /srv/shop /small/
mount --bind /small/php-zd /var/lib/php-zd
mount --bind /small/shop /srv/shop
systemctl start php-zd-haproxy php-zd@shop
cp -a /srv/shop/releases/1 /srv/shop/releases/93
free=$(df --output=avail --block-size=1M /small | tail -n 1)
head --bytes=$((free - 3))M /dev/zero >/srv/shop/releases/93/big
cp -a /srv/shop/releases/1 /srv/shop/releases/94`;

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
  'command-failed': {
    begin: shell('systemctl stop dbus.socket dbus.service'),
    verb: 'php-zd check shop',
    says: /systemd-run cannot reach D-Bus \(.*"systemctl start dbus"/s,
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
  'front-gone': {
    begin: shell('rm /run/php-zd/shop/balancer/fastcgi.sock'),
    verb: 'php-zd reload shop',
    says: /where HAProxy listens, was removed/,
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
      await standingRequest(scene);
    },
    verb: 'for n in $(ls /run/php-zd/shop/held /run/php-zd/shop/serving | grep "^[0-9]"); do php-zd drain --force shop $n || exit; php-zd ready shop $n || exit; done',
    says: /still had work/,
    end: openRequests,
    after: ini(GOOD_INI),
  },
  'still-busy': {
    begin: standingRequest,
    verb: '[ -e /run/calm ] || exec php-zd hold shop --idle --for 1s; php-zd hold shop --idle --for 60s && php-zd release-hold shop',
    says: /still ran when the hold was over/,
    end: async scene => {
      await openRequests(scene);
      await shell(': >/run/calm')(scene);
    },
    fill: { TIME: '1s' },
  },
  'release-unfit': unwritable('mkdir "$release/var"; chmod 755 "$release/var"'),
  'release-unfit, and its own': unwritable('install --directory --owner=shop --mode=555 "$release/var"'),
  'not-promoted': {
    begin: shell(`truncate --size=0 ${STATE}/promoted/generation.json`),
    verb: `n=${ONE}; php-zd drain shop $n && php-zd ready shop $n`,
    says: /what is promoted of 'shop' cannot be read/,
  },
  'not-started': { begin: shell('systemctl stop php-zd@shop'), verb: 'php-zd reload shop', says: /is not started/ },
  'site-started': {
    begin: async () => undefined,
    verb: 'php-zd remove --dry-run shop',
    says: /is started/,
    after: shell('systemctl start php-zd@shop'),
  },
  'roll-under-way': { begin: rollThatWaits, verb: PRUNE, says: UNDER_WAY, way: /follow/, end: openRequests },
  'roll-under-way, and ended': {
    begin: async scene => {
      // The old replicas go back to work then, with the request that one of them has.
      await scene.site.writeIni(`${GOOD_INI}[env]\nTHREE = 3\n`);
      await rollThatWaits(scene);
      await scene.site.writeIni(GOOD_INI);
    },
    verb: PRUNE,
    says: UNDER_WAY,
    way: /abort/,
    after: openRequests,
  },
  'replica-unfit': {
    begin: async scene => {
      await scene.site.flip(await scene.site.release());
      await rollThatWaits(scene);
      await killRoll(scene);
      await openRequests(scene);
    },
    verb: 'for slot in $(ls /run/php-zd/shop/serving); do php-zd ready shop "$slot" || exit; done',
    says: /does not run what is promoted/,
  },
  'read-only': {
    begin: shell('mount --bind /etc/systemd/system{,} && mount -o remount,bind,ro /etc/systemd/system'),
    verb: 'php-zd reload shop',
    says: /is read-only, and a roll writes to it/,
    after: shell('umount /etc/systemd/system'),
  },
  ...drillProvocations,
  // The last one: the site lies on another file system from here on.
  'no-room': {
    begin: shell(SMALL_DISK),
    verb: 'php-zd reload shop',
    says: /and a roll may need/,
    fill: { SITE: 'shop', 5: '1' },
  },
};
