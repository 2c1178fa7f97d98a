import { expect, test } from 'vitest';
import { renderHistory } from '../../src/report/history.ts';
import type { HistoryEntry } from '../../src/run/record/history.ts';
import { good } from './receipts.ts';

const at = new Date(2026, 10, 22, 3, 4, 5).getTime();
const roll: HistoryEntry = {
  id: 'r',
  startedAt: at,
  endedAt: at + 3_100,
  from: '/srv/shop/releases/41',
  release: '/srv/shop/releases/42',
  outcome: 'rolled',
};

test('a roll is a line, and below one that failed stands why', () => {
  const error = { code: 'release-missing', facts: { path: '/srv/shop/cur\u001brent' } } as const;
  const table = renderHistory([
    { ...roll, by: 'alice', receipt: { ...good, requests: 48_211, lost: 0 } },
    {
      ...roll,
      outcome: 'rolled-back',
      error: { code: 'replica-worse', facts: { replica: 3, reason: { kind: 'crashed' } } },
    },
    { id: 'r', startedAt: at, endedAt: at + 40, outcome: 'refused', error },
  ]);
  expect(table).toBe(
    [
      'WHEN                 BY     FROM  TO  RESULT       TOOK    REQUESTS  LOST',
      '2026-11-22 03:04:05  alice  41    42  rolled       3.10 s  48 211    0',
      '2026-11-22 03:04:05  -      41    42  rolled back  3.10 s  -         -',
      '    replica 3 crashed while it was watched',
      '2026-11-22 03:04:05  -      -     -   refused      0.04 s  -         -',
      '    the release /srv/shop/cur?rent is no directory',
      '',
    ].join('\n'),
  );
});
