import { expect, test } from 'vitest';
import { PhpZdError } from '../../../src/base/errors.ts';
import type { FpmRequest } from '../../../src/ports/php-fpm.ts';
import { warm } from '../../../src/run/proof/warm-up.ts';
import { failure } from '../../fakes/failure.ts';
import type { FakeScript } from '../../fakes/fake-php-fpm.ts';
import { INDEX, MOUNT, OPCACHE, ProofScene } from './proof-scene.ts';

const json = (value: unknown) => ({ body: JSON.stringify(value) });
const scriptsOf = ({ body }: FpmRequest): string[] => JSON.parse(body ?? '');
const inRelease = (...names: readonly string[]) => names.map(name => `${MOUNT}/${name}`);

/** OPcache of a replica: what it lists; and it compiles all but what ends the request, or cannot be compiled beside others. */
const fakeOpcache = (listed: unknown, broken: readonly string[] = []) => {
  const cached = new Set<string>();
  const batches: number[] = [];
  const script: FakeScript = request => {
    if (request.method === 'GET') return json(listed);
    const scripts = scriptsOf(request);
    batches.push(scripts.length);
    const fatal = scripts.findIndex(each => each.endsWith('/fatal.php'));
    const tried = fatal < 0 ? scripts : scripts.slice(0, fatal + 1);
    const failed = tried.filter(each => each.endsWith('/fatal.php') || (broken.includes(each) && scripts.length > 1));
    for (const each of tried) if (!failed.includes(each)) cached.add(each);
    return json({ compiled: tried.length - failed.length, missing: 0, failed });
  };
  return { script, cached, batches };
};

test('each path is asked as often as it should be, as the web server would ask it', async () => {
  const scene = new ProofScene({ warmup: { paths: ['/', '/cart?x=1'], count: 3 } });
  const asked: FpmRequest[] = [];
  scene.serve(1, {
    [INDEX]: request => {
      asked.push(request);
      return {};
    },
  });
  await warm(scene.run, 1);
  expect(asked.map(({ uri }) => uri).sort()).toEqual(['/', '/', '/', '/cart?x=1', '/cart?x=1', '/cart?x=1']);
  expect(asked[0]).toEqual({
    scriptFilename: INDEX,
    documentRoot: `${MOUNT}/public`,
    uri: '/',
    method: 'GET',
    url: { scheme: 'http', host: 'localhost', port: 80 },
    params: new Map(),
    headers: new Map([
      ['Host', 'localhost'],
      ['User-Agent', 'php-zd'],
    ]),
  });
  expect(scene.events).toEqual([{ kind: 'warmed', slot: 1, requests: 6, scripts: 0, ms: 0 }]);
});

test('a site without [warmup], and without OPcache, tells nothing', async () => {
  const scene = new ProofScene({ warmup: { opcache: true } });
  scene.serve(1, {});
  scene.serve(2, { [OPCACHE]: () => json([]) });
  await warm(scene.run, 1);
  expect(scene.events).toEqual([]);
});

const FATAL = 'PHP message: PHP Fatal error:  no cart';

test.each([
  ['a 500', () => ({ status: 500 }), { kind: 'status', path: '/cart', status: 500, php: undefined }],
  [
    'a fatal error',
    () => ({ stderr: FATAL }),
    { kind: 'status', path: '/cart', status: 200, php: 'PHP Fatal error:  no cart' },
  ],
  [
    'no answer',
    () => Promise.reject(new PhpZdError('fastcgi-broken', { socket: '/x', reason: 'ECONNRESET' })),
    { kind: 'unanswered', path: '/cart', broken: 'ECONNRESET' },
  ],
  [
    'an answer too late',
    () => Promise.reject(new PhpZdError('deadline', { what: 'x', ms: 1 })),
    { kind: 'unanswered', path: '/cart', broken: undefined },
  ],
] as const)('%s fails a warm-up that is required', async (_, answer, reason) => {
  const scene = new ProofScene({ warmup: { paths: ['/cart'], count: 9, concurrency: 1, isRequired: true } });
  let asked = 0;
  scene.serve(1, {
    [INDEX]: () => {
      asked += 1;
      return answer();
    },
  });
  const error = await failure(warm(scene.run, 1));
  expect(error).toMatchObject({ code: 'warmup-failed', facts: { replica: 1, path: '/cart', reason } });
  expect([asked, scene.events]).toEqual([1, []]);
});

test('a warm-up that is not required goes on, and tells of the first failure and how many there were', async () => {
  const scene = new ProofScene({ warmup: { paths: ['/', '/cart', '/x'], count: 2 } });
  scene.serve(1, { [INDEX]: ({ uri }) => (uri === '/' ? {} : { status: 502 }) });
  await warm(scene.run, 1);
  expect(scene.events).toMatchObject([
    {
      kind: 'warmup-failed',
      slot: 1,
      error: {
        code: 'warmup-failed',
        facts: { replica: 1, path: '/cart', reason: { kind: 'status', status: 502 }, failures: 4 },
      },
    },
    { kind: 'warmed', requests: 2 },
  ]);
});

test('a status below 500 is an answer: the path may want a login', async () => {
  const scene = new ProofScene({ warmup: { paths: ['/account'], isRequired: true } });
  scene.serve(1, { [INDEX]: () => ({ status: 403 }) });
  await warm(scene.run, 1);
  expect(scene.events).toMatchObject([{ kind: 'warmed', requests: 1 }]);
});

test('what there is no time for is not asked', async () => {
  const scene = new ProofScene({ warmup: { paths: ['/'], count: 3, concurrency: 1, deadlineMs: 1_000 } });
  scene.serve(1, {
    [INDEX]: () => {
      scene.clock.advance(600);
      return {};
    },
  });
  await warm(scene.run, 1);
  expect(scene.events).toMatchObject([
    { kind: 'warmup-failed', error: { facts: { reason: { kind: 'unasked', path: '/' }, failures: 1 } } },
    { kind: 'warmed', requests: 2 },
  ]);
});

test('the scripts of the release that a serving replica uses are compiled in the new one, before its requests', async () => {
  const scene = new ProofScene({ warmup: { paths: ['/'], opcache: true } });
  const used = inRelease('index.php', 'lib/a.php');
  const opcache = fakeOpcache([]);
  let cachedAtRequest = 0;
  scene.serve(2, { [OPCACHE]: fakeOpcache([...used, OPCACHE, '/srv/other/x.php']).script });
  scene.serve(1, {
    [OPCACHE]: opcache.script,
    [INDEX]: () => {
      cachedAtRequest = opcache.cached.size;
      return {};
    },
  });
  await warm(scene.run, 1);
  expect([...opcache.cached]).toEqual(used);
  expect(cachedAtRequest).toBe(2);
  expect(scene.events).toEqual([{ kind: 'warmed', slot: 1, requests: 1, scripts: 2, ms: 0 }]);
});

test('twenty thousand scripts are compiled in many small requests', async () => {
  const scene = new ProofScene({ warmup: { opcache: true } });
  const used = inRelease(...Array.from({ length: 20_000 }, (_, index) => `lib/${index}.php`));
  const opcache = fakeOpcache([]);
  scene.serve(2, { [OPCACHE]: fakeOpcache(used).script });
  scene.serve(1, { [OPCACHE]: opcache.script });
  await warm(scene.run, 1);
  expect([opcache.cached.size, Math.max(...opcache.batches)]).toEqual([20_000, 100]);
});

test('a script whose error ends the request is passed over, and the others are compiled', async () => {
  const scene = new ProofScene({ warmup: { opcache: true } });
  const opcache = fakeOpcache([]);
  scene.serve(2, { [OPCACHE]: fakeOpcache(inRelease('a.php', 'fatal.php', 'b.php', 'c.php')).script });
  scene.serve(1, { [OPCACHE]: opcache.script });
  await warm(scene.run, 1);
  expect([...opcache.cached]).toEqual(inRelease('a.php', 'b.php', 'c.php'));
  expect(scene.events).toMatchObject([{ kind: 'warmed', scripts: 3 }]);
});

test('a script that cannot be compiled beside another is compiled alone', async () => {
  const scene = new ProofScene({ warmup: { opcache: true } });
  const opcache = fakeOpcache([], inRelease('b.php'));
  scene.serve(2, { [OPCACHE]: fakeOpcache(inRelease('a.php', 'b.php')).script });
  scene.serve(1, { [OPCACHE]: opcache.script });
  await warm(scene.run, 1);
  expect([opcache.batches, opcache.cached.size]).toEqual([[2, 1], 2]);
});

test.each([
  ['does not have the script of an older php-zd', () => ({ status: 404, body: 'File not found.\n' })],
  ['says something else first', () => ({ body: 'Hello []' })],
  ['is too busy', () => Promise.reject(new PhpZdError('deadline', { what: 'x', ms: 1 }))],
] as const)('a serving replica that %s leaves nothing to compile', async (_, answer) => {
  const scene = new ProofScene({ warmup: { opcache: true } });
  scene.serve(2, { [OPCACHE]: answer });
  scene.serve(1, {});
  await warm(scene.run, 1);
  expect(scene.events).toEqual([]);
});

test.each([
  ['fewer scripts than none', { compiled: -1, missing: 2, failed: [] }],
  ['a part of a script', { compiled: 0.001, missing: 0, failed: [] }],
  ['more scripts than it was asked for', { compiled: 1_000_000, missing: 0, failed: [] }],
  ['more failures than it was asked for', { compiled: 0, missing: 0, failed: Array(200_000).fill('/x.php') }],
  ['a text for a number', { compiled: '1', missing: 0, failed: [] }],
])('a new replica that says that it compiled %s is not believed', async (_, answer) => {
  const scene = new ProofScene({ warmup: { opcache: true } });
  scene.serve(2, { [OPCACHE]: fakeOpcache(inRelease('a.php')).script });
  scene.serve(1, { [OPCACHE]: () => json(answer) });
  await warm(scene.run, 1);
  expect(scene.events).toMatchObject([{ kind: 'warmup-failed' }]);
});

test('nobody who serves, or a balancer that does not know the site, leaves nothing to compile', async () => {
  const scene = new ProofScene({ warmup: { opcache: true } });
  scene.balancer.mark('shop', '2', false);
  await warm(scene.run, 1);
  scene.balancer.configure('shop', []);
  scene.balancer.unreachable();
  await warm(scene.run, 1);
  expect(scene.events).toEqual([]);
});

test('a new replica that cannot compile is told of, and asked its paths all the same', async () => {
  const scene = new ProofScene({ warmup: { paths: ['/'], opcache: true, isRequired: true } });
  scene.serve(2, { [OPCACHE]: fakeOpcache(inRelease('a.php')).script });
  scene.serve(1, { [OPCACHE]: () => ({ status: 502 }), [INDEX]: () => ({}) });
  await warm(scene.run, 1);
  expect(scene.events).toMatchObject([
    {
      kind: 'warmup-failed',
      slot: 1,
      error: { facts: { path: OPCACHE, reason: { kind: 'scripts-status', script: OPCACHE, status: 502 } } },
    },
    { kind: 'warmed', requests: 1, scripts: 0 },
  ]);
});

test.each(['{"compiled":1}', '{"compiled":"1","missing":0,"failed":[]}', '[1]', 'Hello [', ''])(
  'a new replica whose answer to it is %j has compiled nothing that is known',
  async body => {
    const scene = new ProofScene({ warmup: { opcache: true } });
    scene.serve(2, { [OPCACHE]: fakeOpcache(inRelease('a.php')).script });
    scene.serve(1, { [OPCACHE]: () => ({ body }) });
    await warm(scene.run, 1);
    expect(scene.events[0]).toMatchObject({ kind: 'warmup-failed', error: { facts: { path: OPCACHE } } });
  },
);

test.each(['{"0":"/srv/shop/live/a.php"}', '[{"full_path":"a.php"}]', 'Hello ['])(
  'a serving replica whose answer is %j has no list of scripts',
  async body => {
    const scene = new ProofScene({ warmup: { opcache: true } });
    scene.serve(2, { [OPCACHE]: () => ({ body }) });
    await warm(scene.run, 1);
    expect(scene.events).toEqual([]);
  },
);

test('compiling leaves time for the requests', async () => {
  const scene = new ProofScene({ warmup: { paths: ['/'], opcache: true, concurrency: 1, deadlineMs: 1_000 } });
  const opcache = fakeOpcache([]);
  scene.serve(2, { [OPCACHE]: fakeOpcache(inRelease(...Array.from({ length: 900 }, (_, n) => `${n}.php`))).script });
  scene.serve(1, {
    [OPCACHE]: (request, finish) => {
      scene.clock.advance(300);
      return opcache.script(request, finish);
    },
    [INDEX]: () => ({}),
  });
  await warm(scene.run, 1);
  expect(scene.events).toMatchObject([
    { kind: 'warmup-failed', error: { facts: { reason: { kind: 'scripts-late', compiled: 200, scripts: 900 } } } },
    { kind: 'warmed', requests: 1, scripts: 200, ms: 600 },
  ]);
});
