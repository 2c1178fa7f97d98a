import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlink } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { labCommand, type Result } from '../lab/machine.ts';
import { underLoad } from '../load/start.ts';
import { expectNothingLost, expectServing, servingSlots } from '../scene/expect.ts';
import { onOneSuite } from '../scene/scene.ts';
import { standProof } from '../scene/stand.ts';
import { openTmux } from '../scene/tmux.ts';

const INI = '[pool]\npm.max_children = 4\n[health]\npath = /health\ninterval = 100ms\ndeadline = 30s\n';
const LOAD = { fast: 3, post: 1, after: 1, slow: 2, slowSeconds: 0.5, afterSeconds: 0.5 } as const;
const LEFT = 'Left it running. Follow it again with "php-zd follow shop".';
const RULE = `polkit.addRule(function (action, subject) {
  if (action.id == "org.freedesktop.systemd1.manage-units" && action.lookup("unit") == "php-zd@shop.service" &&
      action.lookup("verb") == "reload" && subject.user == "deployer") return polkit.Result.YES;
});
`;

/** A terminal that is resized while a roll stands. */
interface Picture {
  readonly title: string;
  readonly env: readonly string[];
  readonly from: number;
  readonly to: number;
  /** The bar after 5 steps of 20. */
  readonly bar: string;
  readonly hasColour: boolean;
}

onOneSuite('bookworm', 'follow', { ini: INI }, scene => {
  test('whoever may reload by polkit, and cannot read the journal, is told every event', async () => {
    const { machine, site } = scene();
    await machine.run('useradd', 'deployer');
    await machine.write('/etc/polkit-1/rules.d/50-php-zd.rules', RULE);
    await site.flip(await site.release());
    const asDeployer = (...command: readonly string[]) =>
      machine.ask('runuser', '--user', 'deployer', '--', ...command);
    expect((await asDeployer('journalctl', '-n1', '-u', 'php-zd@shop')).stdout).not.toContain('Started shop');
    const rolled = await asDeployer('php-zd', 'reload', 'shop', '--json');
    expect(rolled).toMatchObject({ status: 0, stderr: '' });
    const entries = rolled.stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    const steps = entries.filter(({ event }) => event.kind === 'step-started').map(({ event }) => event.index);
    expect(steps).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(entries[0]).toMatchObject({ site: 'shop', priority: 5, event: { kind: 'roll-started', steps: 20 } });
    expect(entries.at(-1)).toMatchObject({ event: { kind: 'receipt', outcome: 'rolled' } });
    expect(new Set(entries.map(({ roll }) => roll)).size).toBe(1);
    const denied = await asDeployer('php-zd', 'stop', 'shop');
    expect(denied).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('run it as root, or let polkit allow it'),
    });
    const followed = await asDeployer('php-zd', 'follow', 'shop');
    expect(followed).toMatchObject({ status: 0, stderr: 'No roll of shop is under way.\n' });
    expect(followed.stdout).toMatch(
      /^The last roll of shop to \S+ \(from \S+\): rolled, \S+ \S+\.\nRequests: \d+\nLost: 0\n/,
    );
  });

  test('^C leaves a roll to systemd, and it is followed again from its begin', async () => {
    const { machine, site } = scene();
    const next = await site.release();
    const report = await underLoad(machine, { fast: 2 }, async () => {
      await site.flip(next);
      const stand = await standProof(scene());
      const reloaded = site.reload();
      const slot = await stand.reached();
      await signal('INT', 'reload shop');
      const { status, stderr } = await reloaded;
      expect({ status, last: stderr.trimEnd().split('\n').at(-1) }).toEqual({ status: 1, last: LEFT });
      const following = await follow();
      await stand.open();
      const followed = await following.ended;
      expect(followed.status).toBe(0);
      const lines = followed.stderr.split('\n');
      expect(lines[0]).toMatch(/^Rolling shop to .* in 20 steps\.$/);
      expect(lines).toContainEqual(expect.stringMatching(`^Step \\d+ of 20: proving replica ${slot}\\.$`));
      expect(lines.filter(line => line.startsWith('Step '))).toHaveLength(20);
      expect(lines).toContain('Receipt of the roll of shop (rolled):');
      await expectServing(site, next);
    });
    expectNothingLost(report);
  });

  test('an abort under load ends a roll where it stands, and what was promoted serves on, with nothing lost', async () => {
    const { machine, site, journal } = scene();
    const old = await site.promoted();
    const next = await site.release();
    const mark = journal.mark();
    const report = await underLoad(machine, LOAD, async () => {
      await site.flip(next);
      const stand = await standProof(scene());
      const reloaded = site.reload();
      await stand.reached();
      const aborted = machine.ask('php-zd', 'abort', 'shop');
      // The question of the proof is the last request of the new replica.
      await journal.await({ PHP_ZD_EVENT: 'roll-failed' }, mark);
      await stand.open();
      expect(await aborted).toMatchObject({ status: 0, stderr: expect.stringContaining('Ended the roll of shop.') });
      expect(await reloaded).toMatchObject({ status: 1, stderr: expect.stringContaining('it was asked to stop') });
      await expectServing(site, old);
    });
    expectNothingLost(report);
    expect(report.releases).toEqual([old]);
    expect(await machine.ask('php-zd', 'abort', 'shop')).toEqual({
      ...{ status: 0, stdout: '' },
      stderr: 'No roll of shop is under way.\n',
    });
    await site.flip(old);
  });

  test('a rollback during a deployment ends its roll, and goes back no further, with nothing lost', async () => {
    const { machine, site, journal } = scene();
    const old = await site.promoted();
    const next = await site.release();
    const mark = journal.mark();
    const report = await underLoad(machine, LOAD, async () => {
      const stand = await standProof(scene());
      const deployed = machine.ask('php-zd', 'deploy', 'shop', site.directory(next));
      await stand.reached();
      const rolledBack = machine.ask('php-zd', 'rollback', 'shop');
      await journal.await({ PHP_ZD_EVENT: 'roll-failed' }, mark);
      await stand.open();
      expect(await rolledBack).toMatchObject({ status: 0 });
      expect(await deployed).toMatchObject({ status: 1 });
      await expectServing(site, old);
    });
    expectNothingLost(report);
    expect(report.releases).toEqual([old]);
    expect(await readlink(`${machine.root}${site.base}/current`)).toContain(old);
  });

  test('with --no-block nothing is waited for, and a roll that fails is told to who follows it', async () => {
    const { machine, site } = scene();
    const old = await site.promoted();
    await site.flip(await site.release({ UNHEALTHY: '' }));
    // Longer than it takes on a busy host until somebody follows.
    await site.writeIni(INI.replace('30s', '5s'));
    const stand = await standProof(scene());
    expect(await machine.ask('php-zd', 'reload', 'shop', '--no-block')).toEqual({
      ...{ status: 0, stdout: '' },
      stderr: 'Asked systemd to reload shop. Follow it with "php-zd follow shop".\n',
    });
    await stand.reached();
    const following = await follow();
    await stand.open();
    const { status, stderr } = await following.ended;
    expect(status).toBe(1);
    expect(stderr.slice(stderr.indexOf('php-zd: ')).split('\n').slice(1)).toEqual([
      `${site.directory(old)} serves on every replica.`,
      'See "journalctl -eu php-zd@shop.service", "php-zd status shop" or "php-zd doctor shop".',
      '',
    ]);
    await site.writeIni(INI);
  });

  test('a deployment whose terminal goes away still points the link back when it fails', async () => {
    const { machine, site } = scene();
    const old = await site.promoted();
    await site.flip(old);
    const bad = await site.release({ UNHEALTHY: '' });
    await site.writeIni(INI.replace('30s', '1s'));
    const stand = await standProof(scene());
    const deployed = machine.ask('php-zd', 'deploy', 'shop', site.directory(bad));
    await stand.reached();
    await signal('HUP', 'deploy shop');
    await stand.open();
    expect(await deployed).toMatchObject({ status: 1 });
    expect(await readlink(`${machine.root}${site.base}/current`)).toContain(old);
    await expectServing(site, old);
    await site.writeIni(INI);
  });

  test.each<Picture>([
    { title: 'in colours', env: [], from: 80, to: 200, bar: '##############--------------', hasColour: true },
    {
      title: 'with NO_COLOR in none',
      env: ['env', 'NO_COLOR=1'],
      from: 200,
      to: 80,
      bar: '############------------',
      hasColour: false,
    },
  ])('on a terminal a roll is a picture, $title, which bears a resize', async ({ env, from, to, bar, hasColour }) => {
    const { machine, site } = scene();
    const old = await site.promoted();
    const next = await site.release();
    await site.flip(next);
    const before = await servingSlots(site);
    const stand = await standProof(scene());
    const terminal = await openTmux(labCommand('run', machine.name, ...env, 'php-zd', 'reload', 'shop'), from, 24);
    await stand.reached();
    await terminal.resize(to, 24);
    // Both new replicas are proven side by side, and either may have come to that last.
    const row = (at: number) =>
      before.includes(at) ? `${at}     serves   ${old}        N` : `${at}     proving  ${next}        N          Ns`;
    const shown = async () =>
      (await terminal.lines())
        .map(withoutNumbers)
        .map(line => line.replace(/: proving replica \d,/, ': proving replica N,'));
    await expect
      .poll(shown, { timeout: 30_000 })
      .toEqual([
        `Rolling shop to ${site.directory(next)} (from ${site.directory(old)}) in 20 steps.`,
        'SLOT  STATE    RELEASE  IN FLIGHT  LEFT',
        ...[1, 2, 3, 4].map(row),
        `[${bar}] 11 of 20: proving replica N, Ns`,
      ]);
    expect((await terminal.coloured()).includes('\x1b[32m')).toBe(hasColour);
    await stand.open();
    await expect.poll(async () => (await terminal.lines()).join('\n'), { timeout: 30_000 }).toContain('Lost: 0');
    expect(await terminal.hasCursor()).toBe(true);
    await expectServing(site, next);
  });

  /** Sends a signal to the php-zd with these words in its command line. */
  const signal = (name: string, words: string) =>
    scene().machine.run('pkill', `--signal=${name}`, '--full', `^\\S*node .*php-zd(\\.cjs)? ${words}`);

  /** Starts `php-zd follow shop`; resolves once that has printed something. */
  const follow = async (): Promise<{ readonly ended: Promise<Result> }> => {
    const [command = '', ...args] = labCommand('run', scene().machine.name, 'php-zd', 'follow', 'shop');
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', text => {
      stderr += text;
    });
    const ended = once(child, 'close').then(([status]) => ({ status, stdout: '', stderr }));
    await once(child.stderr, 'data');
    return { ended };
  };
});

/** A line without what differs from run to run: times, and how many requests are under way. */
const withoutNumbers = (line: string): string =>
  line.replace(/\b\d+(min \d+s|s|min)$/, 'Ns').replace(/^(\d+ +\S.*? {2,}\d+ +)\d+/, '$1N');
