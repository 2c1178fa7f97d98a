import { describe, expect, test } from 'vitest';
import { PhpZdError } from '../../../src/base/errors.ts';
import { journalFields, reportToJournal, statusLine } from '../../../src/report/journal/fields.ts';
import { describeEvent, eventReports } from '../../../src/report/words/events.ts';
import type { Event } from '../../../src/run/site/events.ts';
import { FakeJournal, FakeNotifier } from '../../fakes/fake-journal.ts';
import { bad, good } from '../receipts.ts';

const step = { kind: 'prove', slot: 2, generation: 'g42', release: '/r/42' } as const;
const unproven = new PhpZdError('replica-unproven', {
  replica: 2,
  reason: { kind: 'status', path: '/', status: 500 },
  ms: 10_000,
});

test('a failed roll says what failed, why, what it goes back to, and what to type next', () => {
  const failure = { from: '/r/41', release: '/r/42', index: 13, total: 15, step, error: unproven };
  expect(describeEvent('shop', { kind: 'roll-failed', failure })).toEqual({
    priority: 3,
    text: [
      "Roll of 'shop' to /r/42 failed at step 13 of 15: replica 2 answered / with 500 for 10s.",
      'Going back to /r/41.',
      'See "journalctl -eu php-zd-fpm-shop@2" or "php-zd status shop".',
    ].join('\n'),
  });
});

test('a settle that could not mend everything says who still serves', () => {
  const failures = [{ slot: 1, error: new PhpZdError('job-failed', { unit: 'u', job: 'restart', result: 'failed' }) }];
  expect(describeEvent('shop', { kind: 'unsettled', failures, serving: [2] }).text).toBe(
    [
      "Not every replica of 'shop' could be put right: systemd could not restart u (failed).",
      'Still serving: replica 2.',
      'A person must look: "journalctl -eu php-zd-fpm-shop@1", then "systemctl reload php-zd@shop".',
    ].join('\n'),
  );
});

test('a failed roll of what was promoted before does not name a release to go back to', () => {
  const failure = { from: '/r/42', release: '/r/42', index: 1, total: 15, step, error: unproven };
  expect(describeEvent('shop', { kind: 'roll-failed', failure }).text).toContain(
    '\nGoing back to what was promoted before.\n',
  );
});

const parkedSlots = new PhpZdError('slots-parked', { slots: [3] });
const child = 'child 12 (Running): GET /report, /index.php, 61.0 s';
const blocker = {
  ...{ pid: 12, state: 'Running', requestMethod: 'GET', requestUri: '/report', script: '/index.php' },
  ...{ requestDurationUs: 61_000_000, startSince: 90 },
};

test.each<readonly [Event, number, string]>([
  [{ kind: 'asked', job: 'reload', sudoUser: undefined }, 6, 'Asking systemd to reload php-zd@shop.'],
  [
    { kind: 'refused', error: new PhpZdError('release-missing', { path: '/r' }) },
    3,
    'Refused, nothing was touched: the release /r is no directory\nCheck it with "php-zd check shop".',
  ],
  [
    { kind: 'refused', error: parkedSlots },
    3,
    'Refused, nothing was touched: it needs the slots of parked replicas (3), which are at their last requests: try again when these have ended\nSee "php-zd status shop".',
  ],
  [
    { kind: 'using-promoted', problems: [{ file: '/etc/php-zd/sites/shop.ini', line: 2, message: 'no such user' }] },
    3,
    '/etc/php-zd/sites/shop.ini:2: no such user\nThe site file of shop has problems; going on with what was promoted last.',
  ],
  [
    { kind: 'using-promoted', problems: [], error: new PhpZdError('file-system', { path: '/x', errno: 'ENOSPC' }) },
    3,
    'What is new in the site file of shop cannot be written (/x: no space is left on its file system); going on with what was promoted last.',
  ],
  [
    { kind: 'known-bad', release: '/r/42', at: new Date(2030, 0, 1).getTime(), error: unproven },
    4,
    'The last roll to /r/42, at 2030-01-01 00:00:00, failed: replica 2 answered / with 500 for 10s. Trying it all the same.',
  ],
  [
    { kind: 'socket-changed', from: '/run/a', to: '/run/b' },
    4,
    "The socket of the site is /run/b now, and /run/a leads there too, while a web server's configuration names it: change it there.",
  ],
  [
    { kind: 'mount-changed', from: '/srv/a', to: '/srv/b' },
    4,
    "The release is at two mount points, /srv/b and the former /srv/a: change the paths in the web server's configuration, and the next roll leaves the former one out.",
  ],
  [
    { kind: 'roll-started', from: '/r/41', release: '/r/42', steps: 15, slots: [] },
    5,
    'Rolling shop to /r/42 (from /r/41) in 15 steps.',
  ],
  [
    { kind: 'roll-started', from: '/r/42', release: '/r/42', steps: 1, slots: [] },
    5,
    'Rolling shop to /r/42 in 1 step.',
  ],
  [
    {
      kind: 'warmup-failed',
      slot: 2,
      error: new PhpZdError('warmup-failed', {
        replica: 2,
        path: '/',
        reason: { kind: 'status', path: '/', status: 500 },
      }),
    },
    4,
    'Replica 2 answered / with 500 while it was warmed up. Going on all the same.',
  ],
  [
    { kind: 'proof-redirected', slot: 2, path: '/', status: 301, location: 'https://shop.example/' },
    4,
    'Replica 2 answered / with 301, a redirect to https://shop.example/, which proves little: write url = https://... in [site] if the site is there, or a path in [health].',
  ],
  [
    {
      ...{ kind: 'compared', slots: [3], against: [1, 2], isEnough: true },
      fresh: { answers: 40, failed: 1, ms: 400, squares: 4_000 },
      old: { answers: 80, failed: 0, ms: 900, squares: 11_000 },
    },
    6,
    'Replica 3: 40 answers, 1 with 5xx, after 10 ms on average; replicas 1, 2: 80 answers, 0 with 5xx, after 11 ms on average.',
  ],
  [
    {
      ...{ kind: 'compared', slots: [3, 4], against: [1], isEnough: false },
      fresh: { answers: 0, failed: 0, ms: 0, squares: 0 },
      old: { answers: 1, failed: 0, ms: 5, squares: 25 },
    },
    6,
    'Replicas 3, 4: no answers; replica 1: 1 answer, 0 with 5xx, after 5 ms on average. Too few to tell one worse than the other.',
  ],
  [
    { kind: 'warmed', slot: 2, requests: 1, scripts: 1_200, ms: 900 },
    6,
    'Warmed replica 2 in 0.90 s: 1 request, 1 200 scripts compiled.',
  ],
  [
    { kind: 'parked', slot: 1, blockers: [blocker] },
    4,
    `Parked replica 1: it gets no new request and is stopped when its last ones end: ${child}.\nSee "php-zd status shop".`,
  ],
  [{ kind: 'unparked', slot: 1, isCut: false }, 5, 'Stopped replica 1, which was parked: its last requests ended.'],
  [
    { kind: 'killed', slot: 1, blockers: [] },
    4,
    'Killing replica 1, as [drain] on_timeout = kill says. Lost with it: requests that FPM does not name.',
  ],
  [{ kind: 'draining', slot: 1, busy: 1, blockers: [] }, 7, 'Draining replica 1: 1 request left.'],
  [
    { kind: 'roll-done', from: '/r/41', release: '/r/42', replicas: 2, receipt: { ...good, ms: 3_140 } },
    5,
    'Rolled shop to /r/42 in 3.14 s: 48 211 requests, 0 lost.',
  ],
  [
    { kind: 'rolled-back', failed: '/r/42', release: '/r/41' },
    4,
    'The roll of shop to /r/42 failed; every replica serves /r/41, as before.',
  ],
  [
    { kind: 'rolled-back', failed: undefined, release: '/r/41' },
    4,
    'The roll of shop failed; every replica serves /r/41, as before.',
  ],
  [{ kind: 'started', release: '/r/42', serving: 1, replicas: 1 }, 5, 'Started shop on /r/42: 1 replica serves.'],
  [
    { kind: 'started', release: '/r/42', serving: 1, replicas: 1, frontGone: '/run/x.sock' },
    3,
    'Nobody comes to shop: /run/x.sock, where HAProxy listens, was removed. "systemctl restart php-zd-haproxy" makes it anew, and ends the requests of all sites that are under way.\nStarted shop on /r/42: 1 replica serves.',
  ],
  [
    { kind: 'withdrawn-by-hand', slot: 2 },
    5,
    'Replica 2 of shop gets no new request, until "php-zd ready shop 2" or a roll.',
  ],
  [{ kind: 'drained-by-hand', slot: 2, ms: 900 }, 5, 'Replica 2 of shop has nothing left to do (after 0.90 s).'],
  [{ kind: 'ready-by-hand', slot: 2 }, 5, 'Replica 2 of shop gets requests again.'],
  [
    { kind: 'held', now: new Date(2030, 0, 1).getTime(), until: new Date(2030, 0, 1, 0, 0, 30).getTime(), inFlight: 1 },
    5,
    'New requests of shop wait for 30s, until 00:00:30; 1 request in flight goes on.\nLet them through before with "php-zd release-hold shop".',
  ],
  [{ kind: 'held-idle', ms: 900 }, 5, 'No request of shop runs any more (after 0.90 s); new ones wait.'],
  [
    { kind: 'hold-released', waited: 12, ms: 8_300 },
    5,
    'Let the requests of shop through after 8.30 s: 12 requests waited.',
  ],
  [
    { kind: 'maintenance-on', inFlight: 2 },
    5,
    'shop is in maintenance: new requests get 503 and the page, 2 requests in flight go on.\nEnd it with "php-zd maintenance shop off".',
  ],
  [{ kind: 'maintenance-off', ms: 61_000 }, 5, 'shop is out of maintenance after 1min 1s. See "php-zd status shop".'],
  [{ kind: 'stopped', replicas: 2 }, 5, 'Stopped shop: 2 replicas.'],
])('%o is said in words', (event, priority, text) => {
  expect(describeEvent('shop', event)).toEqual({ priority, text });
});

test('a receipt is a page, and a warning when something was lost', () => {
  const { priority, text } = describeEvent('shop', { kind: 'receipt', outcome: 'rolled-back', receipt: good });
  expect(priority).toBe(5);
  expect(text.split('\n').slice(0, 3)).toEqual([
    'Receipt of the roll of shop (rolled back):',
    'Requests: 48 211',
    'Lost: 0',
  ]);
  expect(describeEvent('shop', { kind: 'receipt', outcome: 'rolled', receipt: bad }).priority).toBe(4);
});

describe('a journal entry', () => {
  test('carries the event as fields', () => {
    const event: Event = { kind: 'step-failed', step, index: 13, total: 15, error: unproven };
    expect(journalFields(event, { site: 'shop', roll: 'abc' })).toEqual({
      MESSAGE: 'Step 13 of 15 failed, proving replica 2: replica 2 answered / with 500 for 10s.',
      PRIORITY: '4',
      MESSAGE_ID: eventReports['step-failed'].id,
      SYSLOG_IDENTIFIER: 'php-zd',
      PHP_ZD_SITE: 'shop',
      PHP_ZD_EVENT: 'step-failed',
      PHP_ZD_REPLICA: '2',
      PHP_ZD_STEP: 'prove',
      PHP_ZD_ROLL: 'abc',
      PHP_ZD_ERROR: 'replica-unproven',
    });
  });

  test('has the numbers of a receipt as fields', () => {
    const event: Event = { kind: 'roll-done', from: '/r/41', release: '/r/42', replicas: 2, receipt: bad };
    expect(journalFields(event, { site: 'shop', roll: 'abc' })).toMatchObject({
      PHP_ZD_RELEASE: '/r/42',
      PHP_ZD_REQUESTS: '48211',
      PHP_ZD_LOST: '1003',
      PHP_ZD_DURATION_MS: '31240',
    });
  });

  test('names the replica that it is about', () => {
    const replicaIn = (event: Event) => journalFields(event, { site: 'shop' })['PHP_ZD_REPLICA'];
    expect(replicaIn({ kind: 'parked', slot: 3, blockers: [] })).toBe('3');
    const several = { kind: 'switch', to: [3, 4], from: [1, 2] } as const;
    expect(replicaIn({ kind: 'step-started', step: several, index: 1, total: 2 })).toBeUndefined();
  });

  test('has an id of its own for every kind of event', () => {
    const ids = Object.values(eventReports).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });
});

test('an event is in the journal and, when it changes the picture, in the status of the unit', () => {
  const [journal, notifier] = [new FakeJournal(), new FakeNotifier()];
  const emit = reportToJournal(journal, notifier, { site: 'shop' });
  emit({ kind: 'step-started', step, index: 13, total: 15 });
  emit({ kind: 'step-done', step, index: 13, total: 15, ms: 20 });
  expect(journal.entries.map(entry => entry['MESSAGE'])).toEqual([
    'Step 13 of 15: proving replica 2.',
    'Step 13 of 15 done in 0.02 s: proving replica 2.',
  ]);
  expect(notifier.shown).toEqual(['Step 13 of 15: proving replica 2']);
});

test('systemctl status shows the step, in one line', () => {
  expect(statusLine('shop', { kind: 'step-started', step, index: 13, total: 15 })).toBe(
    'Step 13 of 15: proving replica 2',
  );
  expect(statusLine('shop', { kind: 'refused', error: new PhpZdError('release-missing', { path: '/r' }) })).toBe(
    'Refused, nothing was touched: the release /r is no directory',
  );
  expect(statusLine('shop', { kind: 'step-done', step, index: 13, total: 15, ms: 1 })).toBeUndefined();
  expect(statusLine('shop', { kind: 'parked', slot: 1, blockers: [blocker] })).toBe(
    `Parked replica 1: it gets no new request and is stopped when its last ones end: ${child}.`,
  );
});
