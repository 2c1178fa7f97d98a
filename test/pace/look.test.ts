import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Machine } from '../lab/machine.ts';
import { onOneSuite } from '../scene/scene.ts';

/** Measured: 2.2 to 2.7. */
const RELEASES_TO_LIST = 3;
/**
 * By a stopwatch. Measured: 3.7 to 3.9, and 4.6 to 4.7 of the processor's time; 2.7 to 2.9, and 3.4 to 3.6, of 61 checks (facts.md N101)
 * before eight more came, for which three ss(8) are run, and each replica's mounts and places are looked at. Over twenty sites doctor asks forty replicas for their status and their health, compares four
 * hundred files with what it renders, and looks as each site's user, in a process of its own, at what that user may do and at the texts of
 * the release.
 */
const DOCTOR_TO_LIST = { wall: 4.2, cpu: 5 };

/** Measured: 2.1, where it was 2.5 (facts.md N65); one of the fifty is started. */
const FIFTY_TO_NODE = 2.6;

/** Measured: 1.9 to 2.3 (facts.md N90), where it was 2.5. */
const TWENTY_TO_NODE = 2.45;

const OFFER_MS = 30;

/** What Tab does in bash behind a verb and its arguments; the shell's own start is counted too. */
const OFFER = `. /usr/share/bash-completion/completions/php-zd
COMP_WORDS=(php-zd "$@") COMP_CWORD=$#
_php_zd
echo "\${#COMPREPLY[@]} offered"
`;

const TRACE = '/root/status.jsonl';

onOneSuite('bookworm', 'speed', {}, scene => {
  test('a look takes half as much again as Node.js does, and a few times as much at fifty sites', async () => {
    const { machine, site } = scene();
    const text = await machine.run('cat', site.file);
    const sites = Array.from({ length: 49 }, (_, index) => `/etc/php-zd/sites/many-${index}.ini`);
    for (const file of sites) await machine.write(file, text);
    const table = await machine.ask('php-zd', 'status');
    expect(table.status).toBe(3);
    expect(table.stdout).toContain('\n! 49 sites are not started; each by: systemctl enable --now php-zd@SITE\n');
    await machine.write('/root/offer.bash', OFFER);
    expect(await machine.run('bash', '/root/offer.bash', 'status', '')).toBe('50 offered\n');
    const looks = ['php-zd --version', 'php-zd list', 'php-zd status shop', 'php-zd status'];
    const offers = ["bash /root/offer.bash status ''", "bash /root/offer.bash drain shop ''"];
    const { cpu: times } = await leastTimes(machine, ['node -e 0', ...looks, ...offers], 16);
    await machine.run('rm', ...sites);
    const [node = 0, version = 0, list = 0, one = 0, fifty = 0, ...offered] = times;
    // By the least that a command of Node.js takes: a list that became faster would make all others slower.
    expect(version / node, `${times} ms`).toBeLessThan(1.2);
    expect(list / node, `${times} ms`).toBeLessThan(2.4);
    expect(one / node, `${times} ms`).toBeLessThan(1.6);
    expect(fifty / node, `${times} ms`).toBeLessThan(FIFTY_TO_NODE);
    // Who waits for Tab waits for no start of Node.js. Measured: 7 ms with a hundred sites.
    expect(Math.max(...offered), `${times} ms`).toBeLessThan(OFFER_MS);
  }, 600_000);

  test('releases and doctor over twenty sites that run take a few times what a list does', async () => {
    const { machine } = scene();
    for (let from = 1; from <= 19; from += 4) await machine.run('bash', '-c', fourMore(from));
    await machine.run('systemctl', 'reload', 'nginx');
    expect(
      (await machine.run('systemctl', 'list-units', '--plain', '--no-legend', 'php-zd@*')).match(/ active /g),
    ).toHaveLength(20);
    const times = await leastTimes(
      machine,
      ['node -e 0', 'php-zd list', 'php-zd releases', 'php-zd doctor', 'php-zd status'],
      12,
    );
    const [node = 0, list = 0, releases = 0, doctor = 0, status = 0] = times.cpu;
    const told = JSON.stringify(times);
    expect(releases / list, told).toBeLessThan(RELEASES_TO_LIST);
    expect(doctor / list, told).toBeLessThan(DOCTOR_TO_LIST.cpu);
    expect(status / node, told).toBeLessThan(TWENTY_TO_NODE);
    const [, wallOfList = 0, , wallOfDoctor = 0] = times.wall;
    expect(wallOfDoctor / wallOfList, told).toBeLessThan(DOCTOR_TO_LIST.wall);
  }, 600_000);

  test('a table of twenty sites that run asks HAProxy once, systemd twice for a site, and no replica', async () => {
    const { machine } = scene();
    await machine.run('bash', '-c', `PHP_ZD_TRACE=${TRACE} php-zd status`);
    const lines = (await readFile(`${machine.root}${TRACE}`, 'utf8')).trimEnd().split('\n');
    const names = lines.map((line): string => JSON.parse(line).name);
    const count = (name: string) => names.filter(each => each === name).length;
    expect([count('haproxy'), count('fpm.status'), count('command')]).toEqual([1, 0, 0]);
    // The process of each of two replicas, that of HAProxy, and once which units there are.
    expect(count('dbus')).toBe(2 * 20 + 2);
    expect(count('files.read') / 20).toBeLessThanOrEqual(9);
    expect(count('files.readLink') / 20).toBeLessThanOrEqual(13);
  });
});

/** Sites with users of their own, a release of forty scripts each, and a place in nginx's configuration: so many as start in one command. */
const fourMore = (from: number): string => `set -e
for i in $(seq ${from} ${Math.min(from + 3, 19)}); do
  s=many-$i
  useradd --system --no-create-home --user-group $s
  for f in a b c d e f g h; do
    mkdir -p /srv/$s/releases/1/src/$f
    for k in 1 2 3 4 5; do echo "<?php echo $k;" >/srv/$s/releases/1/src/$f/$k.php; done
  done
  mkdir /srv/$s/releases/1/public
  echo '<?php echo "ok";' >/srv/$s/releases/1/public/index.php
  ln -s releases/1 /srv/$s/current
  printf '[site]\\nrelease = /srv/%s/current\\nuser = %s\\n[pool]\\npm.max_children = 2\\n' $s $s >/etc/php-zd/sites/$s.ini
  sed "s/shop/$s/g; s/listen 80;/listen $((8000 + i));/" /etc/nginx/sites-enabled/shop >/etc/nginx/sites-enabled/$s
  systemctl -q enable --now php-zd@$s &
done
wait`;

interface Least {
  /** The processor's time, whatever else the machine does. */
  readonly cpu: readonly number[];
  /** By a stopwatch. */
  readonly wall: readonly number[];
}

/** What each command takes, in milliseconds: the least of some runs in turn. */
const leastTimes = async (machine: Machine, commands: readonly string[], turns: number): Promise<Least> => {
  const least = {
    cpu: commands.map(() => Number.POSITIVE_INFINITY),
    wall: commands.map(() => Number.POSITIVE_INFINITY),
  };
  const note = (times: number[], index: number, seconds: number) => {
    times[index] = Math.min(times[index] ?? Number.POSITIVE_INFINITY, seconds * 1000);
  };
  for (let turn = 0; turn < turns; turn += 1) {
    for (const [index, command] of commands.entries()) {
      const script = `TIMEFORMAT='%U %S %R'; { time ${command} >/dev/null 2>&1; } 2>&1; true`;
      const said = (await machine.run('bash', '-c', script)).trim().split(' ').map(Number);
      const [user = 0, system = 0, real = 0] = said;
      note(least.cpu, index, user + system);
      note(least.wall, index, real);
    }
  }
  return least;
};
