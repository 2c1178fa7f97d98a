import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { awaitAnswer } from '../lab/machine.ts';
import { isLost } from '../load/report.ts';
import { underLoad } from '../load/start.ts';
import { expectNothingLost, expectServing, servingSlots } from '../scene/expect.ts';
import { mastersOf } from '../scene/masters.ts';
import { lastRoll } from '../scene/receipt.ts';
import { onOneSuite } from '../scene/scene.ts';
import { watchServers } from '../scene/watch-servers.ts';

const LOAD = { fast: 4, post: 2, after: 1, slow: 2, slowSeconds: 0.5, afterSeconds: 0.5 } as const;
const REST = '[pool]\npm.max_children = 4\n[health]\npath = /health\ninterval = 100ms\ndeadline = 2s\n';
const WARM = '/warm?s=0.1';
const COUNT = 3;

/** Bad releases whose answers have a good status. */
const LIARS = [
  {
    title: 'throws after it has answered',
    index: "<?php echo 'fine'; fastcgi_finish_request(); throw new RuntimeException('too late');\n",
    why: 'logged "PHP Fatal error:  Uncaught RuntimeException: too late',
  },
  {
    title: 'hides its fatal error',
    index: '<?php register_shutdown_function(fn() => http_response_code(200)); no_such_function();\n',
    why: 'answered /health with 200, and ended with an error',
  },
] as const;

const WELL_FOR_A_SECOND = await readFile(new URL('well-for-a-second.php', import.meta.url), 'utf8');

onOneSuite('trixie', 'proof', { ini: REST }, scene => {
  test('the paths of [warmup] are asked, as often and as many at once as it says, before the first visitor comes', async () => {
    const { machine, site } = scene();
    await site.writeIni(`${REST}[warmup]\npaths = ${WARM} /?part\ncount = ${COUNT}\nconcurrency = 2\n`);
    const next = await site.release({ 'public/part.php': '<?php return 1;' });
    await site.flip(next);
    await machine.run('install', '-o', site.user, '/dev/null', notes);
    const report = await underLoad(machine, LOAD, async () => {
      await site.roll();
    });
    const asked = await readNotes(next);
    await machine.run('rm', notes);
    expectNothingLost(report);
    for (const slot of await servingSlots(site)) {
      const ofSlot = asked.filter(({ replica }) => replica === slot);
      const first = Math.min(...ofSlot.filter(({ uri }) => uri === '/').map(({ from }) => from));
      const warm = ofSlot.filter(({ uri }) => uri === WARM || uri === '/?part');
      expect(warm.map(({ uri }) => uri).sort()).toEqual([...Array(COUNT).fill('/?part'), ...Array(COUNT).fill(WARM)]);
      expect(warm.filter(({ to }) => to > first)).toEqual([]);
      expect(mostAtOnce(warm)).toBe(2);
    }
  });

  test('a path of [warmup] that fails is a warning, and the roll goes on', async () => {
    const { machine, site, journal } = scene();
    await site.writeIni(`${REST}[warmup]\npaths = /?status=503\n`);
    const next = await site.release();
    await site.flip(next);
    const mark = journal.mark();
    const report = await underLoad(machine, LOAD, async () => {
      await site.roll();
      await expectServing(site, next);
    });
    expectNothingLost(report);
    expect(await journal.await({ PHP_ZD_EVENT: 'warmup-failed' }, mark)).toMatchObject({
      PRIORITY: '4',
      MESSAGE: expect.stringContaining('answered /?status=503 with 503 while it was warmed up'),
    });
  });

  test('a path of [warmup] that is required and fails ends the roll, and the old release serves', async () => {
    const { site } = scene();
    await site.writeIni(`${REST}[warmup]\npaths = /?status=503\nrequired = yes\n`);
    await expectRefusedRelease(await site.release(), 'answered /?status=503 with 503 while it was warmed up');
    expect((await lastRoll(scene())).error).toMatchObject({ code: 'warmup-failed' });
  });

  test('what OPcache held in the old replicas it holds in the new ones, before their first visitor', async () => {
    const { machine, site } = scene();
    await site.writeIni(REST);
    const releases = [await releaseWithPart(), await releaseWithPart()];
    const report = await underLoad(machine, LOAD, async () => {
      for (const release of releases) {
        await site.flip(release);
        await site.roll();
        if (release === releases[0]) expect(new Set((await askPart()).map(({ how }) => how))).toContain('compiled');
      }
      const answers = await askPart();
      expect(new Set(answers.map(({ release }) => release))).toEqual(new Set([releases[1]]));
      expect(answers.filter(({ how }) => how !== 'cached')).toEqual([]);
    });
    expectNothingLost(report);
    // Each replica has an OPcache of its own, and the verb empties all.
    const emptied = (await scene().machine.run('php-zd', 'reset-opcache', scene().site.name)).trim().split('\n');
    expect(emptied.map(line => line.replace(/^.*: /, ''))).toEqual(Array(2).fill('its OPcache is emptied'));
    const first = new Map([...(await askPart())].reverse().map(({ replica, how }) => [replica, how]));
    expect([...first.values()]).toEqual(['compiled', 'compiled']);
  });

  test.each(LIARS)('a release that $title is refused by its proof, and the old one serves', async ({ index, why }) => {
    await expectRefusedRelease(await scene().site.release({ 'public/index.php': index }), why);
  });

  test('a release that does not stay well for the soak time is refused by its proof, and the old one serves', async () => {
    const { machine, site } = scene();
    await machine.run('rm', '--force', `${tmp}/well-since`);
    await site.writeIni(`${REST}soak = 3s\n`.replace('deadline = 2s', 'deadline = 4s'));
    await expectRefusedRelease(
      await site.release({ 'public/index.php': WELL_FOR_A_SECOND }),
      'answered /health with 500 (wanted 200)',
    );
  });

  test('a release that dies while it is watched is taken back, and the old one never stopped serving', async () => {
    const { machine, site, journal } = scene();
    const old = await site.promoted();
    await site.writeIni(`bake = 10s\n${REST}`);
    const masters = await mastersOf(scene());
    const slots = await servingSlots(site);
    const window = { from: 0, to: 0 };
    let looks: readonly (readonly number[])[] = [];
    await site.flip(await site.release());
    const mark = journal.mark();
    // No slow requests: those that a killed PHP has in hand are lost, whatever stands in front of it.
    const report = await underLoad(machine, { fast: 4, post: 2 }, async () => {
      looks = await watchServers(scene(), async () => {
        const reloaded = site.reload();
        const replica = await watchedReplica(mark);
        window.from = Date.now();
        const unit = `php-zd-fpm-shop@${replica}.service`;
        await machine.run('systemctl', 'kill', '--kill-whom=main', '--signal=KILL', unit);
        const gone = await journal.await({ UNIT: unit, MESSAGE: /Failed with result 'signal'/ }, mark);
        window.to = Number(gone['__REALTIME_TIMESTAMP']) / 1000;
        const { status, stderr } = await reloaded;
        expect(status).toBe(1);
        expect(stderr).toContain(`replica ${replica} crashed while it was watched`);
      });
      await expectServing(site, old);
    });
    const others = report.samples
      .filter(isLost)
      .filter(({ startedAt, endedAt }) => startedAt > window.to || endedAt < window.from);
    expect(others).toEqual([]);
    expect(report.lastReleases).toEqual([old]);
    expect(await mastersOf(scene())).toEqual(masters);
    expect(looks.filter(look => !slots.every(slot => look.includes(slot)))).toEqual([]);
  });

  test('a release that failed is remembered: the next roll to it says so before it tries', async () => {
    const { machine, site, journal } = scene();
    await site.writeIni(REST);
    const bad = await site.release({ UNHEALTHY: '' });
    await expectRefusedRelease(bad, 'answered /health with 500 (wanted 200)');
    const mark = journal.mark();
    const said = await expectRefusedRelease(bad, 'answered /health with 500 (wanted 200)');
    const words = new RegExp(
      `The last roll to ${site.directory(bad)}, at \\S+ \\S+, failed: replica \\d answered /health`,
    );
    expect(said).toMatch(words);
    const known = await journal.await({ PHP_ZD_EVENT: 'known-bad', MESSAGE: words }, mark);
    const started = await journal.await({ PHP_ZD_EVENT: 'roll-started' }, mark);
    expect(Number(known['__REALTIME_TIMESTAMP'])).toBeLessThan(Number(started['__REALTIME_TIMESTAMP']));
    await machine.run('rm', `${site.directory(bad)}/UNHEALTHY`);
    await site.roll();
    await expectServing(site, bad);
  });

  const tmp = '/var/lib/php-zd/shop/tmp/shop';
  const notes = `${tmp}/notes`;

  const watchedReplica = async (mark: number): Promise<string> => {
    const watching = /: watching replica (\d+)/;
    const { MESSAGE = '' } = await scene().journal.await({ PHP_ZD_EVENT: 'step-started', MESSAGE: watching }, mark);
    return watching.exec(MESSAGE)?.[1] ?? '';
  };

  /** Rolls under load to a release that must not pass its proof, and gives what was printed. */
  const expectRefusedRelease = async (release: string, why: string): Promise<string> => {
    const { machine, site } = scene();
    const old = await site.promoted();
    await site.flip(release);
    let said = '';
    const report = await underLoad(machine, LOAD, async () => {
      const reloaded = await site.reload();
      said = reloaded.stderr;
      expect(reloaded.status).toBe(1);
      expect(said).toContain(why);
      expect(said).toContain(`\n${site.directory(old)} serves on every replica.\n`);
      await expectServing(site, old);
    });
    expectNothingLost(report);
    expect(report.releases).toEqual([old]);
    return said;
  };

  const readNotes = async (release: string): Promise<readonly Note[]> => {
    const text = await readFile(`${scene().machine.root}${notes}`, 'utf8');
    const all: readonly Note[] = text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    return all.filter(note => note.release === release);
  };

  /** A release with files so old that OPcache does not take them for files that are still being written. */
  const releaseWithPart = async (): Promise<string> => {
    const { machine, site } = scene();
    const release = await site.release({ 'public/part.php': '<?php return 1;' });
    await machine.run('find', site.directory(release), '-exec', 'touch', '--date=-1 hour', '{}', '+');
    return release;
  };

  /**
   * Asks until both replicas have answered: HAProxy prefers the one with fewer connections, which may be the same for a while.
   */
  const askPart = async (): Promise<readonly PartAnswer[]> => {
    const { machine, site } = scene();
    const urls = Array.from({ length: 12 }, (_, index) => `${site.url}?part=${index}`);
    const answers: PartAnswer[] = [];
    return await awaitAnswer('an answer of both replicas', async () => {
      const text = await machine.run('curl', '--silent', '--show-error', '--fail', '--write-out', '\\n', ...urls);
      for (const [, release = '', replica = '', how = ''] of text.matchAll(
        /release=(\S+) replica=(\S+) part=1 (\S+)/g,
      )) {
        answers.push({ release, replica, how });
      }
      return new Set(answers.map(({ replica }) => replica)).size === 2 ? answers : undefined;
    });
  };
});

/** A note of what a replica was asked. Times are seconds since 1970. */
interface Note {
  readonly replica: number;
  readonly release: string;
  readonly uri: string;
  readonly from: number;
  readonly to: number;
}

interface PartAnswer {
  readonly release: string;
  readonly replica: string;
  readonly how: string;
}

const mostAtOnce = (requests: readonly Note[]): number =>
  Math.max(...requests.map(({ from }) => requests.filter(other => other.from <= from && from < other.to).length));
