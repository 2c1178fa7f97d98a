import { expect, test } from 'vitest';
import { renderStatusPage, renderStatusTable } from '../../src/report/status.ts';
import type { ReplicaStatus, SiteStatus } from '../../src/run/status.ts';

const NOW = Date.UTC(2030, 0, 1);

const replica = (slot: number, change: Partial<ReplicaStatus> = {}): ReplicaStatus => ({
  slot,
  unit: 'active',
  pin: '/r/42',
  isRunningPin: true,
  isHeld: false,
  isGateOpen: true,
  isUp: true,
  balancer: 'UP',
  isServing: true,
  since: NOW - 3_600_000,
  restarts: 0,
  memoryBytes: 52_428_800,
  busy: 3,
  idle: 5,
  ...change,
});

const site = (change: Partial<SiteStatus> = {}): SiteStatus => ({
  site: 'shop',
  unit: 'active',
  linked: '/r/42',
  promoted: '/r/42',
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
  ...change,
});

test('a site that is well has a page without findings', () => {
  expect(renderStatusPage(site(), NOW)).toBe(`shop: 2 of 2 replicas serve /r/42
Last roll: 1min ago, rolled (to /r/42)

REPLICA  UNIT    BALANCER  SINCE  BUSY  IDLE  MEMORY  RELEASE
1        active  UP        1h     3     5     50 MiB  /r/42
2        active  UP        1h     3     5     50 MiB  /r/42
`);
});

const down = { isServing: false, isUp: false };

test.each([
  [
    { replicas: [replica(1, { ...down, unit: 'inactive' }), replica(2)], serving: 1 },
    'replica 1 is stopped: php-zd start shop --replica 1',
  ],
  [
    { replicas: [replica(1, { ...down, unit: 'failed' }), replica(2)], serving: 1 },
    'replica 1 is failed: journalctl -eu php-zd-fpm-shop@1',
  ],
  [
    { replicas: [replica(1, { ...down, balancer: 'DOWN' }), replica(2)], serving: 1 },
    'replica 1 runs but takes no requests (DOWN): put it right with "php-zd reload shop"',
  ],
  [
    { replicas: [replica(1, { pin: '/r/41' }), replica(2)] },
    'replica 1 serves /r/41, not the promoted release: put it right with "php-zd reload shop"',
  ],
  [
    { replicas: [replica(1, { isRunningPin: false }), replica(2)] },
    'replica 1 no longer sees its release: it, or the mount point, was removed while it runs: put it right with "php-zd reload shop"',
  ],
  [
    { replicas: [replica(1), replica(2), replica(3)] },
    'replica 3 is one too many: put it right with "php-zd reload shop"',
  ],
  [{ linked: '/r/43' }, 'the link names /r/43, not the promoted release: roll to it with "php-zd reload shop"'],
  [{ linked: undefined }, 'the link of the release names no directory: a reload would be refused'],
  [{ unit: 'inactive', serving: 0, replicas: [] }, 'not started: systemctl start php-zd@shop'],
] as const)('what is not right is said, with what to type: %#', (change, finding) => {
  expect(renderStatusPage(site(change as Partial<SiteStatus>), NOW)).toContain(`\n! ${finding}\n`);
});

test('the table has a line a site, with the first thing that is not right', () => {
  expect(renderStatusTable([site(), site({ site: 'blog', unit: 'inactive', serving: 0, promoted: undefined })])).toBe(
    `SITE  UNIT      SERVING  RELEASE  STATE
shop  active    2/2      /r/42    ok
blog  inactive  0/2      -        not started: systemctl start php-zd@blog
`,
  );
});
