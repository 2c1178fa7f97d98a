import { describe, expect, test } from 'vitest';
import { renderStatusPage } from '../../../src/report/status/page.ts';
import { renderStatusTable } from '../../../src/report/status/sites.ts';
import {
  type BalancerFigures,
  isFullyServing,
  type ReplicaStatus,
  type SiteStatus,
} from '../../../src/run/observe/status.ts';
import { NO_TOTALS } from '../../fakes/no-totals.ts';
import { good } from '../receipts.ts';

const NOW = new Date(2030, 0, 1).getTime();

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
  result: 'success',
  memoryBytes: 52_428_800,
  cpuMs: 1_250,
  busy: 3,
  idle: 5,
  accepted: 240,
  maxChildrenReached: 0,
  queued: 0,
  goneSocket: undefined,
  blockers: [],
  isUnwatched: false,
  parkedForMs: undefined,
  processes: [],
  isOutdated: false,
  gonePhp: undefined,
  ...change,
});

const figures: BalancerFigures = {
  ...{ ...NO_TOTALS, worker: 7, requests: 48_211, lost: 2, longestQueue: 9 },
  ...{ silent: [], ofAllSites: { connections: 3, mostConnections: 9987 } },
};

const site = (change: Partial<SiteStatus> = {}): SiteStatus => ({
  site: 'shop',
  unit: 'active',
  balancerUnit: 'active',
  controlGone: undefined,
  balancer: figures,
  answers: undefined,
  link: '/srv/shop/current',
  linked: '/r/42',
  promoted: '/r/42',
  exposure: undefined,
  previous: undefined,
  deployable: '/r/42',
  running: ['/r/42'],
  generation: 'g42',
  replicas: [replica(1), replica(2)],
  wanted: 2,
  serving: 2,
  maxChildren: 8,
  lastRoll: {
    id: 'a',
    startedAt: NOW - 61_000,
    endedAt: NOW - 60_000,
    release: '/r/42',
    state: 'done',
    outcome: 'rolled',
  },
  lastReceipt: undefined,
  unlinked: undefined,
  frontGone: undefined,
  httpDown: undefined,
  mount: {},
  isAtBoot: undefined,
  isFileAhead: false,
  installedPhp: ['8.2'],
  lost: undefined,
  replaced: [],
  phpIni: [],
  crashes: undefined,
  lack: undefined,
  problems: [],
  held: undefined,
  maintenance: undefined,
  ...change,
});

const down = { isServing: false, isUp: false, isGateOpen: false, balancer: 'DOWN' };
const stopped = { ...down, unit: 'inactive', isRunningPin: false } as const;
const old = { pin: 'g41', release: '/r/41' };
const child = 'child 12 (Running): GET /report, /index.php, 61.0 s';
const blocker = {
  ...{ pid: 12, state: 'Running', requestMethod: 'GET', requestUri: '/report', script: '/index.php' },
  ...{ requestDurationUs: 61_000_000, startSince: 90 },
};
const parked = replica(3, { ...down, ...old, hold: 'parked', busy: 1, blockers: [blocker] });
const standby = replica(4, { ...down, ...old, hold: 'standby', busy: 0 });

const findingsOf = (status: SiteStatus): readonly string[] =>
  renderStatusPage(status, NOW)
    .split('\n')
    .filter(line => line.startsWith('! '))
    .map(line => line.slice(2));

const HEAD = `shop: 2 of 2 replicas serve /r/42
Promoted:  /r/42
Running:   /r/42
Link:      /srv/shop/current names /r/42
`;
const FIGURES = `HAProxy:   48 211 requests, 2 lost since its process started; queue 0, longest 9
PHP-FPM:   6 of 16 children at work
`;

test('a site that is well has a page without findings, which fits a terminal', () => {
  const page = renderStatusPage(site({ previous: '/r/41', lastReceipt: good }), NOW);
  expect(page).toBe(`${HEAD}Previous:  /r/41 (php-zd rollback shop)
${FIGURES}Last roll: 1min ago, rolled (to 42) in 1.00 s, 48 211 requests, 0 lost

REPLICA UNIT   BALANCER SINCE RESTARTS BUSY IDLE QUEUE CPU    MEMORY RELEASE
1       active UP       1h    0        3    5    0     1.25 s 50 MiB 42
2       active UP       1h    0        3    5    0     1.25 s 50 MiB 42
`);
  expect(page.split('\n').filter(line => line.length > 80)).toEqual([]);
});

test('children of PHP-FPM that crash are told, and a way back where there is one; of many the site is not fully serving', () => {
  const once = {
    count: 1,
    isMore: false,
    signals: ['SIGSEGV'],
    unit: 'php-zd-fpm-shop@2.service',
    lastAt: NOW - 1_000,
  };
  const end = 'children of PHP-FPM once in the last 15 minutes, and the requests that they had';
  const why = 'why: journalctl -eu php-zd-fpm-shop@2.service';
  expect(findingsOf(site({ crashes: once }))).toEqual([`SIGSEGV ended ${end}: ${why}`]);
  expect(findingsOf(site({ crashes: once, previous: '/r/41' }))).toEqual([
    `SIGSEGV ended ${end}: php-zd rollback shop where the release brought it; ${why}`,
  ]);
  const many = { ...once, count: 300, isMore: true, signals: ['SIGSEGV', 'SIGKILL'] };
  expect(findingsOf(site({ crashes: many }))).toEqual([
    `SIGSEGV, SIGKILL ended ${end.replace('once', 'at least 300 times')}: ${why}`,
  ]);
  expect(isFullyServing(site({ crashes: once }))).toBe(true);
  // What no request was lost by, as where a child crashes at its own end.
  expect(isFullyServing(site({ crashes: many }))).toBe(true);
  const figures = site().balancer;
  expect(isFullyServing(site({ crashes: many, balancer: figures && { ...figures, lost: 310 } }))).toBe(false);
});

test('a site whose answers are counted has a line of them, with the time that all but a hundredth began within', () => {
  const answers = (...slow: readonly number[]) => ({
    statuses: { answered1xx: 0, answered2xx: 1_900, answered3xx: 50, answered4xx: 38, answered5xx: 12 },
    slower: [2, 5, 10].map((ms, index) => ({ ms, answers: slow[index] ?? 0 })),
    ratePerSecond: 12,
  });
  const line = (...slow: readonly number[]) =>
    renderStatusPage(site({ answers: answers(...slow) }), NOW)
      .split('\n')
      .filter(each => each.startsWith('Answers'));
  expect(line(900, 20, 3)).toEqual(['Answers:   2 000, 0.6% 5xx; 99% within 5 ms; 12 in the last second']);
  expect(line(900, 21, 20)).toEqual(['Answers:   2 000, 0.6% 5xx; 99% within 10 ms; 12 in the last second']);
  expect(line(900, 90, 21)).toEqual(['Answers:   2 000, 0.6% 5xx; 99% not even within 10 ms; 12 in the last second']);
});

test('a parked replica and the standby are in the table with what they are for, and only the parked one is a finding', () => {
  const status = site({ replicas: [replica(1), replica(2), parked, standby] });
  expect(renderStatusPage(status, NOW)).toBe(`${HEAD}${FIGURES}Last roll: 1min ago, rolled (to 42) in 1.00 s

REPLICA UNIT   BALANCER SINCE RESTARTS BUSY IDLE QUEUE CPU    MEMORY RELEASE
1       active UP       1h    0        3    5    0     1.25 s 50 MiB 42
2       active UP       1h    0        3    5    0     1.25 s 50 MiB 42
3       active parked   1h    0        1    5    0     1.25 s 50 MiB 41
4       active standby  1h    0        0    5    0     1.25 s 50 MiB 41

! replica 3 is parked: it is stopped when its last requests end (${child})
`);
  expect(isFullyServing(status)).toBe(true);
});

test('a site that was never started has nothing to show but what to type', () => {
  const nothing = { promoted: undefined, generation: undefined, maxChildren: undefined, lastRoll: undefined };
  const status = site({ ...nothing, unit: 'inactive', serving: 0, running: [], replicas: [], balancer: undefined });
  expect(renderStatusPage(status, NOW)).toBe(`shop: 0 of 2 replicas serve
Promoted: nothing yet
Running:  nothing serves
Link:     /srv/shop/current names /r/42
HAProxy:  knows nothing of shop

! not started: systemctl start php-zd@shop
`);
  expect(isFullyServing(status)).toBe(false);
});

test('what serves and what the link names are told apart from what is promoted', () => {
  const drifted = site({ replicas: [replica(1), replica(2, old)], running: ['/r/42', '/r/41'], linked: '/r/43' });
  const page = renderStatusPage(drifted, NOW);
  expect(page).toContain(`
Promoted:  /r/42
Running:   /r/42, and /r/41, which is not promoted
Link:      /srv/shop/current names /r/43, which is not promoted
`);
  expect(renderStatusPage(site({ linked: undefined }), NOW)).toContain(
    '\nLink:      /srv/shop/current, which names no directory\n',
  );
});

test('HAProxy that is away is one finding, and not one a replica', () => {
  const gone = replica(1, { isServing: false, isUp: false, balancer: undefined, queued: undefined });
  const away = { balancer: undefined, serving: 0, running: [], replicas: [gone, { ...gone, slot: 2 }] };
  expect(renderStatusPage(site({ ...away, balancerUnit: 'failed' }), NOW)).toContain(`
HAProxy:   is failed
Last roll: 1min ago, rolled (to 42) in 1.00 s

REPLICA UNIT   BALANCER SINCE RESTARTS BUSY IDLE QUEUE CPU    MEMORY RELEASE
1       active -        1h    0        3    5    -     1.25 s 50 MiB 42
2       active -        1h    0        3    5    -     1.25 s 50 MiB 42

! HAProxy is failed, so nobody serves: systemctl restart php-zd-haproxy; why: journalctl -eu php-zd-haproxy
`);
  expect(findingsOf(site(away))).toEqual([
    'HAProxy does not answer, or knows nothing of shop: systemctl status php-zd-haproxy, then php-zd reload shop',
  ]);
});

test('a unit without which nobody comes in over HTTP is a finding', () => {
  const status = site({ httpDown: { unit: 'php-zd-http-shop.socket', state: 'inactive' } });
  expect(findingsOf(status)).toEqual([
    'nobody comes in over HTTP, since php-zd-http-shop.socket is stopped: put it right with "php-zd reload shop"',
  ]);
});

test('a HAProxy of the operator’s that says nothing of the site is a finding', () => {
  const status = site({ balancer: { ...figures, silent: ['/run/haproxy/admin.sock'] } });
  expect(findingsOf(status)).toEqual([
    'the HAProxy at /run/haproxy/admin.sock does not answer, or knows nothing of shop: php-zd check shop',
  ]);
});

test('between two looks CPU time is a share of a core, and what was started meanwhile has its time', () => {
  const earlier = { status: site(), msAgo: 2_000 };
  const replicas = [replica(1, { cpuMs: 1_750 }), replica(2, { since: NOW - 1_000, cpuMs: 100 })];
  const page = renderStatusPage(site({ replicas }), NOW, earlier);
  expect(page.match(/(?<= {2}0 {4,5})\d\S+ (?:%|s)/g)).toEqual(['25 %', '0.10 s']);
});

test('large figures and missing ones have their words', () => {
  const large = replica(1, { cpuMs: 7_300_000, memoryBytes: 2_147_483_648, maxChildrenReached: 3 });
  const silent = replica(2, { cpuMs: undefined, memoryBytes: undefined, queued: undefined });
  const page = renderStatusPage(site({ replicas: [large, silent], maxChildren: undefined }), NOW);
  expect(page).toContain('\nPHP-FPM:   6 of ? children at work; the limit was reached 3 times\n');
  expect(page).toContain(`
1       active UP       1h    0        3    5    0     2h  2.0 GiB 42
2       active UP       1h    0        3    5    -     -   -       42
`);
});

test('a roll that failed says why, after what it cost', () => {
  const lastRoll = {
    ...{ id: 'a', startedAt: NOW - 61_000, endedAt: NOW - 60_000, release: '/r/43' },
    ...({ state: 'failed', outcome: 'rolled-back' } as const),
    error: { code: 'replica-worse', facts: { replica: 3, reason: { kind: 'crashed' } } } as const,
  };
  expect(renderStatusPage(site({ lastRoll, lastReceipt: good }), NOW)).toContain(
    '\nLast roll: 1min ago, rolled back (to 43) in 1.00 s, 48 211 requests, 0 lost: replica 3 crashed while it was watched\n',
  );
});

test.each<readonly [Partial<SiteStatus>, string]>([
  [{ replicas: [replica(1, stopped), replica(2)], serving: 1 }, 'replica 1 is stopped: php-zd start shop --replica 1'],
  [
    { replicas: [replica(1, stopped), replica(2, stopped)], serving: 0 },
    'every replica is stopped, so nobody serves: php-zd start shop',
  ],
  [
    { replicas: [replica(1, { ...stopped, unit: 'failed' }), replica(2)], serving: 1 },
    'replica 1 is failed: journalctl -eu php-zd-fpm-shop@1; then put it right with "php-zd reload shop"',
  ],
  [
    { replicas: [replica(1, { ...stopped, unit: 'failed', result: 'oom-kill', restarts: 5 }), replica(2)], serving: 1 },
    'replica 1 is failed (oom-kill) after 5 restarts: journalctl -eu php-zd-fpm-shop@1; then put it right with "php-zd reload shop"',
  ],
  [
    { replicas: [replica(1, { ...down, unit: 'changing', result: 'exit-code', restarts: 7 }), replica(2)], serving: 1 },
    'replica 1 keeps ending (exit-code): systemd restarted it 7 times: journalctl -eu php-zd-fpm-shop@1',
  ],
  [
    { replicas: [replica(1, { ...down, unit: 'changing' }), replica(2)], serving: 1 },
    'replica 1 is starting or stopping: journalctl -eu php-zd-fpm-shop@1',
  ],
  [
    { replicas: [replica(1, { busy: undefined, idle: undefined }), replica(2)] },
    'replica 1 does not say what its children do: journalctl -eu php-zd-fpm-shop@1',
  ],
  [
    { problems: [{ file: '/etc/php-zd/sites/shop.ini', line: 7, message: 'wrong' }] },
    'the site file has 1 problem, so a reload would be refused: php-zd check shop',
  ],
  [
    { lastRoll: { id: 'a', startedAt: NOW, state: 'running' } },
    'the last roll was killed: put it right with "php-zd reload shop"',
  ],
  [
    { controlGone: '/run/php-zd/haproxy/admin.sock', balancer: undefined, serving: 0 },
    'nothing is known of HAProxy, which may serve: its socket /run/php-zd/haproxy/admin.sock was removed: systemctl restart php-zd-haproxy, which ends requests of all sites',
  ],
  [{ unit: 'inactive' }, 'replicas serve, but php-zd@shop is stopped: systemctl start php-zd@shop'],
  [
    { unit: 'failed' },
    'php-zd@shop is failed, as after a stop that failed, and replicas serve on: php-zd stop shop ends them, systemctl start php-zd@shop keeps them',
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
  [
    { replicas: [replica(1), replica(2), { ...parked, isUnwatched: true }] },
    'replica 3 is parked, and nobody looks whether it has come free: systemctl start php-zd-park@shop:3.timer',
  ],
  [{ linked: '/r/43' }, 'the link names 43, which is not promoted: php-zd reload shop'],
  [
    {
      linked: '/r/43',
      lastRoll: { id: 'a', startedAt: NOW, release: '/r/43', state: 'failed', outcome: 'rolled-back' },
    },
    'the link names 43, whose roll failed, and which the next reload tries again: go back with php-zd deploy shop /r/42',
  ],
  [
    { replicas: [replica(1, { ...down, hold: 'hand' }), replica(2)], serving: 1 },
    'replica 1 was drained by hand: php-zd ready shop 1',
  ],
  [
    { held: { since: NOW, until: NOW + 30_000, waiting: 12 } },
    'held until 00:00:30, 12 requests waiting: php-zd release-hold shop',
  ],
  [
    { held: { since: NOW, until: NOW + 30_000, waiting: undefined } },
    'held until 00:00:30, HAProxy does not say how many wait: php-zd release-hold shop',
  ],
  [
    { balancer: { ...figures, connections: 2000, mostConnections: 2000 } },
    'all 2000 connections that HAProxy takes for it are in use, and more visitors wait: what to do: php-zd doctor shop',
  ],
  [
    { balancer: { ...figures, ofAllSites: { connections: 9987, mostConnections: 9987 } } },
    'all 9987 connections that HAProxy takes for all sites are in use, and more visitors wait: what to do: php-zd doctor',
  ],
  [{ maintenance: { since: NOW } }, 'in maintenance since 2030-01-01 00:00:00: php-zd maintenance shop off'],
  [
    { linked: undefined },
    'the link of the release names no directory, so a reload would be refused: php-zd deploy shop /r/42',
  ],
  [
    { linked: undefined, deployable: undefined },
    'the link of the release names no directory, so a reload would be refused: php-zd deploy shop DIR',
  ],
  [{ unit: 'inactive', serving: 0, replicas: [] }, 'not started: systemctl start php-zd@shop'],
  [
    { unit: 'reloading', serving: 1, replicas: [replica(1, down), replica(2, old)] },
    'a roll is under way: php-zd follow shop',
  ],
])('what is not right is said once, with what to type: %#', (change, finding) => {
  expect(findingsOf(site(change))).toEqual([finding]);
});

test('where the link names nothing nobody is told to reload, which would be refused', () => {
  const change = {
    linked: undefined,
    deployable: '/r/41',
    replicas: [{ ...replica(1), isRunningPin: false }, replica(2)],
  };
  expect(findingsOf(site(change))).toEqual([
    expect.stringMatching(/^replica 1 no longer sees its release: .*put it right with "php-zd deploy shop \/r\/41"$/),
    'the link of the release names no directory, so a reload would be refused: php-zd deploy shop /r/41',
  ]);
});

test('too few replicas are said although others are parked or of another release', () => {
  expect(findingsOf(site({ replicas: [replica(1, old), parked], serving: 1 }))).toEqual([
    'replica 1 serves /r/41, not the promoted release: put it right with "php-zd reload shop"',
    `replica 3 is parked: it is stopped when its last requests end (${child})`,
    'only 1 of 2 replicas serve: put it right with "php-zd reload shop"',
  ]);
});

test.each<Partial<SiteStatus>>([
  { held: { since: NOW, until: NOW + 30_000, waiting: 0 } },
  { maintenance: { since: NOW } },
])('a site whose requests nobody serves now is not fully serving: %o', change => {
  expect(isFullyServing(site())).toBe(true);
  expect(isFullyServing(site(change))).toBe(false);
});

test('a roll hides neither a hold nor a maintenance', () => {
  const status = site({ unit: 'reloading', maintenance: { since: NOW } });
  expect(findingsOf(status)).toEqual([
    'in maintenance since 2030-01-01 00:00:00: php-zd maintenance shop off',
    'a roll is under way: php-zd follow shop',
  ]);
});

test('a replica that was drained by hand is in the table as drained', () => {
  expect(renderStatusPage(site({ replicas: [replica(1, { ...down, hold: 'hand' })] }), NOW)).toMatch(
    /\n1 +active +drained +1h /,
  );
});

test('what a killed roll left in a slot is not to be started by hand', () => {
  const left = [replica(3, { ...stopped, ...old }), replica(4, { ...stopped, hold: 'roll' })];
  expect(findingsOf(site({ replicas: [replica(1), ...left], serving: 1 }))).toEqual([
    'only 1 of 2 replicas serve: put it right with "php-zd reload shop"',
  ]);
});

const table = (statuses: readonly SiteStatus[]): string => renderStatusTable(statuses, NOW);

test('the table has a line a site, and below it what is not right and what to type', () => {
  const degraded = site({ site: 'wiki', replicas: [replica(1, stopped), replica(2)], serving: 1, linked: '/r/43' });
  const rolling = site({
    site: 'news',
    unit: 'reloading',
    lastRoll: { id: 'b', startedAt: NOW - 3_000, state: 'running' },
  });
  const unknown = { promoted: undefined, lastRoll: undefined, balancer: undefined };
  const blog = site({ site: 'blog', unit: 'inactive', serving: 0, replicas: [], ...unknown });
  const text = table([site(), degraded, rolling, blog]);
  expect(text).toBe(
    `SITE  UNIT       SERVING  RELEASE  BUSY  QUEUE  LAST ROLL         STATE
shop  active     2/2      42       6/16  0      1min ago, rolled  ok
wiki  active     1/2      42       3/8   0      1min ago, rolled  degraded
news  reloading  2/2      42       6/16  0      3s ago, running   rolling
blog  inactive   0/2      -        -     -      -                 not started

! wiki: replica 1 is stopped: php-zd start wiki --replica 1
! wiki: the link names 43, which is not promoted: php-zd reload wiki
! news: a roll is under way: php-zd follow news
! blog: not started: systemctl start php-zd@blog
See what is in their way: php-zd doctor
`,
  );
});

test('a site of which nothing serves says so, and one that serves with something amiss does too', () => {
  const none = { serving: 0, running: [], replicas: [replica(1, down), replica(2, down)] };
  const states = table([site(none), site({ linked: '/r/43' })])
    .split('\n')
    .slice(1, 3)
    .map(line => line.slice(line.indexOf('rolled') + 6).trim());
  expect(states).toEqual(['not serving', 'ok, see below']);
});

describe('where nobody serves and the promoted release is gone there is one line, and it works', () => {
  const lost = { deployable: '/r/41', previous: '/r/41', linked: undefined, serving: 0, running: [] };
  const problems = [{ file: '/x.ini', line: 2, message: "'release' is no directory: put a release at '/c'" }];
  const ended = [replica(1, stopped), replica(2, stopped)];
  const gone = 'nobody serves, and the promoted release /r/42 is gone: ';
  test.each<readonly [string, Partial<SiteStatus>, readonly string[]]>([
    ['a stopped site', { unit: 'inactive', isAtBoot: true }, [`${gone}php-zd rollback shop`]],
    ['one whose start has failed', { unit: 'failed' }, [`${gone}php-zd rollback shop`]],
    ['one whose start is tried again', { unit: 'activating' }, [`${gone}php-zd rollback shop`]],
    ['one without a release before', { unit: 'failed', previous: undefined }, [`${gone}php-zd deploy shop DIR`]],
    [
      'one whose disk is not mounted',
      { unit: 'failed', mount: { unmounted: '/r' } },
      [`${gone}systemctl start r.mount, then systemctl start php-zd@shop`],
    ],
    [
      'one whose link leads to another release, which a start takes',
      { unit: 'failed', linked: '/r/43', problems: [] },
      [
        'only 0 of 2 replicas serve: put it right with "php-zd start shop"',
        'the link names 43, which is not promoted: php-zd reload shop',
        'php-zd@shop is failed: systemctl start php-zd@shop',
      ],
    ],
  ])('%s', (_, change, findings) => {
    expect(findingsOf(site({ ...lost, replicas: ended, problems, ...change }))).toEqual(findings);
  });
});

test('many sites that are not started are told once', () => {
  const stoppedSite = site({ unit: 'inactive', isAtBoot: false, serving: 0, replicas: [] });
  expect(table([stoppedSite, stoppedSite]).split('\n').slice(3)).toEqual([
    '',
    '! 2 sites are not started; each by: systemctl enable --now php-zd@SITE',
    '',
  ]);
  const enabled = { ...stoppedSite, isAtBoot: true };
  expect(table([enabled, enabled])).toContain('each by: systemctl start php-zd@SITE\n');
  expect(table([])).toBe('');
});

test('a mount over the release is named, and ended where the link leads nowhere', () => {
  const blind = { replicas: [replica(1, { isRunningPin: false }), replica(2)], mount: { covered: '/srv' } };
  const why = 'replica 1 no longer sees its release, over which something was mounted at /srv while it runs';
  expect(findingsOf(site(blind))).toEqual([`${why}: put it right with "php-zd reload shop"`]);
  expect(findingsOf(site({ ...blind, linked: undefined }))).toEqual([
    `${why}: put it right with "umount /srv"`,
    'the link of the release names no directory, so a reload would be refused: umount /srv',
  ]);
});

test('a disk that was unmounted is mounted again, and nothing is deployed elsewhere', () => {
  const blind = { replicas: [replica(1, { isRunningPin: false }), replica(2)], mount: { unmounted: '/mnt/web sites' } };
  expect(findingsOf(site({ ...blind, linked: undefined }))).toEqual([
    'replica 1 no longer sees its release, which is on what was unmounted from /mnt/web sites while it runs: ' +
      `put it right with "systemctl start 'mnt-web\\x20sites.mount'"`,
    "the link of the release names no directory, so a reload would be refused: systemctl start 'mnt-web\\x20sites.mount'",
  ]);
});

test('what replicas write to, and lies elsewhere by now, is a finding, with the roll that mends it', () => {
  const replaced = [
    { path: '/srv/shop/shared/media', slots: [2] },
    { path: '/var/log/shop', slots: [1, 2] },
  ];
  expect(findingsOf(site({ replaced }))).toEqual([
    'something else lies at /srv/shop/shared/media, /var/log/shop since replica 1, 2 was started, and what PHP writes does not come there: php-zd reload shop',
  ]);
});

test('what was unmounted from under replicas is mounted again, and not rolled to what lies below', () => {
  const replaced = [{ path: '/srv/shop/shared/media', slots: [1, 2], unmounted: '/srv/shop/shared' }];
  expect(findingsOf(site({ replaced }))).toEqual([
    'something else lies at /srv/shop/shared/media since replica 1, 2 was started, since its file system was unmounted from /srv/shop/shared: systemctl start srv-shop-shared.mount',
  ]);
});

test('a php.ini that was changed is a finding, unless a roll to an upgraded PHP brings it', () => {
  const phpIni = ['/etc/php/8.2/fpm/php.ini'];
  expect(findingsOf(site({ phpIni }))).toEqual([
    '/etc/php/8.2/fpm/php.ini was changed since replicas were started, and one that crashes comes back with that alone: php-zd reload shop',
  ]);
  const replicas = [replica(1, { isOutdated: true }), replica(2)];
  expect(findingsOf(site({ phpIni, replicas }))).toEqual([expect.stringContaining('PHP was upgraded')]);
});

test('a site file that was changed and not rolled is a finding, with the roll that brings it', () => {
  expect(findingsOf(site({ isFileAhead: true }))).toEqual([
    'the site file was changed, and its site runs as before: php-zd reload shop',
  ]);
});
