import { describe, expect, test } from 'vitest';
import { readLastRoll } from '../../../src/run/record/last-roll.ts';
import { namedRun } from '../../../src/run/site/site-run.ts';
import type { FakeProgram } from '../../fakes/fake-commands.ts';
import { paths, release, World } from '../world.ts';

const ALL =
  '[hooks]\nbefore_roll = one $PHP_ZD_SITE\nbefore_serve = two\nafter_roll = +three\non_failure = four\ntimeout = 7s\n';

/** A site with hooks, each of which fails that is named. */
const hooked = async (text: string, failing: readonly string[] = [], result = 'exit-code'): Promise<World> => {
  const world = await World.serving({ more: text });
  const run: FakeProgram = ({ args }) => {
    const unit = failing
      .map(hook => `php-zd-hook-shop-${hook}.service`)
      .find(failed => args.includes(`--unit=${failed}`));
    if (unit === undefined) return '';
    world.systemd.add(unit);
    world.systemd.set(unit, { activeState: result === 'success' ? 'inactive' : 'failed', result, mainStatus: 3 });
    return { status: '3', output: '' };
  };
  // Whether the site's user can read the release is asked that way too.
  world.commands.programs.set('systemd-run', asked => (asked.args.includes('--collect') ? '' : run(asked)));
  world.setJournal(({ args }) => (args.includes('--output=cat') ? 'no \u001b[31mdatabase\n' : ''));
  return world;
};

/** Hook -> what its service was given of a kind. */
const hooksOf = (world: World): readonly string[] =>
  argsOf(world).map(args => /hook-shop-(\w+)\.service/.exec(args.join(' '))?.[1] ?? '?');
const argsOf = (world: World) =>
  world.commands.runs.map(({ args }) => args).filter(args => args.some(arg => arg.startsWith('--unit=php-zd-hook-')));
const settingsOf = (args: readonly string[] | undefined, name: string) =>
  args?.filter(arg => arg.startsWith(`--property=${name}=`)).map(arg => arg.slice(`--property=${name}=`.length));
/** For systemd, which makes one word of its value. */
const inBraces = (name: string): string => `\${${name}}`;
const errorOf = async (world: World) => (await readLastRoll(namedRun('shop', world.ports, world.emit)))?.error;

test('a roll that goes through runs the hooks before it, and the one after it, once each', async () => {
  const world = await hooked(ALL);
  expect(await world.rollTo('42')).toBe('rolled');
  expect(hooksOf(world)).toEqual(['before_roll', 'before_serve', 'after_roll']);
});

test('what others chose is one word of a command, and what the operator wrote is split as systemd does it', async () => {
  const words = `one $PHP_ZD_RELEASE $OPTIONS ${inBraces('PHP_ZD_FROM')}/x --of=$PHP_ZD_SITE`;
  const world = await hooked(`[hooks]\nbefore_roll = ${words}\n`);
  await world.rollTo('42');
  const [before = []] = argsOf(world);
  expect(before.slice(before.lastIndexOf('one'))).toEqual([
    ...['one', inBraces('PHP_ZD_RELEASE'), '$OPTIONS', `${inBraces('PHP_ZD_FROM')}/x`, '--of=$PHP_ZD_SITE'],
  ]);
});

test('a site without hooks runs none', async () => {
  const world = await hooked('');
  expect(await world.rollTo('42')).toBe('rolled');
  expect(hooksOf(world)).toEqual([]);
});

test('each is a service with its words as they are written, its user, its time, and nothing of it left', async () => {
  const world = await hooked(ALL);
  await world.rollTo('42');
  const [before, , after] = argsOf(world);
  expect(before?.slice(before.indexOf('--'))).toEqual(['--', '/usr/bin/env', '--', 'one', inBraces('PHP_ZD_SITE')]);
  expect(settingsOf(before, 'User')).toEqual(['shop']);
  expect(settingsOf(before, 'TimeoutStartSec')).toEqual(['7000ms']);
  expect(settingsOf(before, 'SyslogIdentifier')).toEqual(['before_roll']);
  expect(settingsOf(after, 'User')).toEqual([]);
});

test("before_serve is in the view of the new release, the others in the host's", async () => {
  const world = await hooked(`${ALL}[env]\nAPP = s3cret\n`);
  await world.rollTo('42');
  const [before, serve, after] = argsOf(world);
  expect(settingsOf(serve, 'BindReadOnlyPaths')?.[0]).toContain(
    `${paths.view('before_serve')}/mounts:/run/php-zd-mounts/places`,
  );
  expect(serve?.filter(arg => arg.includes('s3cret'))).toEqual([]);
  expect(await world.files.list(paths.views)).toEqual([]);
  for (const args of [before, after]) expect(settingsOf(args, 'BindReadOnlyPaths')).toEqual([]);
});

test('they are told of the roll, and the last one of what it cost', async () => {
  const world = await hooked(ALL);
  await world.rollTo('42');
  const common = ['"PHP_ZD_SITE=shop"', '"PHP_ZD_ROLL=roll-to-42"', `"PHP_ZD_FROM=${release('41')}"`];
  const [before, , after] = argsOf(world).map(args => settingsOf(args, 'Environment'));
  expect(before).toEqual(['"PHP_ZD_HOOK=before_roll"', ...common, `"PHP_ZD_RELEASE=${release('42')}"`]);
  expect(after).toEqual([
    ...['"PHP_ZD_HOOK=after_roll"', ...common, `"PHP_ZD_RELEASE=${release('42')}"`],
    ...['"PHP_ZD_REQUESTS=0"', '"PHP_ZD_LOST=0"', '"PHP_ZD_RETRIED=0"', '"PHP_ZD_REDISPATCHED=0"'],
    ...['"PHP_ZD_LONGEST_QUEUE=0"', expect.stringMatching(/^"PHP_ZD_DURATION_MS=\d+"$/)],
  ]);
});

describe('a hook that fails', () => {
  test('before the roll ends it before anything is written, started or told', async () => {
    const world = await hooked(ALL, ['before_roll']);
    await world.configure({ site: { replicas: 3 }, more: ALL });
    await world.linkTo('42');
    const generations = await world.files.list(paths.generations);
    const unit = await world.files.read(paths.unit);
    world.forget();
    expect(await world.roll()).toBe('failed');
    expect(await world.files.list(paths.generations)).toEqual(generations);
    expect(await world.files.read(paths.unit)).toBe(unit);
    expect(world.systemd.asked).toEqual([
      'reset-failed php-zd-hook-shop-before_roll.service',
      'reset-failed php-zd-hook-shop-before_roll.service',
    ]);
    expect(await world.settle()).toBe('rolled-back');
    expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
  });

  test('before the release serves ends the roll before a visitor met it', async () => {
    const world = await hooked(ALL, ['before_serve']);
    expect(await world.rollTo('42')).toBe('rolled-back');
    expect(world.kinds()).not.toContain('replica-admitted');
    expect(world.events.flatMap(event => (event.kind === 'step-done' ? [event.step.kind] : []))).not.toContain('serve');
    expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
    expect(hooksOf(world)).toEqual(['before_roll', 'before_serve', 'on_failure']);
  });

  test('is told with how it ended, and the last that it said, without what moves a cursor', async () => {
    const world = await hooked(ALL, ['before_roll']);
    await world.rollTo('42');
    expect(await errorOf(world)).toEqual({
      code: 'hook-failed',
      facts: {
        ...{ hook: 'before_roll', unit: 'php-zd-hook-shop-before_roll.service', ms: 7_000 },
        ...{ result: 'exit-code', status: 3, output: 'no ?[31mdatabase' },
      },
    });
    const failure = argsOf(world).at(-1);
    expect(settingsOf(failure, 'Environment')).toEqual(
      expect.arrayContaining([
        '"PHP_ZD_OUTCOME=rolled-back"',
        '"PHP_ZD_ERROR=hook-failed"',
        '"PHP_ZD_REASON=the hook before_roll failed with status 3: no ?[31mdatabase (journalctl -eu php-zd-hook-shop-before_roll.service)"',
      ]),
    );
  });

  test.each([
    ['after_roll', '42', 'rolled'],
    ['on_failure', '43', 'rolled-back'],
  ])('when the roll is over is only told: %s', async (hook, name, outcome) => {
    const world = await hooked(ALL, [hook]);
    world.health.set(release('43'), { status: 500 });
    expect(await world.rollTo(name)).toBe(outcome);
    expect(world.events.at(-1)).toMatchObject({ kind: 'hook-failed', error: { code: 'hook-failed', facts: { hook } } });
  });
});

test('on_failure runs once, with the reason, and also for a roll that was refused', async () => {
  const world = await hooked(ALL);
  await world.removeRelease('42');
  await world.linkTo('42');
  expect(await world.roll()).toBe('refused');
  expect(await world.settle()).toBe('refused');
  expect(await world.settle()).toBe('refused');
  expect(hooksOf(world)).toEqual(['on_failure']);
  expect(settingsOf(argsOf(world)[0], 'Environment')).toContain('"PHP_ZD_OUTCOME=refused"');
});

test('one that a killed roll left is stopped before it runs anew', async () => {
  const world = await hooked(ALL);
  const unit = 'php-zd-hook-shop-before_roll.service';
  world.systemd.add(unit, { isOneshot: true });
  world.systemd.set(unit, { activeState: 'activating', mainPid: 7 });
  expect(await world.rollTo('42')).toBe('rolled');
  expect(world.systemd.asked.slice(0, 2)).toEqual([`stop ${unit}`, `reset-failed ${unit}`]);
});

test('systemd-run that fails by itself is told as that', async () => {
  const world = await hooked(ALL, ['before_roll'], 'success');
  await world.rollTo('42');
  expect(await errorOf(world)).toMatchObject({ code: 'command-failed' });
});
