import { describe, expect, test } from 'vitest';
import { PhpZdError } from '../../../src/base/errors.ts';
import { prove } from '../../../src/run/proof/prove.ts';
import type { SiteRun } from '../../../src/run/site/site-run.ts';
import { failure } from '../../fakes/failure.ts';
import type { FakeScript } from '../../fakes/fake-php-fpm.ts';
import { shopSite } from '../../site/shop-site.ts';
import { BEGINNING } from './beginning.ts';
import { health, INDEX, MOUNT, type ProofOptions, ProofScene, UNIT } from './proof-scene.ts';

const meant = { generation: 'g1', release: '/srv/shop/releases/41' };

const scene = async (answer: FakeScript, options: ProofOptions = {}): Promise<ProofScene> => {
  const made = new ProofScene(options);
  await made.start();
  made.serve(1, { [INDEX]: answer });
  return made;
};

const late = () => {
  throw new PhpZdError('deadline', { what: 'the answer of PHP-FPM', ms: 10_000 });
};
const well: FakeScript = () => ({ body: 'well' });
const FATAL = 'PHP message: PHP Fatal error:  Uncaught Error: no database in /srv/x.php:1\nStack trace:\n#0 {main}';

test('a replica that answers as often as it should is proven', async () => {
  const { run, clock } = await scene(well);
  await prove(run, 1, meant);
  expect(clock.now()).toBe(1_000_100);
});

test('a replica that runs another generation is not proven', async () => {
  const { run } = await scene(well);
  expect(await failure(prove(run, 1, { generation: 'g2', release: '/srv/shop/releases/42' }))).toMatchObject({
    code: 'replica-unproven',
    facts: { replica: 1, reason: { kind: 'other-release', wanted: '/srv/shop/releases/42' } },
  });
});

test.each([
  [
    'a wrong status',
    { status: 503, stderr: 'PHP message: PHP Warning:  slow' },
    { kind: 'status', path: '/health', status: 503, wanted: 200 },
  ],
  ['a body without what it should have', { body: 'ill' }, { kind: 'body', path: '/health', wanted: '/well/' }],
  [
    'a fatal error behind a good answer',
    { body: 'well', stderr: FATAL },
    { kind: 'ended', path: '/health', status: 200 },
  ],
  [
    'a parse error after a warning',
    { body: 'well', stderr: 'PHP message: PHP Warning:  a; PHP message: PHP Parse error:  b' },
    { kind: 'ended', path: '/health', status: 200 },
  ],
])('%s is no proof', async (_, answer, reason) => {
  const { run } = await scene(() => answer, { health: { ...health, body: /well/ } });
  expect(await failure(prove(run, 1, meant))).toMatchObject({ code: 'replica-unproven', facts: { reason } });
});

test('where a release has links that lead nowhere for a replica, they are named beside what its answer was', async () => {
  const { run, commands } = await scene(() => ({ status: 500 }));
  commands.programs.set('find', () => `${meant.release}\0.env\0/home/x/.env\0`);
  expect(await failure(prove(run, 1, meant))).toMatchObject({
    facts: { reason: { kind: 'status', status: 500 }, links: ['.env -> /home/x/.env'] },
  });
  commands.programs.set('find', () => ({ status: 1, output: '' }));
  expect(await failure(prove(run, 1, meant))).toMatchObject({ facts: { reason: { kind: 'status', status: 500 } } });
});

describe("the web server of the replica's own", () => {
  const withWeb = async (answer: Parameters<ProofScene['web']['serve']>[1]): Promise<ProofScene> => {
    const made = await scene(well);
    made.web.serve('/run/php-zd/shop/replicas/1/http.sock', answer);
    const server = { kind: 'nginx', include: undefined, directives: '' } as const;
    return Object.assign(made, {
      run: { ...made.run, site: { ...made.run.site, web: { ...made.run.site.web, server } } },
    });
  };

  test('is asked as visitors ask it, and proves the replica', async () => {
    const asked: string[] = [];
    const { run } = await withWeb(({ path, headers }) => {
      asked.push(`${path} ${headers.get('Host')}`);
      return { body: 'well' };
    });
    await prove(run, 1, meant);
    expect(new Set(asked)).toEqual(new Set(['/health localhost']));
  });

  test.each([
    [{ status: 404 }, { kind: 'web-status', path: '/health', status: 404, wanted: 200 }],
    [{ unanswered: 'ECONNREFUSED' }, { kind: 'web-unanswered', path: '/health', broken: 'ECONNREFUSED' }],
  ])('that answers with %j proves nothing, however well PHP is', async (answer, reason) => {
    const { run } = await withWeb(() => answer);
    expect(await failure(prove(run, 1, meant))).toMatchObject({ code: 'replica-unproven', facts: { reason } });
  });

  test.each([
    [503, 'proves'],
    [502, 'replica-unproven'],
  ])('that answers with %d while the site is in maintenance: %s', async (status, outcome) => {
    const { run } = await withWeb(() => ({ status }));
    await run.ports.files.write(run.paths.maintenance, '', { mode: 0o644 });
    expect(
      await prove(run, 1, meant).then(
        () => 'proves',
        error => error.code,
      ),
    ).toBe(outcome);
  });
});

const UNOPENED = 'Unable to open primary script: /srv/x.php (Operation not permitted)';

test.each([
  [
    '404',
    undefined,
    { status: 404, body: 'No input file specified.\n', stderr: `PHP message: PHP Warning:  a; ${UNOPENED}` },
    UNOPENED,
  ],
  [
    '404 where that is wanted',
    { ...health, status: 404 },
    { status: 404, stderr: 'Primary script unknown' },
    'Primary script unknown',
  ],
  [
    '403',
    undefined,
    { status: 403, stderr: "Access to the script '/srv/x.inc' has been denied (see security.limit_extensions)" },
    "Access to the script '/srv/x.inc' has been denied (see security.limit_extensions)",
  ],
])("PHP-FPM's own %s for a script that it could not open is no proof", async (_, wanted, answer, said) => {
  const { run } = await scene(() => answer, { health: wanted });
  const path = wanted?.path ?? '/';
  expect(await failure(prove(run, 1, meant))).toMatchObject({
    facts: { reason: { kind: 'unopened', path, status: answer.status, said } },
  });
});

test("PHP-FPM's own answer is known by its body where PHP says nothing beside its answers", async () => {
  const made = await scene(() => ({ status: 404, body: 'No input file specified.\n' }), { health: undefined });
  const { http } = shopSite('[listen]\nhttp = 127.0.0.1:8080\n').listen;
  const site = { ...made.run.site, listen: { ...made.run.site.listen, http } };
  expect(await failure(prove({ ...made.run, site }, 1, meant))).toMatchObject({
    facts: { reason: { kind: 'unopened', path: '/', status: 404, said: '' } },
  });
});

test('a 404 of the script is a good answer without [health], whatever it says and logs', async () => {
  const stderr = 'PHP message: Primary script unknown; PHP message: no page';
  const { run } = await scene(() => ({ status: 404, body: 'File not found.\n', stderr }), { health: undefined });
  await prove(run, 1, meant);
});

test('the error that ended the script is told, rather than what came before it', async () => {
  const { run } = await scene(() => ({ status: 500, stderr: `PHP message: PHP Warning:  first; ${FATAL}` }));
  expect(await failure(prove(run, 1, meant))).toMatchObject({
    facts: { php: 'PHP Fatal error:  Uncaught Error: no database in /srv/x.php:1' },
  });
});

test('a warning or a notice beside a good answer is no complaint', async () => {
  const { run } = await scene(() => ({ stderr: 'PHP message: PHP Warning:  old; PHP message: not a fatal error' }));
  await prove(run, 1, meant);
});

test('no answer in the little time that is left in the end does not hide how it answered before', async () => {
  let asked = 0;
  const { run } = await scene(() => (++asked < 9 ? { status: 500 } : late()));
  expect(await failure(prove(run, 1, meant))).toMatchObject({
    facts: { reason: { kind: 'status', path: '/health', status: 500, wanted: 200 } },
  });
  expect(asked).toBe(10);
});

test('a replica that does not answer is told to be late', async () => {
  const { run } = await scene(late);
  expect(await failure(prove(run, 1, meant))).toMatchObject({
    facts: { reason: { kind: 'unanswered', path: '/health', broken: undefined } },
  });
});

test('a replica that does not answer in time is told with the error that it has logged', async () => {
  const made = await scene(late);
  made.logs([[-5, 'NOTICE: PHP message: PHP Fatal error:  Allowed memory size exhausted']]);
  expect(await failure(prove(made.run, 1, meant))).toMatchObject({
    facts: { reason: { kind: 'unanswered' }, php: 'PHP Fatal error:  Allowed memory size exhausted' },
  });
  made.commands.programs.set('journalctl', () => ({ status: '1', output: 'no journal' }));
  const unread = await failure(prove(made.run, 1, meant));
  expect(unread).toMatchObject({ facts: { reason: { kind: 'unanswered' } } });
  expect(unread).not.toMatchObject({ facts: { php: expect.any(String) } });
});

test('what a request that hangs has started is told with it', async () => {
  const { run, systemd, processes } = await scene(late);
  const { mainPid } = await systemd.unit(UNIT);
  processes.set(mainPid, { pid: 77, name: 'sendmail', words: ['/usr/sbin/sendmail', '-t', '-i'] });
  const error = await failure(prove(run, 1, meant));
  expect(error).toMatchObject({
    facts: { reason: { kind: 'unanswered', processes: [{ pid: 77, command: '/usr/sbin/sendmail' }] } },
  });
});

test('a replica that fails at first and then is well in time is proven, whatever it logged about it', async () => {
  let asked = 0;
  const made = await scene(() => (++asked < 3 ? { status: 500, stderr: FATAL } : {}));
  made.logs([[100, `NOTICE: ${FATAL.split('\n')[0]}`]]);
  await prove(made.run, 1, meant);
  expect(asked).toBe(4);
});

test('without [health] a fatal error behind an answer is a complaint too', async () => {
  const { run } = await scene(() => ({ status: 404, stderr: FATAL }), { health: undefined });
  expect(await failure(prove(run, 1, meant))).toMatchObject({
    facts: { reason: { kind: 'ended', path: '/', status: 404 } },
  });
});

test('a request of health has the headers that the site file says', async () => {
  let host: string | undefined;
  const headers = new Map([['Host', 'shop.example.com']]);
  const { run } = await scene(
    request => {
      host = request.headers.get('Host');
      return {};
    },
    { health: { ...health, headers } },
  );
  await prove(run, 1, meant);
  expect(host).toBe('shop.example.com');
});

test.each([
  ['after an answer was given', [50, 'NOTICE: PHP message: PHP Fatal error:  Allowed memory size exhausted']],
  ['to php://stderr', [50, 'PHP Fatal error:  Allowed memory size exhausted']],
  [
    'while it started',
    [-5, '[22-Nov-2026 22:37:01] NOTICE: PHP message: PHP Fatal error:  Allowed memory size exhausted'],
  ],
] as const)('a fatal error that is logged %s fails the proof', async (_, entry) => {
  const made = await scene(well);
  made.logs([[10, 'NOTICE: PHP message: all is well'], entry]);
  expect(await failure(prove(made.run, 1, meant))).toMatchObject({
    code: 'replica-unproven',
    facts: { replica: 1, reason: { kind: 'logged', error: 'PHP Fatal error:  Allowed memory size exhausted' } },
  });
});

test('a child that crashed fails the proof', async () => {
  const made = await scene(well);
  made.logs([
    [50, '[22-Nov-2026] WARNING: [pool shop] child 53 exited on signal 11 (SIGSEGV) after 1.2 seconds from start'],
  ]);
  expect(await failure(prove(made.run, 1, meant))).toMatchObject({
    facts: { reason: { kind: 'logged', error: 'child 53 exited on signal 11 (SIGSEGV) after 1.2 seconds from start' } },
  });
});

test('the log is asked for this start alone, after all of it is written', async () => {
  const made = await scene(well);
  let isWhole = false;
  made.log.onSync = () => {
    isWhole = true;
  };
  const asked: (readonly [boolean, string | undefined])[] = [];
  made.commands.programs.set('journalctl', ({ args }) => {
    asked.push([isWhole, args[0]]);
    return BEGINNING;
  });
  await prove(made.run, 1, meant);
  const { invocationId } = await made.systemd.unit(UNIT);
  const ofStart = [true, `_SYSTEMD_INVOCATION_ID=${invocationId}`];
  expect(asked).toEqual([ofStart, ofStart]);
});

test('of its log no more is read than a few errors, however many there are, and when they came only where there are any', async () => {
  const made = await scene(well);
  made.logs([[5, 'PHP Fatal error:  Uncaught Error in index.php:1']]);
  await failure(prove(made.run, 1, meant));
  const [first, begun, ...asked] = made.commands.runs.map(({ args }) => args);
  expect(begun).toContain('--lines=1');
  const activeSince = '@1000.000000';
  expect(first).toContain('--lines=20');
  expect(first?.filter(arg => /^--(since|until)=/.test(arg))).toEqual([]);
  expect(asked).toEqual([
    expect.arrayContaining(['--until=@999.999999', '--lines=20']),
    expect.arrayContaining([`--since=${activeSince}`, '--lines=20']),
  ]);
});

test('a body on which the pattern takes for ever is no proof, and costs no more than a moment', async () => {
  const { run } = await scene(() => ({ body: `${'a'.repeat(50)}b` }), { health: { ...health, body: /^(a+)+$/ } });
  const from = performance.now();
  expect(await failure(prove(run, 1, meant))).toMatchObject({
    facts: { reason: { kind: 'body-late', path: '/health', wanted: '/^(a+)+$/' } },
  });
  expect(performance.now() - from).toBeLessThan(10_000);
});

const NOTHING = [
  ['finds nothing', { status: '1', output: '' }],
  ['says nothing', ''],
] as const;

test.each(NOTHING)(
  'a journalctl that %s of a start that systemd tells of has no log without errors, but none',
  async (_, said) => {
    const made = await scene(well);
    const { invocationId } = await made.systemd.unit(UNIT);
    const ofStart = [`INVOCATION_ID=${invocationId}`, '_PID=1'];
    made.commands.programs.set('journalctl', ({ args }) =>
      ofStart.every(match => args.includes(match)) ? 'Starting php-zd-fpm-shop@1.service...\n' : said,
    );
    expect(await failure(prove(made.run, 1, meant))).toMatchObject({
      code: 'replica-unproven',
      facts: { replica: 1, reason: { kind: 'no-log' } },
    });
  },
);

test.each(NOTHING)(
  'a journalctl that %s of the start either is of a host that keeps no log, and fails no proof',
  async (_, said) => {
    const made = await scene(well);
    made.commands.programs.set('journalctl', () => said);
    made.commands.programs.set('logger', () => '');
    made.commands.programs.set('systemctl', () => 'LogLevelMax=-1\n');
    await prove(made.run, 1, meant);
  },
);

test.each([
  ['-1', 'no-log'],
  ['6', 'no-log'],
  ['5', undefined],
])(
  'where the journal keeps what it is told, and nothing of a start with LogLevelMax=%s, that is %s',
  async (level, kind) => {
    const made = await scene(well);
    const kept: string[] = [];
    made.commands.programs.set('logger', ({ args }) => String(kept.push(args.at(-1) ?? '')));
    made.commands.programs.set('systemctl', () => `LogLevelMax=${level}\n`);
    made.commands.programs.set('journalctl', ({ args }) => (args.includes('_UID=0') ? kept.join('\n') : ''));
    const proof = prove(made.run, 1, meant);
    if (kind === undefined) return await proof;
    expect(await failure(proof)).toMatchObject({ code: 'replica-unproven', facts: { reason: { kind } } });
    expect(kept).toEqual([
      expect.stringMatching(/^The journal has nothing of the start \S+ of php-zd-fpm-shop@1\.service\.$/),
    ]);
  },
);

test('a file of the journal that goes away while it is opened is no reason against a replica, unless that goes on', async () => {
  const made = await scene(well);
  const output =
    'An error was encountered while opening journal file or directory /var/log/journal/1/x, ignoring file: No such file';
  let times = 0;
  const gone = (most: number) => () => {
    times++;
    return times > most ? BEGINNING : { status: '1', output };
  };
  made.commands.programs.set('journalctl', gone(2));
  await prove(made.run, 1, meant);
  made.commands.programs.set('journalctl', gone(1_000));
  times = 0;
  expect(await failure(prove(made.run, 1, meant))).toMatchObject({ facts: { reason: { kind: 'unread-log' } } });
});

test('a log with nothing but the first line of PHP-FPM is one without errors', async () => {
  const made = await scene(well);
  made.logs([]);
  await prove(made.run, 1, meant);
  expect(made.commands.runs).toHaveLength(2);
});

test('an error counts however often the site then says to syslog what PHP-FPM says first', async () => {
  const made = await scene(well);
  const said = Array.from({ length: 25 }, () => [6, BEGINNING.trim(), 'syslog'] as const);
  made.logs([[5, 'PHP Fatal error:  Uncaught Error in index.php:1'], ...said]);
  expect(await failure(prove(made.run, 1, meant))).toMatchObject({ facts: { reason: { kind: 'logged' } } });
});

test('a site that says to syslog what PHP-FPM says first has no log for that', async () => {
  const made = await scene(well);
  made.commands.programs.set('journalctl', ({ args }) =>
    args.includes('_TRANSPORT=stdout') ? '' : args.includes('_PID=1') ? 'Starting php-zd-fpm-shop@1.service...\n' : '',
  );
  expect(await failure(prove(made.run, 1, meant))).toMatchObject({ facts: { reason: { kind: 'no-log' } } });
});

test.each([
  ['is not there', { status: 'ENOENT', output: '' }],
  ['finds more than can be read', { status: 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER', output: '' }],
  ['takes too long', { status: 'no end after 30000 ms', output: '' }],
  ['says why', { status: '1', output: 'Failed to open files' }],
])('a journalctl that %s is no log without errors', async (_, result) => {
  const made = await scene(well);
  made.commands.programs.set('journalctl', () => result);
  const said = [result.status, result.output].filter(Boolean).join(': ');
  expect(await failure(prove(made.run, 1, meant))).toMatchObject({
    code: 'replica-unproven',
    facts: { replica: 1, reason: { kind: 'unread-log', said } },
  });
});

test('a fatal error that is logged after the wall clock was set back is found', async () => {
  const made = await scene(well);
  const asked: string[] = [];
  made.commands.programs.set('journalctl', ({ args }) => {
    const since = args.filter(arg => arg.startsWith('--since='));
    asked.push(...since);
    return args.some(arg => /^--(since|until)/.test(arg)) ? '' : 'PHP Fatal error:  once\n';
  });
  // Between the first good answer and the last.
  made.clock.onSleep = () => {
    made.clock.onSleep = () => undefined;
    made.clock.moveWallClock(-3_600_000);
  };
  await prove(made.run, 1, meant);
  const [since = ''] = asked;
  expect(Number(since.replace('--since=@', '')) * 1000).toBeLessThanOrEqual(made.clock.now());
});

describe('a script that does not parse', () => {
  const broken = (file: string) => () => ({
    status: 500,
    stderr: `PHP message: PHP Parse error:  Unclosed '{' in ${MOUNT}/${file} on line 3`,
  });
  const inTime = async (file: string, site: Partial<SiteRun['site']> = {}) => {
    const made = await scene(broken(file));
    const error = await failure(prove({ ...made.run, site: { ...made.run.site, ...site } }, 1, meant));
    expect(error).toMatchObject({
      facts: { reason: { kind: 'status', status: 500 }, php: expect.stringContaining('Parse error') },
    });
    return made.clock.now() - 1_000_000;
  };

  test('ends the proof at once: a release does not change', async () => {
    expect(await inTime('public/index.php')).toBe(0);
  });

  test.each<[string, Partial<SiteRun['site']>]>([
    ['[writable]', { writable: ['var/cache'] }],
    ['[shared]', { shared: new Map([['var', '/srv/shop/shared/var']]) }],
    ['a release that PHP may write', { access: 'read-write' }],
  ])('and lies in %s is asked for again, since the site itself may just be writing it', async (_, site) => {
    expect(await inTime('var/cache/template.php', site)).toBeGreaterThanOrEqual(900);
  });
});
