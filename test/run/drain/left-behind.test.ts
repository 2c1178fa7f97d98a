import { expect, test } from 'vitest';
import { parkUnit, replicaUnit } from '../../../src/base/paths.ts';
import { overdueWords } from '../../../src/report/words/errors/replica.ts';
import { eventsOfRoll } from '../../../src/report/words/events/roll.ts';
import { leftProcessWords } from '../../../src/report/words/left-process.ts';
import { reapReplica } from '../../../src/run/drain/park.ts';
import { readHistory } from '../../../src/run/record/history.ts';
import { readLastRoll } from '../../../src/run/record/last-roll.ts';
import { namedRun } from '../../../src/run/site/site-run.ts';
import { intercepted } from '../intercepted.ts';
import { paths, release, World } from '../world.ts';

const run = (world: World) => namedRun('shop', world.ports, world.emit);
const LONG = { pid: 77, name: 'sleep', words: ['sleep', '20'] };
const TOLD = [{ pid: 77, command: 'sleep 20' }];

const leave = async (world: World, slot: number, ...processes: readonly (typeof LONG)[]) => {
  const { mainPid } = await world.systemd.unit(replicaUnit('shop', slot));
  world.processes.set(mainPid, ...processes);
};

/** A site of which a request to the first replica left a process running. */
const withLeft = async (drain: string): Promise<World> => {
  const world = await World.serving({ more: `[drain]\ntimeout = 2s\n${drain}\n` });
  await leave(world, 1, LONG);
  return world;
};

test('a roll waits for a process that a request left running', async () => {
  const world = await withLeft('');
  const startedAt = world.clock.now();
  world.clock.onSleep = async now => {
    if (now >= startedAt + 1_000) await leave(world, 1);
  };
  expect(await world.rollTo('42')).toBe('rolled');
  expect(world.clock.now()).toBeGreaterThanOrEqual(startedAt + 1_000);
  expect(world.events).toContainEqual({ kind: 'draining', slot: 1, busy: 0, blockers: [], processes: TOLD });
});

test('abort: a process that does not end fails the roll, is named, and goes on with its replica', async () => {
  const world = await withLeft('on_timeout = abort');
  expect(await world.rollTo('42')).toBe('rolled-back');
  const error = { code: 'drain-timeout', facts: { sessions: 0, active: 0, blockers: [], processes: TOLD } };
  expect(await readLastRoll(run(world))).toMatchObject({ state: 'failed', error });
  expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
});

test('a release that is not proven holds no slot, whatever its own requests have started', async () => {
  const world = await World.serving({ more: '[drain]\ntimeout = 20s\n' });
  world.health.set(release('42'), { status: 500 });
  await world.linkTo('42');
  const startedAt = world.clock.now();
  const leaveAtStart = async (call: string) => {
    const [, slot] = /^start php-zd-fpm-shop@(\d)/.exec(call) ?? [];
    if (slot !== undefined) await leave(world, Number(slot), LONG);
  };
  expect(await world.roll({ ports: intercepted(world.ports, { after: leaveAtStart }) })).toBe('failed');
  expect(await world.settle()).toBe('rolled-back');
  expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
  // The second of [health] deadline, and none of [drain] timeout.
  expect(world.clock.now() - startedAt).toBeLessThan(3_000);
});

test.each(['rolling', 'blue-green'])(
  '%s: no gate opens before its replica counts as one that visitors meet',
  async strategy => {
    const world = await World.serving({ site: { strategy, surge: 2 } });
    await world.linkTo('42');
    const marks: string[] = [];
    const look = async (call: string) => {
      const [, slot] = /^(?:restart php-zd-fpm-shop@|link \/run\/php-zd\/shop\/serving\/)([34])/.exec(call) ?? [];
      if (slot !== undefined)
        marks.push(`${call.split(' ', 1)} ${slot}: ${await world.files.readLink(paths.slotHold(slot))}`);
    };
    const emit = async (event: { readonly kind: string; readonly step?: { readonly kind: string } }) => {
      if (event.kind === 'step-started' && event.step?.kind === 'prove') await look('restart php-zd-fpm-shop@3');
    };
    await world.roll({ ports: intercepted(world.ports, { after: look }), emit: event => void emit(event) });
    expect(marks).toContain('restart 3: roll unmet');
    expect(marks.filter(mark => mark.startsWith('link'))).toEqual(
      expect.arrayContaining(['link 3: roll', 'link 4: roll']),
    );
    expect(marks.filter(mark => mark.startsWith('link')).every(mark => mark.endsWith(': roll'))).toBe(true);
  },
);

test('park: the replica is stopped when the process has ended', async () => {
  const world = await withLeft('on_timeout = park');
  expect(await world.rollTo('42')).toBe('rolled');
  expect(world.events).toContainEqual({ kind: 'parked', slot: 1, blockers: [], processes: TOLD });
  const reap = () => reapReplica(world.ports, { site: 'shop', slot: 1 }, world.emit);
  await reap();
  expect(await world.picture()).toEqual(['1: 41 DRAIN', '3: 42 UP', '4: 42 UP']);
  await leave(world, 1);
  await reap();
  expect(await world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
  expect((await world.systemd.unit(parkUnit('shop', 1, 'timer'))).activeState).toBe('inactive');
});

test('kill: the receipt says how many processes were killed', async () => {
  const world = await withLeft('on_timeout = kill');
  expect(await world.rollTo('42')).toBe('rolled');
  expect(world.events).toContainEqual({ kind: 'killed', slot: 1, blockers: [], processes: TOLD });
  expect((await readHistory(run(world))).at(-1)).toMatchObject({ receipt: { lost: 0, killedProcesses: 1 } });
});

test('nobody waits for a program of [drain] daemons, by the name that the kernel has of it', async () => {
  const world = await World.serving({ more: '[drain]\ndaemons = chrome_crashpad_handler soffice.bin\n' });
  const daemons = ['chrome_crashpad', 'soffice.bin'].map((name, index) => ({ pid: 70 + index, name, words: [name] }));
  await leave(world, 1, ...daemons);
  const startedAt = world.clock.now();
  expect(await world.rollTo('42')).toBe('rolled');
  expect(world.clock.now() - startedAt).toBeLessThan(2_000);
});

test('unless told otherwise nobody waits for the agents of GnuPG', async () => {
  const world = await World.serving();
  await leave(world, 1, { pid: 70, name: 'gpg-agent', words: ['gpg-agent', '--daemon'] });
  expect(await world.rollTo('42')).toBe('rolled');
});

test('a process is told with what it is', () => {
  const [left] = TOLD;
  if (left === undefined) throw new Error('no process');
  const words = 'process 77 (sleep 20), which a request left running';
  expect(leftProcessWords(left)).toBe(words);
  expect(leftProcessWords({ pid: 7, command: '' })).toBe('process 7, which a request left running');
  expect(leftProcessWords({ pid: 7, command: 'a\u001b[31m' })).not.toContain('\u001b');
  const { text } = eventsOfRoll.killed.words('shop', { kind: 'killed', slot: 1, blockers: [], processes: TOLD });
  expect(text).toBe(`Killing replica 1, as [drain] on_timeout = kill says. Lost with it: ${words}.`);
  expect(overdueWords({ replica: 1, ms: 2_000, sessions: 0, waiting: 0 }, [words])).toBe(
    `replica 1 still had work after 2s: ${words}`,
  );
});
