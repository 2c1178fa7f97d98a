import { expect, test } from 'vitest';
import type { Machine } from '../lab/machine.ts';
import { type LabSite, setUpSite } from '../lab/site.ts';
import { underBothLoads, underLoad } from '../load/start.ts';
import { expectNothingLost, expectServing } from '../scene/expect.ts';
import type { Found } from '../scene/fixes.ts';
import { onEachSuite } from '../scene/scene.ts';

const STATE = '/var/lib/php-zd/shop';
const RUN = '/run/php-zd/shop';

/** What php-zd keeps of a site, and a text for what is not always there. `N` is the slot that serves, `ID` the promoted generation. */
const PLACES: Readonly<Record<string, string | undefined>> = {
  [`${STATE}/generations/ID/generation.json`]: undefined,
  [`${STATE}/generations/ID/site.ini`]: undefined,
  [`${STATE}/promoted`]: undefined,
  [`${STATE}/previous`]: 'x',
  [`${STATE}/slots/N`]: undefined,
  [`${STATE}/roll.json`]: undefined,
  [`${STATE}/history.jsonl`]: undefined,
  [`${STATE}/exposure.json`]: undefined,
  [`${RUN}/roll.jsonl`]: undefined,
  [`${RUN}/settled`]: undefined,
  [`${RUN}/hold`]: '{"format":1,"sinceUptimeMs":1,"untilUptimeMs":900000000}',
  [`${RUN}/held/N`]: 'hand',
};

/** What may lie there instead, as a shell makes it of "$1". */
const ODD = {
  cut: '[ -L "$1" ] || truncate -s $(($(stat -c %s "$1") / 2)) "$1"',
  'of a newer php-zd': `[ -L "$1" ] || sed -i 's/"format":1/"format":99/' "$1"`,
  'of random bytes': 'rm -rf "$1"; head -c 5000 /dev/urandom >"$1"',
  'of 3 GiB': 'rm -rf "$1"; truncate -s 3G "$1"',
  "another user's": 'chown -h nobody "$1"',
  'a directory': 'rm -rf "$1"; mkdir "$1"; touch "$1/x"',
  'a pipe': 'rm -rf "$1"; mkfifo "$1"',
  'a link to a file of root': 'rm -rf "$1"; ln -s /etc/shadow "$1"',
} as const;
/** What lies where HAProxy looks, as a shell makes it of "$1". */
const NO_FILE = {
  'a pipe': 'mkfifo "$1"',
  'a socket': 'perl -MIO::Socket::UNIX -e \'IO::Socket::UNIX->new(Listen => 1, Local => shift) or die $!\' "$1"',
  'a directory': 'mkdir "$1"; touch "$1/x"',
  'a link to a file': 'ln -s /etc/os-release "$1"',
  'a link to a pipe': 'rm -f /srv/pipe; mkfifo /srv/pipe; ln -s /srv/pipe "$1"',
  'a link to a device without an end': 'ln -s /dev/zero "$1"',
  'a link to nothing': 'ln -s /srv/none "$1"',
} as const;
/** A roll takes seconds: one of each sort is enough. */
const ROLLED: readonly string[] = ['cut', 'of a newer php-zd', 'a directory', 'a pipe'];
/** For all that may lie in one place, on a machine that has other things to do. */
const SECONDS = 280;
const kinds = Object.entries(ODD);

/** All that php-zd keeps, but what the site itself writes, and the processes that serve. */
const stockOf = (machine: Machine): Promise<string> =>
  machine.run(
    ...['sh', '-c'],
    `find ${STATE} ${RUN} -maxdepth 3 -regextype egrep -not -regex '.*/(sessions|tmp|home|notes|replicas|private)(/.*)?' \
      -printf '%p %i %s %T@ %m %u %l\\n' | sort; pgrep -f 'php-fpm: [m]aster'`,
  );

const endsInWords = async (machine: Machine, verb: readonly string[], ...also: readonly number[]): Promise<void> => {
  const { status, stdout, stderr } = await machine.ask('timeout', '--signal=KILL', '50', 'php-zd', ...verb);
  const said = `${verb.join(' ')}: ${stdout}${stderr}`;
  // Done, failed, not fully serving, or a person must look.
  expect([0, 1, 3, 5, ...also], said).toContain(status);
  expect(said).not.toMatch(/^\s+at .*:\d+/m);
  expect(stdout + stderr).not.toBe('');
};

onEachSuite(
  'odd-state',
  { ini: 'replicas = 1\n[pool]\npm.max_children = 4\n[health]\npath = /health\ninterval = 100ms\ndeadline = 3s\n' },
  scene => {
    let second: Promise<LabSite> | undefined;
    /** With the same HAProxy. */
    const otherSite = (machine: Machine): Promise<LabSite> =>
      (second ??= setUpSite(machine, { name: 'blog', port: 81 }));

    test.each(Object.entries(PLACES))(
      '%s, whatever lies there: verbs end in words, and no visitor is lost',
      async (place, text) => {
        const { machine, site } = scene();
        // So that there is a release before, and a reload that has settled itself.
        await site.flip(await site.release());
        await site.roll();
        // Whatever is no file there is refused, before HAProxy would wait at it.
        const refused = place.endsWith('/hold') ? [6] : [];
        const report = await underLoad(machine, { url: site.url, fast: 1, pauseMs: 50, seconds: SECONDS }, async () => {
          for (const [kind, make] of kinds) {
            const { generation, replicas } = await site.status();
            const slot = replicas.find(({ isServing }) => isServing)?.slot;
            const path = place.replace('ID', generation).replace('N', String(slot));
            const put = `[ -n "$2" ] && [ ! -e "$1" ] && printf %s "$2" >"$1"; rm -rf /root/kept; cp -a --no-dereference "$1" /root/kept 2>/dev/null; ${make}`;
            await machine.run('sh', '-c', put, 'sh', path, text ?? '');
            const isRolled = ROLLED.includes(kind);
            const keep = isRolled || text !== undefined ? 'true' : 'cp -a --no-dereference /root/kept "$1"';
            try {
              const before = await stockOf(machine);
              await endsInWords(machine, ['status', 'shop']);
              await endsInWords(machine, ['doctor', 'shop']);
              expect(await stockOf(machine), `${path}, ${kind}`).toBe(before);
              if (isRolled) await endsInWords(machine, ['reload', 'shop'], ...refused);
            } finally {
              await machine.run('sh', '-c', `rm -rf "$1"; ${keep}`, 'sh', path);
            }
            if (isRolled) await site.roll();
          }
        });
        expectNothingLost(report);
        await expectServing(site, await site.promoted());
      },
      SECONDS * 1000,
    );

    test('a maintenance whose file is none that php-zd wrote answers 503, however long it is', async () => {
      const { machine, site } = scene();
      const status = async () =>
        (await machine.run('curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', site.url)).trim();
      await machine.run('php-zd', 'maintenance', 'shop', 'on');
      for (const make of [
        ODD.cut,
        ODD['of random bytes'],
        ': >"$1"',
        'printf "Status: 200 OK" >"$1"',
        'head -c 20M /dev/zero >"$1"',
      ]) {
        await machine.run('sh', '-c', make, 'sh', `${STATE}/maintenance`);
        expect(await status(), make).toBe('503');
      }
      await machine.run('php-zd', 'maintenance', 'shop', 'off');
      expect(await status()).toBe('200');
    });

    test.each([`${STATE}/maintenance`, `${RUN}/hold`])(
      '%s that is no regular file is refused before HAProxy is led to it, and the words say how it goes on',
      async path => {
        const { machine, site } = scene();
        const other = await otherSite(machine);
        const verbs = [['reload'], ['hold', '--for', '1s'], ['maintenance', 'on']] as const;
        const load = { fast: 1, pauseMs: 50, seconds: 240 };
        const loads = [
          { ...load, url: site.url },
          { ...load, url: other.url },
        ] as const;
        const reports = await underBothLoads(machine, loads, async () => {
          for (const [kind, make] of Object.entries(NO_FILE)) {
            await machine.run('sh', '-c', make, 'sh', path);
            for (const [verb, ...words] of verbs) {
              const { status, stderr } = await machine.ask('php-zd', verb, 'shop', ...words);
              expect(stderr, `${verb}, ${kind}`).toContain(`${path}: it is no regular file`);
              expect(stderr, `${verb}, ${kind}`).toContain(`Take it away with "rm -r ${path}"`);
              expect(status, `${verb}, ${kind}`).toBe(verb === 'reload' ? 6 : 1);
            }
            const { stderr } = await machine.ask('php-zd', 'status', 'shop');
            const [, remove = ''] = /Take it away with "(.*)", then/.exec(stderr) ?? [];
            expect(remove).toContain(path);
            await machine.run('sh', '-c', remove);
            await site.roll();
          }
        });
        for (const report of reports) expectNothingLost(report);
      },
      240_000,
    );

    test('what is put in the place of a maintenance while it goes on keeps no other site waiting', async () => {
      const { machine, site } = scene();
      const other = await otherSite(machine);
      await machine.run('php-zd', 'maintenance', 'shop', 'on');
      const report = await underLoad(machine, { url: other.url, fast: 2, pauseMs: 20 }, async () => {
        const { 'a pipe': _, 'a link to a pipe': __, ...rest } = NO_FILE;
        for (const make of Object.values(rest)) {
          await machine.run('sh', '-c', `rm -rf "$1"; ${make}`, 'sh', `${STATE}/maintenance`);
          await machine.run('curl', '-sS', '-m', '5', '-o', '/dev/null', site.url);
        }
      });
      expectNothingLost(report);
      await machine.run('rm', '-rf', `${STATE}/maintenance`);
      await site.roll();
    });

    test('a part of HAProxy that somebody closed or spoilt loses no visitor at a reload, and keeps nobody from a start', async () => {
      const { machine, site } = scene();
      const other = await otherSite(machine);
      const inParts = (line: string) => machine.run('sh', '-c', `cd /var/lib/php-zd/haproxy && ${line}`);
      const parts = () => inParts("stat --format='%n %a %U:%G' *.cfg");
      const answers = () =>
        Promise.all([site, other].map(({ url }) => machine.run('curl', '--silent', '--fail', '--retry', '5', url)));
      const good = await parts();
      const spoilt = [
        'chmod 600 blog.cfg',
        'chown nobody blog.cfg && chmod 400 blog.cfg',
        'echo garbage >>blog.cfg',
        'cp shop.cfg blog.cfg',
        ': >blog.cfg',
        'ln -sf /none blog.cfg',
        'rm blog.cfg && mkdir blog.cfg',
      ];
      const loads = [
        { url: site.url, fast: 2 },
        { url: other.url, fast: 2 },
      ] as const;
      const reports = await underBothLoads(machine, loads, async () => {
        for (const line of spoilt) {
          await inParts(line);
          await machine.run('systemctl', 'reload', 'php-zd-haproxy');
          expect(await parts(), line).toBe(good);
        }
        await inParts('echo garbage >>blog.cfg');
        await site.roll();
      });
      for (const report of reports) expectNothingLost(report);
      for (const line of spoilt) {
        await inParts(line);
        await machine.run('systemctl', 'restart', 'php-zd-haproxy');
        expect(await parts(), line).toBe(good);
        await answers();
      }
      // As at a boot, where no site runs yet.
      const units = ['php-zd@shop', 'php-zd@blog'];
      await machine.run('systemctl', 'stop', ...units, 'php-zd-haproxy');
      await inParts('echo garbage >>blog.cfg');
      await machine.run('systemctl', 'start', ...units);
      expect(await parts()).toBe(good);
      await answers();
      await inParts('rm *.off');
    });

    test('what a chmod -R has closed is found, and opened by what doctor prints', async () => {
      const { machine, site } = scene();
      const other = await otherSite(machine);
      await machine.run('chmod', '-R', '700', '/var/lib/php-zd');
      const found = async (): Promise<readonly Found[]> => {
        const { stdout } = await machine.ask('php-zd', 'doctor', '--json');
        const rights = ['host-directories', 'directories', 'generated-files', 'web-server-rights'];
        return JSON.parse(stdout).findings.filter(({ check }: Found) => rights.includes(check));
      };
      const closed = await found();
      expect(new Set(closed.map(({ check }) => check))).toContain('generated-files');
      for (const { steps } of closed) {
        for (const command of steps.type ?? []) await machine.run(...command);
      }
      expect(await found()).toEqual([]);
      const { replicas } = await site.status();
      const unit = `php-zd-fpm-shop@${replicas.find(({ isServing }) => isServing)?.slot}`;
      await machine.run('systemctl', 'kill', '--signal=KILL', unit);
      await expect
        .poll(() => machine.run('systemctl', 'show', '--property=NRestarts,SubState', unit))
        .toBe('NRestarts=1\nSubState=running\n');
      await machine.run('systemctl', 'restart', 'php-zd-haproxy');
      for (const each of [site, other]) await expectServing(each, await each.promoted());
    });

    test('sites whose part of HAProxy somebody removed keep their visitors, whatever has HAProxy read all parts anew', async () => {
      const { machine, site } = scene();
      const other = await otherSite(machine);
      const loads = [
        { url: site.url, fast: 2 },
        { url: other.url, fast: 2 },
      ] as const;
      const loseParts = () => machine.run('find', '/var/lib/php-zd/haproxy', '-name', '*.cfg', '-delete');
      const parts = () => machine.run('ls', '/var/lib/php-zd/haproxy');
      const reports = await underBothLoads(machine, loads, async () => {
        for (const readAnew of [() => site.roll(), () => machine.run('systemctl', 'reload', 'php-zd-haproxy')]) {
          await loseParts();
          await readAnew();
          expect(await parts()).toBe('blog.cfg\nshop.cfg\n');
        }
        await other.roll();
      });
      for (const report of reports) expectNothingLost(report);
      await machine.run('php-zd', 'stop', 'blog');
      const report = await underLoad(machine, { url: site.url, fast: 2 }, async () => {
        await loseParts();
        await machine.run('php-zd', 'remove', 'blog');
        expect(await parts()).toBe('shop.cfg\n');
      });
      expectNothingLost(report);
    });

    test('a site of which all that php-zd keeps was removed while it runs serves again by what status advises', async () => {
      const { machine, site } = scene();
      const release = await site.promoted();
      // The web server looks in there for where HAProxy listens, so that nobody comes in.
      await machine.run('rm', '-rf', STATE);
      const [{ findings }] = JSON.parse((await machine.ask('php-zd', 'status', '--json', 'shop')).stdout);
      const advised = findings.flatMap((found: { readonly commands: readonly unknown[] }) => found.commands);
      expect(advised).toContainEqual(['php-zd', 'reload', 'shop']);
      await machine.run('php-zd', 'reload', 'shop');
      await expectServing(site, release);
    });
  },
);
