import { beforeEach, describe, expect, test } from 'vitest';
import { sitePaths } from '../../../src/base/paths.ts';
import { makeReceipt } from '../../../src/run/receipt/receipt.ts';
import { appendHistory, failureOf, type HistoryEntry, readHistory } from '../../../src/run/record/history.ts';
import type { Ports } from '../../../src/run/site/ports.ts';
import { type NamedRun, namedRun } from '../../../src/run/site/site-run.ts';
import { FakeFiles } from '../../fakes/fake-files.ts';

const paths = sitePaths('shop');
const rolled: HistoryEntry = {
  id: 'b',
  startedAt: 1_000,
  endedAt: 4_000,
  from: '/r/41',
  release: '/r/42',
  outcome: 'rolled',
  receipt: makeReceipt(undefined, 3_000, { drain: 2_000 }),
  by: 'deploy',
};
const failed: HistoryEntry = {
  id: 'c',
  startedAt: 5_000,
  endedAt: 6_000,
  from: '/r/42',
  release: '/r/43',
  outcome: 'rolled-back',
  error: { code: 'replica-unproven', facts: { replica: 2, reason: 'answered / with 500' } },
};

const lineOf = (entry: HistoryEntry) => `${JSON.stringify({ format: 1, ...entry })}\n`;

let files: FakeFiles;
let run: NamedRun;
beforeEach(() => {
  files = new FakeFiles();
  const ports: Pick<Ports, 'files'> = { files };
  run = namedRun('shop', ports as Ports, () => undefined);
});

test('a site that never rolled has no history', async () => {
  expect(await readHistory(run)).toEqual([]);
});

test('a roll is remembered with all that is known of it, the newest last', async () => {
  await appendHistory(run, rolled);
  await appendHistory(run, failed);
  expect(await readHistory(run)).toEqual([rolled, failed]);
  expect((await files.read(paths.history))?.split('\n')).toHaveLength(3);
  expect(files.attributes(paths.history)?.mode).toBe(0o644);
});

test('a settle that runs twice leaves one entry, the later one', async () => {
  await appendHistory(run, rolled);
  await appendHistory(run, { ...failed, outcome: 'unsettled' });
  await appendHistory(run, failed);
  expect(await readHistory(run)).toEqual([rolled, failed]);
});

test('the oldest roll is forgotten when there are more than five hundred', async () => {
  const entries = Array.from({ length: 500 }, (_, index): HistoryEntry => ({ ...failed, id: String(index) }));
  await files.makeDirectory(paths.state);
  await files.write(paths.history, entries.map(lineOf).join(''));
  await appendHistory(run, rolled);
  const history = await readHistory(run);
  expect(history).toHaveLength(500);
  expect([history[0]?.id, history.at(-1)?.id]).toEqual(['1', 'b']);
});

test.each(['{"id":"x","startedAt":', '', 'null', '17', '"text"', '{}', '\0\0\0'])(
  'a line that is no entry (%j) is passed over, and gone with the next roll',
  async line => {
    await files.makeDirectory(paths.state);
    await files.write(paths.history, `${lineOf(rolled)}${line}\n`);
    expect(await readHistory(run)).toEqual([rolled]);
    await appendHistory(run, failed);
    expect(await files.read(paths.history)).toBe(lineOf(rolled) + lineOf(failed));
  },
);

test('what a newer php-zd wrote stays as it is', async () => {
  await files.makeDirectory(paths.state);
  const newer = '{"format":2,"id":"n"}\n';
  await files.write(paths.history, lineOf(rolled) + newer);
  expect(await readHistory(run)).toEqual([rolled]);
  await appendHistory(run, failed);
  expect(await files.read(paths.history)).toBe(lineOf(rolled) + newer + lineOf(failed));
});

test('of a history that is huge the beginning is kept', async () => {
  await files.makeDirectory(paths.state);
  const mebibyte = `${'x'.repeat(1024 * 1024)}\n`;
  await files.write(paths.history, lineOf(rolled) + mebibyte.repeat(16) + lineOf({ ...failed, id: 'd' }));
  await appendHistory(run, failed);
  expect(await files.read(paths.history)).toBe(lineOf(rolled) + lineOf(failed));
});

describe('a release failed before', () => {
  const errorOf = (code: NonNullable<HistoryEntry['error']>['code']) => ({ ...failed, error: { code, facts: {} } });
  test.each(['replica-unproven', 'replica-worse', 'warmup-failed'] as const)(
    'when its last roll ended with %s',
    code => {
      expect(failureOf([rolled, errorOf(code)], '/r/43')).toEqual(errorOf(code));
    },
  );
  test('also when others rolled since, and when a later try of it was refused', () => {
    const refused: HistoryEntry = {
      ...failed,
      id: 'e',
      outcome: 'refused',
      error: { code: 'slots-parked', facts: {} },
    };
    expect(failureOf([failed, { ...rolled, id: 'd' }, refused], '/r/43')).toEqual(failed);
  });
  test.each(['drain-timeout', 'balancer-unreachable', 'not-serving'] as const)('not by %s: that is the host', code => {
    expect(failureOf([errorOf(code)], '/r/43')).toBeUndefined();
  });
  test('not when it was another release', () => {
    expect(failureOf([failed], '/r/42')).toBeUndefined();
  });
  test('not when it rolled since', () => {
    expect(failureOf([failed, { ...rolled, id: 'd', release: '/r/43' }], '/r/43')).toBeUndefined();
  });
  test('not when it was killed: there is no error', () => {
    const { error: _, ...killed } = failed;
    expect(failureOf([killed], '/r/43')).toBeUndefined();
  });
});
