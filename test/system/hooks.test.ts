import { expect, test } from 'vitest';
import { hookUnit } from '../../src/base/paths.ts';
import type { Entry } from '../lab/journal.ts';
import { underLoad } from '../load/start.ts';
import { expectNothingLost, expectServing, withoutTimes } from '../scene/expect.ts';
import { onOneSuite } from '../scene/scene.ts';

const LOAD = { fast: 2, post: 1, slow: 1, slowSeconds: 0.4 } as const;
const INI = '[pool]\npm.max_children = 4\n[health]\npath = /health\npasses = 1\ninterval = 50ms\ndeadline = 3s\n';

/** Hooks that end a roll, and how the reason is told. */
const FAILING = [
  ['before_roll', 'that fails', '\'sh -c "echo no database >&2; exit 3"\'', 'failed with status 3: no database'],
  ['before_serve', 'that fails', '\'sh -c "cat RELEASE; exit 4"\'', 'failed with status 4: NEW'],
  ['before_serve', 'that hangs', 'sleep 300', 'did not end within N s and was ended'],
] as const;

onOneSuite('trixie', 'hooks', { ini: INI }, scene => {
  test.each(FAILING)('a %s %s ends the roll, and no visitor knows of it', async (hook, _, command, why) => {
    const { machine, site } = scene();
    const old = await site.promoted();
    const next = await site.release();
    await site.writeIni(`${INI}[hooks]\n${hook} = ${command}\non_failure = env\ntimeout = 1s\n`);
    await site.flip(next);
    const files = await generatedFiles();
    const report = await underLoad(machine, LOAD, async () => {
      const { status, stderr } = await site.reload();
      expect(status).toBe(1);
      const told = `the hook ${hook} ${why.replace('NEW', next)} (journalctl -eu php-zd-hook-shop-${hook}.service)`;
      expect(withoutTimes(stderr)).toContain(
        `php-zd: roll of 'shop' to ${site.directory(next)} failed: ${told}.\n${site.directory(old)} serves on every replica.\n`,
      );
      await expectServing(site, old);
    });
    expectNothingLost(report);
    expect(report.releases).toEqual([old]);
    if (hook === 'before_roll') expect(await generatedFiles()).toEqual(files);
    expect(await machine.run('systemctl', 'list-units', '--all', '--no-legend', 'php-zd-hook-*')).toBe('');
  });

  test('hooks run around a roll, as who and where they are meant to, and what they say is in the journal', async () => {
    const { machine, site, journal } = scene();
    const old = await site.promoted();
    const next = await site.release();
    const script =
      "env | grep -v -E '^(INVOCATION_ID|JOURNAL_STREAM|SYSTEMD_EXEC_PID|MEMORY_PRESSURE_[A-Z]+)=' | sort; id -un; pwd";
    await machine.write('/usr/local/bin/who', `#!/bin/sh\n${script}\n`, 0o755);
    const hooks = ['before_roll', 'before_serve', 'on_failure'].map(hook => `${hook} = who\n`).join('');
    await site.writeIni(`${INI}[env]\nAPP = of the site\n[hooks]\n${hooks}after_roll = +/usr/local/bin/who\n`);
    await site.flip(next);
    const mark = journal.mark();
    const report = await underLoad(machine, LOAD, async () => {
      await site.roll();
    });
    expectNothingLost(report);
    await journal.await({ _SYSTEMD_UNIT: hookUnit('shop', 'after_roll'), MESSAGE: /^\/$/ }, mark);
    const entries = journal.since({}, mark);
    const [roll] = entries.filter(entry => entry['PHP_ZD_EVENT'] === 'roll-done');
    const told = (hook: string) => [
      ...[`PHP_ZD_FROM=${site.directory(old)}`, `PHP_ZD_HOOK=${hook}`, `PHP_ZD_RELEASE=${site.directory(next)}`],
      ...[`PHP_ZD_ROLL=${roll?.['PHP_ZD_ROLL']}`, 'PHP_ZD_SITE=shop'],
    ];
    const user = ['LANG=C.UTF-8', 'LOGNAME=shop', 'SHELL=/bin/sh', 'USER=shop'];
    const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    // PATH differs between systemd 252 and 257.
    expect(outputOf(entries, 'before_roll').filter(line => !line.startsWith('PATH='))).toEqual(
      ['HOME=/home/shop', ...user, ...told('before_roll'), 'PWD=/', 'shop', '/'].sort(byText),
    );
    const view = [
      'APP=of the site',
      `PATH=/var/lib/php-zd/shop/bin:${path}`,
      'PHP_INI_SCAN_DIR=:/var/lib/php-zd/shop/php',
    ];
    const mount = '/srv/shop/releases/.shop.live';
    expect(outputOf(entries, 'before_serve')).toEqual(
      [
        'HOME=/var/lib/php-zd/shop/home/shop',
        ...user,
        ...told('before_serve'),
        ...view,
        `PWD=${mount}`,
        'shop',
        mount,
      ].sort(byText),
    );
    const after = outputOf(entries, 'after_roll');
    expect(after).toEqual(expect.arrayContaining([...told('after_roll'), 'PHP_ZD_LOST=0', 'root', '/']));
    expect(Number(after.find(line => line.startsWith('PHP_ZD_REQUESTS='))?.split('=')[1])).toBeGreaterThan(0);
  });

  test('the next roll that fails is told to on_failure, once, with the reason', async () => {
    const { site, journal } = scene();
    const broken = await site.release({ UNHEALTHY: '' });
    await site.flip(broken);
    const mark = journal.mark();
    expect(await site.reload()).toMatchObject({ status: 1 });
    await journal.await({ _SYSTEMD_UNIT: hookUnit('shop', 'on_failure'), MESSAGE: /^\/$/ }, mark);
    const told = outputOf(journal.since({}, mark), 'on_failure');
    expect(told).toEqual(
      expect.arrayContaining(['PHP_ZD_ERROR=replica-unproven', 'PHP_ZD_OUTCOME=rolled-back', 'shop']),
    );
    const reasons = told.filter(line => line.startsWith('PHP_ZD_REASON='));
    expect(reasons).toEqual([expect.stringMatching(/=replica \d answered \/health with 500 \(wanted 200\) for /)]);
  });

  /** The generated files, each with the time when it was last written. */
  const generatedFiles = (): Promise<string> =>
    scene().machine.run(
      ...([
        'find',
        '/etc/systemd/system',
        '/etc/tmpfiles.d',
        '/var/lib/php-zd/haproxy',
        '/var/lib/php-zd/shop/generations',
      ] as const),
      ...(['-name', '*', '-printf', '%p %i %T@\\n'] as const),
    );
});

/** The lines that a hook's service wrote, in an order that does not depend on the machine's. */
const outputOf = (entries: readonly Entry[], hook: string): readonly string[] =>
  entries
    .filter(entry => entry['_TRANSPORT'] === 'stdout' && entry['_SYSTEMD_UNIT'] === hookUnit('shop', hook))
    .map(entry => String(entry['MESSAGE']))
    .sort(byText);

const byText = (one: unknown, other: unknown): number => (String(one) < String(other) ? -1 : 1);
