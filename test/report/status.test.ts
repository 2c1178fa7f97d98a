import { expect, test } from 'vitest';
import { renderStatusPage, renderStatusTable } from '../../src/report/status.ts';
import { isFullyServing, type ReplicaStatus, type SiteStatus } from '../../src/run/status.ts';
import { good } from './receipts.ts';

const NOW = Date.UTC(2030, 0, 1);

const replica = (slot: number, change: Partial<ReplicaStatus> = {}): ReplicaStatus => ({
  slot,
  unit: 'active',
  pin: 'g42',
  release: '/r/42',
  isRunningPin: true,
  hold: undefined,
  isGateOpen: true,
  isUp: true,
  balancer: 'UP',
  isServing: true,
  since: NOW - 3_600_000,
  restarts: 0,
  memoryBytes: 52_428_800,
  busy: 3,
  idle: 5,
  blockers: [],
  ...change,
});

const site = (change: Partial<SiteStatus> = {}): SiteStatus => ({
  site: 'shop',
  unit: 'active',
  linked: '/r/42',
  promoted: '/r/42',
  previous: undefined,
  generation: 'g42',
  replicas: [replica(1), replica(2)],
  wanted: 2,
  serving: 2,
  lastRoll: {
    id: 'a',
    startedAt: NOW - 61_000,
    endedAt: NOW - 60_000,
    release: '/r/42',
    state: 'done',
    outcome: 'rolled',
  },
  lastReceipt: undefined,
  ...change,
});

const down = { isServing: false, isUp: false, isGateOpen: false, balancer: 'DOWN' };
const stopped = { ...down, unit: 'inactive', isRunningPin: false } as const;
const old = { pin: 'g41', release: '/r/41' };
const child = 'child 12 (Running): GET /report, /index.php, 61.0 s';
const parked = replica(3, { ...down, ...old, hold: 'parked', busy: 1, blockers: [child] });
const standby = replica(4, { ...down, ...old, hold: 'standby', busy: 0 });

const findingsOf = (status: SiteStatus): readonly string[] =>
  renderStatusPage(status, NOW)
    .split('\n')
    .filter(line => line.startsWith('! '))
    .map(line => line.slice(2));

test('a site that is well has a page without findings', () => {
  expect(renderStatusPage(site({ previous: '/r/41', lastReceipt: good }), NOW)).toBe(`shop: 2 of 2 replicas serve /r/42
Previous: /r/41 (php-zd rollback shop)
Last roll: 1min ago, rolled (to /r/42), 48 211 requests, 0 lost

REPLICA  UNIT    BALANCER  SINCE  BUSY  IDLE  MEMORY  RELEASE
1        active  UP        1h     3     5     50 MiB  /r/42
2        active  UP        1h     3     5     50 MiB  /r/42
`);
});

test('a parked replica and the standby are in the table with what they are for, and only the parked one is a finding', () => {
  const status = site({ replicas: [replica(1), replica(2), parked, standby] });
  expect(renderStatusPage(status, NOW)).toBe(`shop: 2 of 2 replicas serve /r/42
Last roll: 1min ago, rolled (to /r/42)

REPLICA  UNIT    BALANCER  SINCE  BUSY  IDLE  MEMORY  RELEASE
1        active  UP        1h     3     5     50 MiB  /r/42
2        active  UP        1h     3     5     50 MiB  /r/42
3        active  parked    1h     1     5     50 MiB  /r/41
4        active  standby   1h     0     5     50 MiB  /r/41

! replica 3 is parked: it is stopped when its last requests end (${child})
`);
  expect(isFullyServing(status)).toBe(true);
});

test('a roll that failed says why, after what it cost', () => {
  const lastRoll = {
    ...{ id: 'a', startedAt: NOW - 61_000, endedAt: NOW - 60_000, release: '/r/43' },
    ...({ state: 'failed', outcome: 'rolled-back' } as const),
    error: { code: 'replica-worse', facts: { replica: 3, reason: 'crashed' } } as const,
  };
  expect(renderStatusPage(site({ lastRoll, lastReceipt: good }), NOW)).toContain(
    '\nLast roll: 1min ago, rolled back (to /r/43), 48 211 requests, 0 lost: replica 3 crashed\n',
  );
});

test.each<readonly [Partial<SiteStatus>, string]>([
  [{ replicas: [replica(1, stopped), replica(2)], serving: 1 }, 'replica 1 is stopped: php-zd start shop --replica 1'],
  [
    { replicas: [replica(1, { ...stopped, unit: 'failed' }), replica(2)], serving: 1 },
    'replica 1 is failed: journalctl -eu php-zd-fpm-shop@1',
  ],
  [
    { replicas: [replica(1, down), replica(2)], serving: 1 },
    'replica 1 runs but takes no requests (DOWN): put it right with "php-zd reload shop"',
  ],
  [
    { replicas: [replica(1, old), replica(2)] },
    'replica 1 serves /r/41, not the promoted release: put it right with "php-zd reload shop"',
  ],
  [
    { replicas: [replica(1, { pin: 'g42-former' }), replica(2)] },
    'replica 1 serves the promoted release with another configuration: put it right with "php-zd reload shop"',
  ],
  [
    { replicas: [replica(1, { pin: 'g40', release: undefined }), replica(2)] },
    'replica 1 serves generation g40, not the promoted release: put it right with "php-zd reload shop"',
  ],
  [
    { replicas: [replica(1, { isRunningPin: false }), replica(2)] },
    'replica 1 no longer sees its release: it, its configuration or the mount point was removed while it runs: put it right with "php-zd reload shop"',
  ],
  [{ replicas: [replica(2)], serving: 1 }, 'only 1 of 2 replicas serve: put it right with "php-zd reload shop"'],
  [
    { replicas: [replica(1), replica(2), replica(3)], serving: 3 },
    '3 replicas serve, 2 should: put it right with "php-zd reload shop"',
  ],
  [
    { replicas: [replica(1), replica(2), { ...standby, ...stopped }] },
    'the standby, replica 4, is stopped: put it right with "php-zd reload shop"',
  ],
  [
    { replicas: [replica(1), replica(2), { ...standby, isRunningPin: false }] },
    'the standby, replica 4, no longer sees its release: it, its configuration or the mount point was removed while it runs: put it right with "php-zd reload shop"',
  ],
  [
    { replicas: [replica(1), replica(2), { ...parked, blockers: [] }] },
    'replica 3 is parked: it is stopped when its last requests end',
  ],
  [{ linked: '/r/43' }, 'the link names /r/43, not the promoted release: roll to it with "php-zd reload shop"'],
  [{ linked: undefined }, 'the link of the release names no directory: a reload would be refused'],
  [{ unit: 'inactive', serving: 0, replicas: [] }, 'not started: systemctl start php-zd@shop'],
  [
    { unit: 'reloading', serving: 1, replicas: [replica(1, down), replica(2, old)] },
    'a roll is under way: systemctl status php-zd@shop',
  ],
])('what is not right is said once, with what to type: %#', (change, finding) => {
  expect(findingsOf(site(change))).toEqual([finding]);
});

test('too few replicas are said although others are parked or of another release', () => {
  expect(findingsOf(site({ replicas: [replica(1, old), parked], serving: 1 }))).toEqual([
    'replica 1 serves /r/41, not the promoted release: put it right with "php-zd reload shop"',
    `replica 3 is parked: it is stopped when its last requests end (${child})`,
    'only 1 of 2 replicas serve: put it right with "php-zd reload shop"',
  ]);
});

test('what a killed roll left in a slot is not to be started by hand', () => {
  const left = [replica(3, { ...stopped, ...old }), replica(4, { ...stopped, hold: 'roll' })];
  expect(findingsOf(site({ replicas: [replica(1), ...left], serving: 1 }))).toEqual([
    'only 1 of 2 replicas serve: put it right with "php-zd reload shop"',
  ]);
});

test('the table has a line a site, with the first thing that is not right', () => {
  expect(renderStatusTable([site(), site({ site: 'blog', unit: 'inactive', serving: 0, promoted: undefined })])).toBe(
    `SITE  UNIT      SERVING  RELEASE  STATE
shop  active    2/2      /r/42    ok
blog  inactive  0/2      -        not started: systemctl start php-zd@blog
`,
  );
});
