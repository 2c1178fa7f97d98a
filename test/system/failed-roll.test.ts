import { expect, test } from 'vitest';
import { underLoad } from '../load/start.ts';
import { expectNothingLost, expectServing, servingSlots, withoutTimes } from '../scene/expect.ts';
import { onOneSuite } from '../scene/scene.ts';
import { standRequest } from '../scene/stand.ts';

const LOAD = { fast: 3, post: 1, after: 1, slow: 2, slowSeconds: 0.5, afterSeconds: 0.5 } as const;
const INI = '[pool]\npm.max_children = 4\n[health]\npath = /health\ninterval = 100ms\ndeadline = 1s\n';
const BASE = '/home/shop/site';

interface Broken {
  readonly title: string;
  readonly files: Readonly<Record<string, string | undefined>>;
  /** Why the proof fails. */
  readonly why: string;
}

const BROKEN: readonly Broken[] = [
  {
    title: 'does not parse',
    files: { 'public/index.php': '<?php echo "never" echo;\n' },
    why: 'answered /health with 500 (wanted 200); PHP says: PHP Parse error:  syntax error, unexpected token "echo", expecting "," or ";" in /home/shop/site/releases/.shop.live/public/index.php on line 1',
  },
  {
    title: 'throws while it starts',
    files: { 'public/index.php': "<?php throw new RuntimeException('no database');\n" },
    why: 'answered /health with 500 (wanted 200) for N s; PHP says: PHP Fatal error:  Uncaught RuntimeException: no database in /home/shop/site/releases/.shop.live/public/index.php:1',
  },
  {
    title: 'answers its health check with 500',
    files: { UNHEALTHY: '' },
    why: 'answered /health with 500 (wanted 200) for N s',
  },
];

/** Faults that are seen without starting a replica. `why` begins with the line of the site file. */
const REFUSED = [
  {
    title: 'a link that names nothing',
    files: { RELEASE: undefined, 'public/index.php': undefined },
    why: () =>
      `2: 'release' is no directory: put a release at '/home/shop/site/current', write where one is, or go to one with "php-zd deploy shop DIR"`,
  },
  {
    title: 'a release without its front controller',
    files: { 'public/index.php': undefined },
    why: (release: string) =>
      `1: the release '${BASE}/releases/${release}' has no index.php in public, web, webroot, pub, docroot, htdocs, public_html, www, .: write index = PATH, its front controller`,
  },
];

onOneSuite('bookworm', 'failed', { base: BASE, ini: INI }, scene => {
  test.each(BROKEN)('a release that $title is refused by its proof, and the old one serves', async ({ files, why }) => {
    const { machine, site } = scene();
    const old = await site.promoted();
    const broken = await site.release(files);
    const masters = await mastersOf();
    const report = await underLoad(machine, LOAD, async () => {
      await site.flip(broken);
      const reloaded = await site.reload();
      expect(reloaded.status).toBe(1);
      expect(withoutSlots(afterSteps(reloaded.stderr))).toBe(
        `php-zd: roll of 'shop' to ${site.directory(broken)} failed: replica N ${why}.
${site.directory(old)} serves on every replica.
See "journalctl -eu php-zd@shop.service", "php-zd status shop" or "php-zd doctor shop".
`,
      );
      await expectServing(site, old);
    });
    expectNothingLost(report);
    expect(report.releases).toEqual([old]);
    expect(await mastersOf()).toEqual(masters);
  });

  test.each(REFUSED)('$title is refused before anything is touched', async ({ files, why }) => {
    const { machine, site, journal } = scene();
    const old = await site.promoted();
    const missing = await site.release(files);
    const masters = await mastersOf();
    const mark = journal.mark();
    const report = await underLoad(machine, LOAD, async () => {
      await site.flip(missing);
      expect(await site.reload()).toEqual({
        status: 2,
        stdout: '',
        stderr: `${site.file}:${why(missing)}\nNothing was touched.\n`,
      });
      expect((await machine.ask('systemctl', 'reload', 'php-zd@shop')).status).toBe(1);
      await expectServing(site, old);
    });
    expectNothingLost(report);
    expect(await mastersOf()).toEqual(masters);
    expect(journal.since({ PHP_ZD_EVENT: 'step-started' }, mark)).toEqual([]);
  });

  test('a php.ini that PHP cannot read, or that takes an extension from the site, is refused before anything is touched', async () => {
    const { machine, site } = scene();
    const shell = (line: string) => machine.run('sh', '-c', line);
    await site.flip(await site.promoted());
    const before = (await site.status()).replicas.map(({ slot, pin }) => [slot, pin]);
    const ini = (await shell('echo /etc/php/*/fpm/php.ini')).trim();
    const calendar = (await shell('echo /usr/lib/php/2*/calendar.so')).trim();
    const report = await underLoad(machine, LOAD, async () => {
      await shell(`cp ${ini} /root/php.ini && echo 'date.timezone = "Europe/Berlin' >>${ini}`);
      const unread = await machine.ask('php-zd', 'reload', site.name);
      expect(unread.status).toBe(2);
      expect(unread.stderr).toContain(`${ini}:`);
      expect(unread.stderr).toContain(': PHP cannot read this line, and passes over what follows: syntax error, ');
      expect((await machine.ask('php-zd', 'check', site.name)).status).toBe(2);
      await shell(`cp /root/php.ini ${ini} && cp ${calendar} /root/calendar.so && rm ${calendar}`);
      const lost = await machine.ask('php-zd', 'reload', site.name);
      expect(lost.status).toBe(2);
      expect(lost.stderr).toMatch(
        /-calendar\.ini:\d+: PHP cannot load the extension 'calendar', which the replicas that run have: /,
      );
      await shell(`cp /root/calendar.so ${calendar}`);
      expect((await site.status()).replicas.map(({ slot, pin }) => [slot, pin])).toEqual(before);
      await site.roll();
    });
    expectNothingLost(report);
  });

  test("a php.ini that the site's user may not read, and an extension, are refused, and opened as is said", async () => {
    const { machine, site } = scene();
    const shell = (line: string) => machine.run('sh', '-c', line);
    const asked = ['--silent', '--output', '/dev/null', '--write-out', '%{http_code}', `${site.url}?run=true`];
    const disabled = async () => (await machine.run('curl', ...asked)) === '500';
    const own = (await shell('echo /etc/php/*/fpm/conf.d')).trim().concat('/99-hardening.ini');
    const extension = (await shell('echo /usr/lib/php/2*/calendar.so')).trim();
    await machine.write(own, 'disable_functions = exec\n');
    await site.roll();
    expect(await disabled()).toBe(true);
    for (const close of [`chmod 640 ${own}`, `chmod 600 ${own}`, 'chmod -R o= /etc/php', `chmod 640 ${extension}`]) {
      await shell(close);
      expect((await machine.ask('php-zd', 'check', site.name)).status).toBe(2);
      const { status, stderr } = await machine.ask('php-zd', 'reload', site.name);
      expect(status).toBe(2);
      const [, advice = ''] = /: "(ch[^"]{1,4096})"/.exec(stderr) ?? [];
      expect((await machine.ask('php-zd', 'doctor')).stdout).toContain('problem (php-closed): PHP-FPM of ');
      // A site that has served is not kept down.
      await machine.run('systemctl', 'restart', `php-zd@${site.name}`);
      await shell(advice);
      await machine.run('php-zd', 'reload', '--if-changed', '--outdated', site.name);
      expect(await disabled()).toBe(true);
      expect((await machine.ask('php-zd', 'check', site.name)).status).toBe(0);
      expect((await machine.ask('php-zd', 'doctor')).stdout).not.toContain('(php-closed)');
    }
    await shell(`rm ${own} && chgrp -R root /etc/php && chmod -R a+rX /etc/php`);
    await site.roll();
  });

  test('a broken site file is refused with every problem and its line, and touches nothing', async () => {
    const { machine, site, journal } = scene();
    const old = await site.promoted();
    const masters = await mastersOf();
    const mark = journal.mark();
    await site.flip(await site.release());
    await site.writeIni('replcas = 3\n[pool]\npm.max_children = many\n[helth]\npath = /\n');
    const report = await underLoad(machine, { fast: 2 }, async () => {
      for (const verb of ['check', 'reload']) {
        const refused = await machine.ask('php-zd', verb, site.name);
        expect(refused.status).toBe(2);
        const lines = refused.stderr.split('\n').filter(line => line.startsWith(`${site.file}:`));
        expect(lines.map(line => /^[^:]*:(\d+): /.exec(line)?.[1])).toEqual(['4', '6', '7']);
      }
      expect((await machine.ask('systemctl', 'reload', 'php-zd@shop')).status).toBe(1);
      await site.writeIni(INI);
      await expectServing(site, old);
    });
    expectNothingLost(report);
    expect(await mastersOf()).toEqual(masters);
    expect(journal.since({ PHP_ZD_EVENT: 'step-started' }, mark)).toEqual([]);
  });

  test('a site that does not exist is exit status 4', async () => {
    const { machine } = scene();
    for (const verb of ['status', 'reload', 'check']) {
      expect(await machine.ask('php-zd', verb, 'shoop')).toEqual({
        status: 4,
        stdout: '',
        stderr: `php-zd: there is no site 'shoop': /etc/php-zd/sites/shoop.ini does not exist.\nSee those that are there with "php-zd list", or write it with "php-zd init shoop".\n`,
      });
    }
  });

  test('a request that outlasts the drain is named, and its replica goes back to work', async () => {
    const { machine, site } = scene();
    const old = await site.promoted();
    await site.flip(await site.release());
    await site.writeIni(`${INI}[drain]\ntimeout = 1s\n`);
    const masters = await mastersOf();
    const request = await standRequest(scene());
    let held: string | undefined;
    const report = await underLoad(machine, LOAD, async () => {
      const reloaded = await site.reload();
      expect(reloaded.status).toBe(1);
      held = /replica (\d+) still had work/.exec(reloaded.stderr)?.[1];
      expect(withoutSlots(afterSteps(reloaded.stderr))).toBe(
        `php-zd: roll of 'shop' to ${site.directory(await newest())} failed: replica N still had work after N s: child N (Running): GET /, ${BASE}/releases/.shop.live/public/index.php, N s.
${site.directory(old)} serves on every replica.
See "journalctl -eu php-zd@shop.service", "php-zd status shop" or "php-zd doctor shop".
`,
      );
    });
    await request.open();
    expect(await request.answer).toMatchObject({ status: 0, stdout: `release=${old} done` });
    await expectServing(site, old);
    expectNothingLost(report);
    expect((await mastersOf())[Number(held)]).toBe(masters[Number(held)] ?? 'a process');
  });

  const newest = async () => (await scene().machine.run('readlink', `${BASE}/current`)).trim().replace('releases/', '');

  /** The master's process id of each serving replica, by slot: a replica that was touched has another one, or another slot. */
  const mastersOf = async (): Promise<Readonly<Record<number, string>>> => {
    const { machine, site } = scene();
    const ask = (slot: number) =>
      machine.run('systemctl', 'show', '--property=MainPID', '--value', `php-zd-fpm-shop@${slot}`);
    return Object.fromEntries(
      await Promise.all((await servingSlots(site)).map(async slot => [slot, await ask(slot)] as const)),
    );
  };
});

onOneSuite('trixie', 'failed-in-place', { base: BASE, ini: `surge = 0\n${INI}` }, scene => {
  test('without spare slots the one replica that was tried goes back to the old release, and nothing is lost', async () => {
    const { machine, site } = scene();
    const old = await site.promoted();
    const broken = await site.release({ UNHEALTHY: '' });
    const report = await underLoad(machine, LOAD, async () => {
      await site.flip(broken);
      const reloaded = await site.reload();
      expect(reloaded.status).toBe(1);
      expect(afterSteps(reloaded.stderr)).toBe(
        `php-zd: roll of 'shop' to ${site.directory(broken)} failed: replica 1 answered /health with 500 (wanted 200) for N s.
${site.directory(old)} serves on every replica.
See "journalctl -eu php-zd@shop.service", "php-zd status shop" or "php-zd doctor shop".
`,
      );
      await expectServing(site, old);
    });
    expectNothingLost(report);
    expect(report.releases).toEqual([old]);
  });
});

/** What was printed after the steps: what failed, why, what serves now, what to type next. */
const afterSteps = (text: string): string => withoutTimes(text.slice(Math.max(0, text.indexOf('php-zd: '))));

/** The text without the numbers of slots, since a roll takes whichever are free. */
const withoutSlots = (text: string): string => text.replace(/\breplica \d+/g, 'replica N');
