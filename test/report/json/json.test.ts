import { expect, test } from 'vitest';
import { PhpZdError, recordError } from '../../../src/base/errors.ts';
import { entryJson, formatJson } from '../../../src/report/json/json.ts';
import type { RollEntry } from '../../../src/run/record/roll-log.ts';

const blocker = {
  ...{ pid: 12, state: 'Running', requestMethod: 'GET', requestUri: '/report', script: '/index.php' },
  ...{ requestDurationUs: 61_000_000, startSince: 90 },
};
const WORDS = 'child 12 (Running): GET /report, /index.php, 61.0 s';

test.each<readonly [PhpZdError, object]>([
  [
    new PhpZdError('replica-unproven', { replica: 2, reason: { kind: 'status', path: '/', status: 500 }, ms: 5 }),
    { replica: 2, reason: 'answered / with 500', ms: 5 },
  ],
  [
    new PhpZdError('replica-worse', { replica: 2, reason: { kind: 'crashed' } }),
    { replica: 2, reason: 'crashed while it was watched' },
  ],
  [
    new PhpZdError('warmup-failed', { replica: 2, path: '/', reason: { kind: 'unasked', path: '/' } }),
    { replica: 2, path: '/', reason: 'could not be asked / in time' },
  ],
  [
    new PhpZdError('drain-timeout', {
      ...{ site: 'shop', replica: 2, ms: 5, sessions: 1, waiting: 0, active: 1, blockers: [blocker] },
    }),
    { site: 'shop', replica: 2, ms: 5, sessions: 1, waiting: 0, active: 1, blockers: [WORDS] },
  ],
  [new PhpZdError('slots-parked', { slots: [3] }), { slots: ['3'] }],
  [new PhpZdError('not-serving', { replica: 2 }), { replica: 2, state: 'unknown to HAProxy' }],
  [new PhpZdError('release-missing', { path: '/r' }), { path: '/r' }],
])('programs are given the reason of %s in words', (error, facts) => {
  const json = formatJson([{ id: 'a', error: recordError(error) }]);
  expect(JSON.parse(json)).toEqual([{ id: 'a', error: { code: error.code, facts } }]);
});

test('what an older php-zd recorded is given as it is', () => {
  const error = { code: 'replica-worse', facts: { replica: 3, reason: 'crashed' } };
  expect(JSON.parse(formatJson({ error }))).toEqual({ error });
});

test('whom a parked or a killed replica waits for is given in words, in a drain as fields', () => {
  const about = { time: 1, site: 'shop', priority: 4, text: 'x' };
  const blockersOf = (entry: RollEntry) => JSON.parse(entryJson(entry)).event.blockers;
  expect(blockersOf({ ...about, event: { kind: 'parked', slot: 1, blockers: [blocker] } })).toEqual([WORDS]);
  expect(blockersOf({ ...about, event: { kind: 'killed', slot: 1, blockers: [blocker] } })).toEqual([WORDS]);
  expect(blockersOf({ ...about, event: { kind: 'draining', slot: 1, busy: 1, blockers: [blocker] } })).toEqual([
    blocker,
  ]);
  const older = JSON.parse(JSON.stringify({ ...about, event: { kind: 'parked', slot: 1, blockers: [WORDS] } }));
  expect(blockersOf(older)).toEqual([WORDS]);
});
