import { expect, test } from 'vitest';
import { isError, PhpZdError } from '../../../src/base/errors.ts';
import { describeError } from '../../../src/report/words/errors.ts';
import { readHistory } from '../../../src/run/record/history.ts';
import { readLastRoll } from '../../../src/run/record/last-roll.ts';
import { namedRun } from '../../../src/run/site/site-run.ts';
import { intercepted } from '../intercepted.ts';
import { paths, World } from '../world.ts';

const run = (world: World) => namedRun('shop', world.ports, world.emit);

/** A roll during which the disk is full from its `from`-th write on; gives how many writes there were, and what came of the roll. */
const rollUntilFull = async (world: World, from: number) => {
  let writes = 0;
  const before = (call: string): void => {
    const [what, path = ''] = call.split(' ');
    if (what !== 'write' && what !== 'link') return;
    writes += 1;
    if (writes >= from) throw new PhpZdError('file-system', { path, errno: 'ENOSPC' });
  };
  try {
    return { state: await world.roll({ ports: intercepted(world.ports, { before }) }), writes };
  } catch (error) {
    // What the record of the roll itself cannot be written to: the unit's process ends with it, and the settle runs.
    if (!isError(error)) throw error;
    return { state: describeError(error), writes };
  }
};

test('a disk that fills up at any write of a roll ends it in words, and the settle leaves a whole site', async () => {
  const { writes } = await rollUntilFull(await atFlipped(), Number.POSITIVE_INFINITY);
  expect(writes).toBeGreaterThan(20);
  for (let from = 1; from <= writes; from += 1) {
    const world = await atFlipped();
    const { state } = await rollUntilFull(world, from);
    const recorded = await readLastRoll(run(world));
    const error = recorded?.error;
    const said = state === 'failed' || state === 'refused' ? describeRecordedErrno(error) : state;
    expect(`${from}: ${said}`).toMatch(/: (ENOSPC|done|.*no space is left on its file system)$/);
    await world.settle();
    const picture = await world.picture();
    expect([
      ['1: 41 UP', '2: 41 UP'],
      ['3: 42 UP', '4: 42 UP'],
    ]).toContainEqual(picture);
    expect(await world.releaseAt(paths.promoted)).toBe(picture[0]?.includes('42') ? '42' : '41');
    // A roll whose record was written is in the history, and no other.
    expect(await readHistory(run(world))).toHaveLength(recorded === undefined ? 0 : 1);
  }
});

const atFlipped = async (): Promise<World> => {
  const world = await World.serving();
  await world.linkTo('42');
  return world;
};

const describeRecordedErrno = (error: { readonly facts: object } | undefined): string =>
  error !== undefined && 'errno' in error.facts ? String(error.facts.errno) : 'no word';
