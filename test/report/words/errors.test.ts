import { expect, test } from 'vitest';
import type { ErrorCode, ErrorFacts } from '../../../src/base/error-facts.ts';
import type {
  DeployReason,
  PageReason,
  UnfitReason,
  UnprovenReason,
  WarmUpReason,
  WorseReason,
} from '../../../src/base/error-reasons.ts';
import { PhpZdError } from '../../../src/base/errors.ts';
import { commandsAfter, describeError, describeRecorded } from '../../../src/report/words/errors.ts';
import { describeFailure } from '../../../src/report/words/failure.ts';
import type { Command } from '../../../src/report/words/said.ts';
import { SiteProblems } from '../../../src/run/site/load-site.ts';
import { errorsFollowed, isLook } from '../../scene/next-steps.ts';
import { problemOfTyped } from '../typed.ts';

const unit = 'php-zd-fpm-shop@1.service';

const blocker = {
  ...{ pid: 7, state: 'Running', requestMethod: 'GET', requestUri: '/report', script: '/index.php' },
  ...{ requestDurationUs: 61_000_000, startSince: 90 },
};
const overdue = { site: 'shop', replica: 1, ms: 60_000, sessions: 2, waiting: 0, active: 0, blockers: [] };

/** Every code, with its facts, and the whole text. */
const texts: { readonly [Code in ErrorCode]: readonly [ErrorFacts[Code], string] } = {
  'site-invalid': [{ site: 'shop' }, "the site file of 'shop' has problems"],
  'site-exists': [
    { site: 'shop', file: '/etc/php-zd/sites/shop.ini' },
    `there is a site 'shop' already, and nothing was touched: edit /etc/php-zd/sites/shop.ini and type "php-zd check shop", or write it anew with --force`,
  ],
  'site-unknown': [
    { site: 'shop', file: '/etc/php-zd/sites/shop.ini' },
    "there is no site 'shop': /etc/php-zd/sites/shop.ini does not exist",
  ],
  'name-taken': [
    { site: 'store', path: '/var/lib/php-zd/store' },
    "the name 'store' is taken: there is /var/lib/php-zd/store, and nothing was touched. Give the site another name",
  ],
  'rename-mounted': [
    { site: 'shop', name: 'store', path: '/var/lib/php-zd/shop/home' },
    "something is mounted at /var/lib/php-zd/shop/home, which cannot be moved, and nothing was touched: unmount it, rename 'shop', and mount it in the same place of 'store'",
  ],
  'rename-broken-off': [
    { site: 'shop', name: 'store', output: 'mv: no space' },
    "the rename of 'shop' to 'store' broke off: mv: no space",
  ],
  'bus-broken': [
    { who: 'systemd', reason: 'it has more than 16 MiB' },
    'what systemd says over D-Bus cannot be read: it has more than 16 MiB',
  ],
  'bus-unavailable': [{ address: 'unix:path=/x', reason: 'ENOENT' }, 'systemd cannot be reached over D-Bus (ENOENT)'],
  'bus-denied': [
    { unit, name: 'org.x.Y', text: 'no' },
    `access denied to ${unit}: run it as root, or let polkit allow it (see RIGHTS in "man php-zd")`,
  ],
  'unit-unknown': [{ unit }, `systemd has no unit ${unit}`],
  'unit-masked': [{ unit }, `${unit} is masked: unmask it with "systemctl unmask ${unit}"`],
  'job-failed': [{ unit, job: 'start', result: 'timeout' }, `systemd could not start ${unit} (timeout)`],
  'systemd-refused': [{ unit, name: 'org.x.Y', text: 'no such thing' }, 'systemd refused: no such thing'],
  'balancer-unreachable': [
    { socket: '/run/a.sock', reason: 'ECONNREFUSED' },
    'HAProxy does not answer on /run/a.sock (ECONNREFUSED)',
  ],
  'balancer-refused': [
    { command: 'show stat', answer: 'No such proxy.' },
    "HAProxy refused 'show stat': No such proxy.",
  ],
  'fastcgi-unreachable': [
    { socket: '/run/1.sock', errno: 'ENOENT' },
    'PHP-FPM cannot be reached on /run/1.sock (ENOENT)',
  ],
  'fastcgi-broken': [
    { socket: '/run/1.sock', reason: 'it was closed before its end' },
    'PHP-FPM on /run/1.sock broke its answer off: it was closed before its end',
  ],
  'release-missing': [{ path: '/srv/shop/current' }, 'the release /srv/shop/current is no directory'],
  'release-incomplete': [
    { path: '/srv/shop/releases/2', missing: ['public/index.php', 'storage'] },
    'the release /srv/shop/releases/2 lacks public/index.php, storage',
  ],
  'release-unfit': [
    {
      path: '/r',
      reason: {
        kind: 'unwritable',
        user: 'shop',
        directories: [],
        remedies: [{ kind: 'give', directories: ['/r/a', '/r/b'], from: 1001 }],
      },
    },
    'the release /r is to have directories that shop may write to, and their modes say otherwise: type "chown --no-dereference --from=1001 shop /r/a /r/b"',
  ],
  'socket-taken': [
    { path: '/run/shop.sock' },
    '/run/shop.sock, where the web server looks for the site, is something else already: write another fastcgi into [listen], or remove it where nobody uses it any more',
  ],
  'not-promoted': [{ site: 'shop' }, `what is promoted of 'shop' cannot be read: roll once with "php-zd reload shop"`],
  'not-a-link': [
    { path: '/srv/shop/current' },
    '/srv/shop/current is no link, so it cannot name another release: put a link in its place',
  ],
  'site-started': [{ site: 'shop' }, '\'shop\' is started: stop it with "php-zd stop shop" first'],
  'not-started': [{ site: 'shop' }, `'shop' is not started: start it with "php-zd start shop" first`],
  'replica-unproven': [
    {
      replica: 1,
      reason: { kind: 'status', path: '/health', status: 500, wanted: 200 },
      ms: 30_000,
      php: 'PHP Fatal error: no',
    },
    'replica 1 answered /health with 500 (wanted 200) for 30s; PHP says: PHP Fatal error: no',
  ],
  'drain-timeout': [
    { ...overdue, blockers: [blocker] },
    'replica 1 still had work after 1min: child 7 (Running): GET /report, /index.php, 61.0 s',
  ],
  'not-serving': [{ replica: 1, state: 'DOWN' }, 'HAProxy does not take replica 1 back (DOWN)'],
  'nobody-else-serves': [
    { replica: 1, serving: 0, mustServe: 1 },
    'replica 1 cannot be drained: 0 others serve, 1 must',
  ],
  'slots-parked': [
    { slots: [3, 4] },
    'it needs the slots of parked replicas (3, 4), which are at their last requests: try again when these have ended',
  ],
  'replica-worse': [{ replica: 3, reason: { kind: 'crashed' } }, 'replica 3 crashed while it was watched'],
  'warmup-failed': [
    { replica: 3, path: '/search', reason: { kind: 'status', path: '/search', status: 500 }, failures: 2 },
    'replica 3 answered /search with 500 while it was warmed up, the first of 2 failures',
  ],
  'capacity-short': [
    { site: 'shop', children: 16, busy: 11, queued: 2, silent: [2], least: 8, leastAt: 2, away: [1] },
    'a roll of \'shop\' would make requests queue: 11 of 16 children busy, 2 requests waiting, replica 2 does not say and counts as busy; with replica 1 away 8 remain (step 2); try again when fewer are busy, or see "php-zd plan shop"',
  ],
  'not-run-yet': [
    { site: 'shop', user: 'shop' },
    `'shop' never ran as user 'shop': start it with "php-zd start shop", or, if it is started, roll it with "php-zd reload shop"`,
  ],
  'drill-refused': [
    { site: 'shop', reason: { kind: 'rolling' } },
    `no drill of 'shop', nothing was touched: a roll is under way; see when it is over with "systemctl status php-zd@shop"`,
  ],
  'hook-failed': [
    {
      ...{ hook: 'before_roll', unit: 'php-zd-hook-shop-before_roll.service' },
      ...{ result: 'exit-code', status: 3, ms: 300_000, output: 'no' },
    },
    'the hook before_roll failed with status 3: no (journalctl -eu php-zd-hook-shop-before_roll.service)',
  ],
  'no-previous': [
    { site: 'shop', reason: { kind: 'never' } },
    "'shop' cannot be rolled back: no release was promoted before this one",
  ],
  'roll-under-way': [
    { site: 'shop' },
    'a roll of shop is under way, which decides who serves: try again when it is over ("php-zd follow shop"), or end it with "php-zd abort shop"',
  ],
  'front-outdated': [
    { site: 'shop' },
    'HAProxy\'s part of shop was written by an older php-zd, which could not do this: roll once with "php-zd reload shop"',
  ],
  'front-gone': [
    { site: 'shop', socket: '/run/php-zd/shop/balancer/fastcgi.sock' },
    'nobody comes to shop: /run/php-zd/shop/balancer/fastcgi.sock, where HAProxy listens, was removed',
  ],
  'front-bypassed': [
    { site: 'shop' },
    'visitors of shop come by a HAProxy of your own ([haproxy] in the site file), past the one that could do this',
  ],
  'drain-refused': [
    { site: 'shop', replica: 1, serving: 0, mustServe: 1 },
    'replica 1 of shop goes on serving: 0 others would serve, 1 must. See "php-zd status shop", or insist with --force',
  ],
  'drain-overtaken': [
    { site: 'shop', replica: 1 },
    'replica 1 of shop is not drained by hand any more: somebody made it ready, or a roll took it, and this drain leaves it as it is',
  ],
  'replica-unfit': [
    { site: 'shop', replica: 7, reason: { kind: 'stopped', running: [1, 2] } },
    'replica 7 of shop does not run; these do: 1, 2',
  ],
  'still-busy': [
    { site: 'shop', ms: 30_000, requests: 1, blockers: [blocker] },
    'requests of shop still ran when the hold was over, after 30s: child 7 (Running): GET /report, /index.php, 61.0 s. New requests go through again; "php-zd hold shop --idle --for TIME" with a longer time waits longer',
  ],
  'page-unfit': [{ path: '/p.html', reason: { kind: 'missing' } }, '/p.html cannot be the page: there is no such file'],
  deadline: [{ what: 'HAProxy', ms: 10_000 }, 'gave up waiting for HAProxy after 10s'],
  aborted: [{}, 'it was asked to stop'],
  'command-failed': [
    { command: 'haproxy -c', status: '1', output: '[ALERT] no' },
    "'haproxy -c' failed (1): [ALERT] no",
  ],
  'file-system': [{ path: '/run/x', errno: 'ENOSPC' }, '/run/x: no space is left on its file system'],
  'network-unheld': [
    { network: ['10.0.0.1', '::1'] },
    "this host's systemd does not hold network = 10.0.0.1 ::1 in [sandbox], for want of BPF for control groups: PHP would reach every address",
  ],
  'no-room': [
    { path: '/run/php-zd', what: 'files', free: 3, needed: 64 },
    'the file system of /run/php-zd has room for 3 more files (inodes), and a roll may need 64',
  ],
  'former-owner': [
    { site: 'shop', user: 'shop', uid: 101, directories: ['/var/lib/php-zd/shop/sessions/shop'] },
    'the files of shop in /var/lib/php-zd/shop/sessions/shop are of user 101, since shop was made anew with another number: all visitors would be logged out',
  ],
  'read-only': [
    { path: '/var/lib/php-zd', mount: '/var', isOnlyHere: false },
    'the file system at /var is read-only, and a roll writes to /var/lib/php-zd',
  ],
  'group-unknown': [{ path: '/run/x', group: 'wheel' }, '/run/x: no group wheel'],
};

const unproven = (reason: UnprovenReason) => new PhpZdError('replica-unproven', { replica: 3, reason });
const unwarmed = (reason: WarmUpReason) => new PhpZdError('warmup-failed', { replica: 3, path: '/x', reason });
const worse = (reason: WorseReason) => new PhpZdError('replica-worse', { replica: 3, reason });
const unfit = (reason: UnfitReason) => new PhpZdError('replica-unfit', { site: 'shop', replica: 3, reason });
const unfitRelease = (reason: DeployReason) => new PhpZdError('release-unfit', { path: '/r', reason });
const noPage = (reason: PageReason) => new PhpZdError('page-unfit', { path: '/p', reason });

/** Of errors that have several reasons the others. */
const reasons: readonly (readonly [PhpZdError, string])[] = [
  [
    worse({ kind: 'errors', failed: 20, answers: 60, oldFailed: 1, oldAnswers: 120, most: 1.5 }),
    'replica 3 answered 20 of 60 requests with 5xx while watched, the replicas to be replaced 1 of 120: more than 1.5 times the share (bake_errors)',
  ],
  [
    new PhpZdError('replica-worse', {
      ...{ replica: 3, others: [4], site: 'shop' },
      reason: { kind: 'slow', ms: 112, answers: 60, oldMs: 12, oldAnswers: 120, most: 3 },
    }),
    'replicas 3, 4 took 112 ms on average to answer 60 requests while watched, the replicas to be replaced 12 ms: more than 3 times as long (bake_latency)',
  ],
  ...['bus', 'system scope bus via local transport'].map(
    bus =>
      [
        new PhpZdError('command-failed', {
          ...{ command: 'systemd-run --pipe a', status: '1' },
          output: `Failed to connect to ${bus}: Connection refused`,
        }),
        'systemd-run cannot reach D-Bus (Connection refused)',
      ] as const,
  ),
  [unproven({ kind: 'other-release', wanted: '/r/42' }), 'replica 3 does not run /r/42'],
  [
    new PhpZdError('replica-unproven', {
      ...{ replica: 3, reason: { kind: 'unanswered', path: '/health' } },
      links: ['.env -> /home/x/.env'],
    }),
    'replica 3 did not answer /health in time; links of its release lead elsewhere or nowhere for it: .env -> /home/x/.env',
  ],
  [unproven({ kind: 'logged', error: 'PHP Fatal error: no' }), 'replica 3 logged "PHP Fatal error: no"'],
  [unproven({ kind: 'unsteady', soakMs: 500 }), 'replica 3 did not stay well for the 500 ms of [health] soak'],
  [unproven({ kind: 'unanswered', path: '/health' }), 'replica 3 did not answer /health in time'],
  [
    unproven({ kind: 'unanswered', path: '/health', processes: [{ pid: 7, command: '/usr/sbin/sendmail' }] }),
    'replica 3 did not answer /health in time (what a request started still ran: process 7 (/usr/sbin/sendmail))',
  ],
  [
    unproven({ kind: 'unanswered', path: '/health', broken: 'ECONNRESET' }),
    'replica 3 did not answer /health: ECONNRESET',
  ],
  [unproven({ kind: 'status', path: '/', status: 500 }), 'replica 3 answered / with 500'],
  [unproven({ kind: 'body', path: '/', wanted: '/well/' }), 'replica 3 answered / without /well/ in its body'],
  [
    unproven({ kind: 'no-log' }),
    'replica 3 has no line in the journal, not even of its start, so that no error in its log would be seen; php-zd-rolling(7), A ROLL, says what may keep it out',
  ],
  [unproven({ kind: 'ended', path: '/', status: 200 }), 'replica 3 answered / with 200, and ended with an error'],
  ...(
    [
      [
        'Unable to open primary script: /a.php (Operation not permitted)',
        'an open_basedir that holds there leaves it out, as one in a .user.ini, or in what user_ini.filename names, may: add a directory of that script there',
      ],
      [
        'Unable to open primary script: /a.php (Permission denied)',
        "let the site's user read it, and pass every directory on the way",
      ],
      [
        "Access to the script '/a.inc' has been denied (see security.limit_extensions)",
        'name how it ends in security.limit_extensions in [pool]',
      ],
      [
        'Primary script unknown',
        "look whether the release has it, and the site's user may read it; php-zd check judges an open_basedir",
      ],
    ] as const
  ).map(
    ([said, advice]) =>
      [
        unproven({ kind: 'unopened', path: '/', status: 404, said }),
        `replica 3 answered / with 404, since PHP-FPM could not open the script (${said}): ${advice}`,
      ] as const,
  ),
  [unwarmed({ kind: 'unanswered', path: '/x' }), 'replica 3 did not answer /x in time while it was warmed up'],
  [unwarmed({ kind: 'unasked', path: '/x' }), 'replica 3 could not be asked /x in time while it was warmed up'],
  [
    unwarmed({ kind: 'status', path: '/x', status: 200, php: 'PHP Fatal error: no' }),
    'replica 3 answered /x with 200; PHP says: PHP Fatal error: no while it was warmed up',
  ],
  [
    unwarmed({ kind: 'scripts-unanswered', broken: 'EPIPE' }),
    'replica 3 did not answer which scripts it compiled: EPIPE while it was warmed up',
  ],
  [
    unwarmed({ kind: 'scripts-status', script: '/opcache.php', status: 502 }),
    'replica 3 did not answer which scripts it compiled: /opcache.php answered with 502 while it was warmed up',
  ],
  [worse({ kind: 'down', status: 'DOWN' }), "replica 3 was DOWN in HAProxy's eyes while it was watched"],
  [worse({ kind: 'failed', requests: 1 }), 'replica 3 failed 1 request while it was watched'],
  [worse({ kind: 'failed', requests: 2 }), 'replica 3 failed 2 requests while it was watched'],
  [unfit({ kind: 'standby' }), 'replica 3 of shop is the standby, which gets no requests'],
  [unfit({ kind: 'parked' }), 'replica 3 of shop is parked: it is drained, and stopped when its last requests end'],
  [
    unfit({ kind: 'not-promoted', release: '/r/41' }),
    'replica 3 of shop does not run what is promoted, but /r/41: a roll starts it anew, "php-zd reload shop"',
  ],
  [
    unfit({ kind: 'not-promoted' }),
    'replica 3 of shop does not run what is promoted, but nothing known: a roll starts it anew, "php-zd reload shop"',
  ],
  [unfit({ kind: 'absent', present: [1, 2] }), 'replica 3 of shop is not there; these are: 1, 2'],
  [unfit({ kind: 'absent', present: [] }), 'replica 3 of shop is not there; none is'],
  [unfit({ kind: 'stopped', running: [] }), 'replica 3 of shop does not run; none does'],
  [
    unfit({ kind: 'stopping' }),
    'replica 3 of shop is about to stop, or to start anew: "php-zd start shop --replica 3" has it run again',
  ],
  [noPage({ kind: 'directory' }), '/p cannot be the page: it is a directory'],
  [
    noPage({ kind: 'no-utf8' }),
    '/p cannot be the page: it is no UTF-8, and visitors would see other letters: save it as UTF-8',
  ],
  [noPage({ kind: 'too-long', limit: 5 }), '/p cannot be the page: it has more than 5 characters'],
  [
    unfitRelease({ kind: 'in-mount', mount: '/live' }),
    "the release /r is in the mount point /live, where the replicas see their release; name the release's own directory",
  ],
  [
    unfitRelease({ kind: 'unreadable', user: 'shop', index: 'index.php' }),
    'the release /r cannot be read by the user shop: look at the modes of every directory on the way, down to its index.php',
  ],
  [
    unfitRelease({
      kind: 'unwritable',
      user: 'web user',
      directories: [],
      remedies: [{ kind: 'open', directories: ['/r/a'] }],
    }),
    `the release /r is to have directories that web user may write to, and their modes say otherwise: type "runuser -u 'web user' -- chmod u+rwx /r/a"`,
  ],
  [
    unfitRelease({
      ...({ kind: 'unwritable', user: 'shop', directories: [] } as const),
      remedies: [
        { kind: 'own', directory: '/var/log/php', own: '/var/log/shop', group: 'www' },
        { kind: 'own', directory: '/var/cache/pages', own: '/var/cache/shop' },
      ],
    }),
    'the release /r is to have directories that shop may write to, and their modes say otherwise: /var/log/php is not shop\'s alone: type "install -d -o shop -g www /var/log/shop", and write /var/log/shop wherever the site file has /var/log/php; /var/cache/pages is not shop\'s alone: write /var/cache/shop wherever the site file has /var/cache/pages',
  ],
  [
    unfitRelease({
      ...({ kind: 'unwritable', user: 'shop', directories: [] } as const),
      remedies: [{ kind: 'below', directory: '/var/lib/links', below: ['/var/lib/links/data'] }],
    }),
    "the release /r is to have directories that shop may write to, and their modes say otherwise: /var/lib/links is not shop's, and /var/lib/links/data is: write that in [writable] in its place",
  ],
  [
    unfitRelease({ kind: 'unwritable', user: 'shop', directories: ['/var/log'], remedies: [] }),
    'the release /r is to have directories that shop may write to, and their modes say otherwise: /var/log; let whoever owns that give shop the right',
  ],
  [
    new PhpZdError('no-previous', {
      site: 'shop',
      reason: {
        kind: 'passed',
        passed: [
          { release: '/r/42', why: 'bad' },
          { release: '/r/41', why: 'removed' },
        ],
      },
    }),
    "'shop' cannot be rolled back: there is nothing behind /r/42, which failed when it was rolled to last, /r/41, which was removed",
  ],
  [
    new PhpZdError('still-busy', { site: 'shop', ms: 1_000, requests: 3, blockers: [] }),
    'requests of shop still ran when the hold was over, after 1s: 3 that FPM does not name. New requests go through again; "php-zd hold shop --idle --for TIME" with a longer time waits longer',
  ],
  [new PhpZdError('not-serving', { replica: 3 }), 'HAProxy does not take replica 3 back (unknown to HAProxy)'],
];

test.each(Object.entries(texts))('%s is said in words', (code, [facts, text]) => {
  expect(describeRecorded({ code, facts: { ...facts } })).toBe(text);
});

test.each([
  ['unit-masked', [['systemctl', 'unmask', unit]]],
  ['not-started', [['php-zd', 'start', 'shop']]],
  ['replica-unproven', []],
  [
    'drain-timeout',
    [
      ['php-zd', 'drain', 'shop', '1'],
      ['php-zd', 'ready', 'shop', '1'],
    ],
  ],
] as const)('%s has what is typed next as data, and the same in its words', (code, commands) => {
  const error = new PhpZdError<ErrorCode>(code, texts[code][0]);
  expect(commandsAfter(error)).toEqual(commands);
  const words = describeFailure(error);
  for (const command of commands) expect(words).toContain(`"${command.join(' ')}"`);
});

/** All that the error may have somebody type, whatever its reason. */
const allCommands = (code: ErrorCode): readonly Command[] =>
  [new PhpZdError<ErrorCode>(code, texts[code][0]), ...reasons.map(([error]) => error)]
    .filter(error => error.code === code)
    .flatMap(error => commandsAfter(error));

test.each(Object.keys(texts) as ErrorCode[])(
  'what %s has somebody type is followed by a test, or only looks, or is nothing',
  code => {
    const followed = errorsFollowed[code];
    const commands = allCommands(code);
    if (followed === 'none') expect(commands).toEqual([]);
    else expect(commands.length).toBeGreaterThan(0);
    if (followed === 'look') expect(commands.filter(command => !isLook(command))).toEqual([]);
  },
);

test.each(Object.keys(texts) as ErrorCode[])('what %s has somebody type is whole: php-zd takes it', code => {
  const typed = allCommands(code).filter(([program]) => program === 'php-zd');
  const wrong = typed.map(([, verb = '', ...words]) => [verb, problemOfTyped(verb, words, true)]);
  expect(wrong.filter(([, problem]) => problem !== undefined)).toEqual([]);
});

test('a drain that nobody seems to hold asks about connections that are kept open', () => {
  expect(describeError(new PhpZdError('drain-timeout', overdue))).toBe(
    'replica 1 still had work after 1min: 2 connections in HAProxy, 0 waiting, no busy child; does the web server keep connections open?',
  );
});

test('a drain that only a PHP-FPM that does not answer holds says so', () => {
  expect(describeError(new PhpZdError('drain-timeout', { ...overdue, sessions: 0, waiting: 0 }))).toBe(
    'replica 1 still had work after 1min: none that HAProxy knows of, and PHP-FPM does not say what its children do',
  );
});

test('a warm-up in which one thing failed does not count', () => {
  const reason = { kind: 'scripts-late', compiled: 3, scripts: 5 } as const;
  const facts = { replica: 3, path: '/opcache.php', reason, failures: 1 };
  expect(describeError(new PhpZdError('warmup-failed', facts))).toBe(
    'replica 3 compiled only 3 of 5 scripts in time while it was warmed up',
  );
});

test('a file that may not be read asks for root', () => {
  expect(describeError(new PhpZdError('file-system', { path: '/run/x', errno: 'EACCES' }))).toBe(
    '/run/x: permission denied; run it as root',
  );
});

test('the problems of a site file are listed, each with file and line', () => {
  const problems = [
    { file: '/etc/php-zd/sites/shop.ini', line: 2, message: 'no such user' },
    { file: '/etc/php-zd/defaults.ini', line: 9, message: 'no such key' },
  ];
  expect(describeError(new SiteProblems('shop', problems))).toBe(
    '/etc/php-zd/sites/shop.ini:2: no such user\n/etc/php-zd/defaults.ini:9: no such key',
  );
});

test.each([
  [{ result: 'timeout', status: 15 }, 'did not end within 5min and was ended'],
  [{ result: 'signal', status: 9 }, 'was ended by signal 9'],
  [{ result: 'resources', status: 0 }, 'could not be run (resources)'],
])('how a hook ended is told: %j', (facts, words) => {
  const error = new PhpZdError('hook-failed', { hook: 'after_roll', unit: 'u', ms: 300_000, ...facts });
  expect(describeError(error)).toBe(`the hook after_roll ${words} (journalctl -eu u)`);
});

test.each(reasons)('each reason of an error has its words: %s', (error, words) => {
  expect(describeError(error)).toBe(words);
});

test('what a client sent moves no cursor', () => {
  const blockers = [{ ...blocker, requestMethod: 'GET\x1b[2J', requestUri: '/\x07\n' }];
  expect(describeError(new PhpZdError('drain-timeout', { ...overdue, blockers }))).toContain('GET?[2J /??, /index.php');
});

test('an error that this version does not know, or whose facts are others, is told by its code', () => {
  expect(describeRecorded({ code: 'not-invented-yet', facts: {} })).toBe('not-invented-yet');
  expect(describeRecorded({ code: 'constructor', facts: {} })).toBe('constructor');
  expect(describeRecorded({ code: 'replica-unproven', facts: { replica: 2, reason: { kind: 'new' } } })).toBe(
    'replica-unproven',
  );
});
