import { describe, expect, test } from 'vitest';
import type { DrillRefusal } from '../../../src/base/error-reasons.ts';
import { PhpZdError, recordError } from '../../../src/base/errors.ts';
import { announceDrill, drillJson, renderDrill } from '../../../src/report/drill/drill.ts';
import { describeError } from '../../../src/report/words/errors.ts';
import type { DrillReport } from '../../../src/run/drill/drill.ts';
import type { DrillPlan } from '../../../src/run/drill/wishes.ts';
import { good } from '../receipts.ts';

const release = '/srv/shop/releases/42';
const plan: DrillPlan = {
  ...{ id: 'd', longMs: 3_000, afterMs: 500, reloadsBalancer: false, app: undefined, isAskedOverHttp: false, release },
  ...{ clients: 4, mostClients: 4, mostMs: 600_000, mostRequests: 100_000 },
};
const flawless: DrillReport = {
  ...{
    site: 'shop',
    release,
    clients: 4,
    sent: 1_203,
    lost: 0,
    refused: 0,
    statuses: undefined,
    losses: [],
    isCut: false,
    receipt: good,
    reloadMs: good.ms + 350,
  },
  kinds: [
    { kind: 'fast', sent: 1_200, lost: 0, longestMs: 31 },
    { kind: 'long', sent: 3, lost: 0, longestMs: 3_020 },
  ],
  executions: { twice: 0, never: 0, unfinished: 0 },
  balancer: 'left alone',
};
const sample = { kind: 'post', number: 7, startedAt: 0, ms: 1_200, status: undefined } as const;

describe('before a drill', () => {
  test('is said what it does, how many clients it has, and that it ends', () => {
    expect(announceDrill('shop', plan, undefined)).toBe(
      `Drill of shop: a roll of ${release} onto itself, with 4 clients asking meanwhile, for at most 10min.\n` +
        "They ask a script of php-zd's: quick requests, POSTs, requests of 3s, work after the answer.\n" +
        'The application is not asked.\n',
    );
  });

  test('is said what else was asked for, and that fewer clients come', () => {
    const text = announceDrill('shop', { ...plan, reloadsBalancer: true, app: { path: '/a\u001b', status: 200 } }, 9);
    expect(text).toContain('Not 9: half of the free children are left to visitors.\n');
    expect(text).toContain('The application is asked for /a? too.\n');
    expect(text).toContain('HAProxy is reloaded in the middle.\n');
  });
});

describe('a drill over HTTP', () => {
  test('says before it begins that it asks as visitors do', () => {
    const text = announceDrill('shop', { ...plan, isAskedOverHttp: true, app: { path: '/', status: 200 } }, undefined);
    expect(text).toContain('The application is asked for / too, over HTTP, as visitors ask.\n');
  });

  test('has what was answered by its status, and tells who was refused from who was lost', () => {
    const none = { error: undefined, status: undefined, body: '' };
    const losses = [
      { ...sample, kind: 'app' as const, loss: { ...none, unanswered: 'ECONNREFUSED' } },
      { ...sample, kind: 'app' as const, number: 8, loss: { ...none, unanswered: 'ECONNRESET' } },
    ];
    const text = renderDrill({ ...flawless, lost: 2, refused: 1, losses, statuses: { '2xx': 1_000, '5xx': 1 } });
    expect(text).toContain(
      'Answered over HTTP: 1 000 with 2xx, 1 with 5xx\nOf the lost, refused: 1, of which nothing was sent\n',
    );
    expect(text).toContain('after 1.20 s: HAProxy did not take it (ECONNREFUSED)\n');
    expect(text).toContain('after 1.20 s: no whole answer (ECONNRESET)\n');
  });
});

describe('after a drill', () => {
  test('are its own counts, the receipt of the roll, and one sentence', () => {
    const text = renderDrill(flawless);
    expect(text).toContain(
      'REQUESTS  SENT   RIGHT  LOST  LONGEST\nquick     1 200  1 200  0     0.03 s\nlong      3      3      0     3.02 s\n',
    );
    expect(text).toContain(
      'Run twice: 0\nNever run: 0\nWork after the answer left undone: 0\n\nReceipt of the roll:\n',
    );
    expect(text).toMatch(/\nThe whole reload: .{1,20} \(systemd, and the start of Node\.js, 0\.35 s\)\n/);
    expect(text).toMatch(/\nNothing was lost: 1 203 requests, each of them run once and answered right\.\n$/);
  });

  test('each loss has its time and its reason, and nothing that moves a cursor', () => {
    const error = recordError(new PhpZdError('fastcgi-broken', { socket: '/x', reason: 'ECONNRESET' }));
    const losses = [
      { ...sample, loss: { error, status: undefined, body: '' } },
      { ...sample, number: 8, status: 503, loss: { error: undefined, status: 503, body: '\u001b[2J' } },
    ];
    const text = renderDrill({ ...flawless, lost: 2, losses });
    expect(text).toContain(
      'Lost: request 7 (POST), sent 1970-01-01T00:00:00.000Z, after 1.20 s: no whole answer (ECONNRESET)\n',
    );
    expect(text).toContain('after 1.20 s: the wrong answer, 503 ?[2J\n');
    expect(text).toMatch(
      /\nLost 2 of 1 203 requests\. See "journalctl -eu php-zd@shop -u php-zd-haproxy" and "php-zd status shop"\.\n$/,
    );
    expect(drillJson({ ...flawless, lost: 2, losses })).toMatchObject({
      isFlawless: false,
      losses: [{ number: 7, reason: 'no whole answer (ECONNRESET)' }, { number: 8 }],
    });
  });

  test.each<[PhpZdError, string]>([
    [
      new PhpZdError('fastcgi-unreachable', { socket: '/x', errno: 'ECONNREFUSED' }),
      'HAProxy did not take it (ECONNREFUSED)',
    ],
    [
      new PhpZdError('deadline', { what: 'the answer of PHP-FPM', ms: 1 }),
      'gave up waiting for the answer of PHP-FPM after 1ms',
    ],
  ])('a loss without an answer says why', (error, words) => {
    const losses = [{ ...sample, loss: { error: recordError(error), status: undefined, body: '' } }];
    expect(renderDrill({ ...flawless, lost: 1, losses })).toContain(`after 1.20 s: ${words}\n`);
  });

  test('of many losses the first are shown', () => {
    const loss = { error: undefined, status: 503, body: '' };
    const losses = Array.from({ length: 12 }, () => ({ ...sample, loss }));
    const text = renderDrill({ ...flawless, lost: 12, losses });
    expect(text.match(/^Lost: request/gm)).toHaveLength(10);
    expect(text).toContain('Lost: 2 more requests; --json has them all\n');
  });

  test.each<[string, Partial<DrillReport>, string]>([
    ['what was not counted', { executions: undefined }, 'not known, the script did not answer at the end\n'],
    [
      'a balancer that was not reloaded',
      { balancer: 'not reloaded' },
      'HAProxy, in the middle of the roll: not reloaded\n',
    ],
    ['a load that ended early', { isCut: true }, 'The load came to its bounds before the roll was over'],
    ['work left undone', { executions: { twice: 0, never: 0, unfinished: 1 } }, 'answer left undone: 1\n'],
  ])('%s is told, and nobody calls it flawless', (_, change, words) => {
    const text = renderDrill({ ...flawless, ...change });
    expect(text).toContain(words);
    expect(text).toContain('No request was lost, but see above. See "journalctl');
  });

  test('a roll that is not over has no receipt', () => {
    expect(renderDrill({ ...flawless, receipt: undefined })).toContain('There is no receipt: the roll is not over');
  });
});

test.each<[DrillRefusal, string]>([
  [{ kind: 'not-started' }, 'start it with "systemctl start php-zd@shop"'],
  [
    { kind: 'not-serving', serving: 1, wanted: 2 },
    '1 of 2 replicas serve, and not as they should; see "php-zd status shop"',
  ],
  [
    { kind: 'other-release', linked: '/b', promoted: '/a' },
    'rolls to what serves, /a, and the link names /b; roll first with "php-zd reload shop", or go back with "php-zd deploy shop /a"',
  ],
  [{ kind: 'other-configuration' }, 'reload once first with "php-zd reload shop"'],
  [
    { kind: 'too-long', ms: 5_000, timeoutMs: 3_000 },
    'a request of 5s outlasts [drain] timeout, 3s; write fewer --seconds',
  ],
  [{ kind: 'no-room', free: -1 }, "of PHP's children 0 would be free"],
  [{ kind: 'no-script', status: 404 }, 'PHP answers drill.php with 404; reload once first'],
  [
    { kind: 'no-way-in', broken: 'ECONNREFUSED' },
    'the site does not answer over HTTP (ECONNREFUSED); see "systemctl status php-zd-http@shop"',
  ],
  [
    { kind: 'bad-app', path: '/x', status: 500 },
    'the application answers /x with 500; write another path after --app-path',
  ],
])('a drill that is refused says what to type: %j', (reason, words) => {
  const text = describeError(new PhpZdError('drill-refused', { site: 'shop', reason }));
  expect(text).toContain("no drill of 'shop', nothing was touched: ");
  expect(text).toContain(words);
});
