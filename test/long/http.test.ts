import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { isLost } from '../load/report.ts';
import { underLoad } from '../load/start.ts';
import { writeConfig } from '../scene/configure.ts';
import { curl, tellAt } from '../scene/curl.ts';
import { msOfCutByte } from '../scene/cut-answers.ts';
import { expectNothingLost, expectServing } from '../scene/expect.ts';
import { held } from '../scene/held-requests.ts';
import { killRollAlone } from '../scene/killed-roll.ts';
import { expectNextRoll } from '../scene/mid-roll.ts';
import { onEachSuite, type Scene } from '../scene/scene.ts';
import { standProof } from '../scene/stand.ts';

const PORT = 8080;
const URL_OF_SITE = `http://127.0.0.1:${PORT}/`;
const LOAD = {
  url: URL_OF_SITE,
  fast: 3,
  post: 2,
  after: 1,
  slow: 2,
  slowSeconds: 0.4,
  afterSeconds: 0.3,
  pauseMs: 10,
};
const PAGE = '<h1>Back at four</h1>';
const UNIT = 'php-zd-http@shop.service';
const MOUNT = '/srv/shop/releases/.shop.live/public';
const BIG = 40_000_000;
/** What means something to HAProxy, as it stands. */
const ODD = "50% of $x's [path] \\ %[src]";

/** Tells what it was asked; anything else is the site of all tests. */
const INDEX = await readFile(new URL('../lab/site/index.php', import.meta.url), 'utf8');
const TELLING = `<?php
if (isset($_GET['tell'])) {
    header('X-Odd: a b');
    http_response_code((int) ($_GET['code'] ?? 200));
    $body = hash_init('sha256'); $bytes = 0;
    for ($in = fopen('php://input', 'rb'); !feof($in); $bytes += strlen($read)) hash_update($body, $read = fread($in, 65536));
    exit(json_encode(['bytes' => $bytes, 'hash' => hash_final($body)] + $_SERVER));
}
if (isset($_GET['big'])) { for ($n = 0; $n < (int) $_GET['big']; $n += 65536) echo str_repeat('a', 65536); exit; }
if (isset($_GET['headers'])) {
    for ($n = 0; $n < (int) $_GET['headers']; $n += 1) header("X-H$n: " . str_repeat('h', 900));
    echo str_repeat('b', (int) ($_GET['body'] ?? 0)); flush(); usleep((int) ($_GET['us'] ?? 0)); exit;
}
if (isset($_GET['dies'])) posix_kill(getmypid(), 9);
for ($n = 0; $n < (int) ($_GET['logs'] ?? 0); $n += 1) error_log("logged $n " . str_repeat('a', 900));
?>${INDEX}`;

onEachSuite('http', {}, scene => {
  beforeAll(async () => {
    await scene().site.flip(
      await scene().site.release({ 'public/index.php': TELLING, 'public/other.php': '<?php echo 1;' }),
    );
    await reach(scene(), {}, { 'param[ODD]': ODD });
  });
  describe('a request over HTTP', () => describeRequests(scene));
  describe('a site that is reached over HTTP', () => describeRolls(scene));
  describe('where the site file says', () => describePlaces(scene));
});

const reach = async (scene: Scene, listen: Readonly<Record<string, string>> = {}, site = {}): Promise<void> => {
  await writeConfig(scene, { site, listen: { http: `*:${PORT}`, edge: 'headers', edge_from: '127.0.0.1', ...listen } });
  await scene.site.roll();
};

const tell = (scene: Scene, path: string, ...args: readonly string[]) =>
  tellAt(scene, `http://127.0.0.1:${PORT}${path}`, ...args);

const header = (text: string) => ['--header', text];
const COMMON = { SCRIPT_FILENAME: `${MOUNT}/index.php`, SCRIPT_NAME: '/index.php', DOCUMENT_ROOT: MOUNT };

/** What php-zd.ini(5) says of the request line with all headers, and of the URL in it; and by how much a bound may be passed unseen. */
const MOST_HEAD = 24_000;
const MOST_URL = 16_000;
const MARGIN = 600;

/** Requests whose head, or URL, has exactly so many bytes, as arguments of curl. */
const HEADS: readonly (readonly [string, number, (bytes: number) => readonly string[]])[] = [
  ['path', MOST_URL, bytes => [urlOf(`/${'a'.repeat(bytes - 6)}?tell`)]],
  ['query', MOST_URL, bytes => [urlOf(`/?tell&${'a'.repeat(bytes - 7)}`)]],
  ['cookie', MOST_HEAD, bytes => headOf('/?tell', bytes, ['Cookie: a='])],
  ['one header', MOST_HEAD, bytes => headOf('/?tell', bytes, ['X-A: '])],
  [
    'many headers',
    MOST_HEAD,
    bytes =>
      headOf(
        '/?tell',
        bytes,
        Array.from({ length: 90 }, (_, n) => `X-${n}: `),
      ),
  ],
  [
    'query, cookie and header',
    MOST_HEAD,
    bytes => headOf(`/?tell&${'a'.repeat(8_000)}`, bytes, ['Cookie: a=', 'X-A: ']),
  ],
  [
    'a longest query, cookie and headers',
    MOST_HEAD,
    bytes => headOf(`/?tell&${'a'.repeat(MOST_URL - 7)}`, bytes, ['Cookie: a=', 'X-A: ', 'X-B: ']),
  ],
];
const urlOf = (path: string) => `http://127.0.0.1:${PORT}${path}`;

/** The begins of headers, made so long that the head has so many bytes. */
const headOf = (path: string, bytes: number, begins: readonly string[]): readonly string[] => {
  const line = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${PORT}\r\n\r\n`;
  const left = bytes - line.length - begins.reduce((sum, begin) => sum + begin.length + 2, 0);
  const each = Math.floor(left / begins.length);
  const long = begins.map((begin, n) => `${begin}${'a'.repeat(n === 0 ? left - each * (begins.length - 1) : each)}`);
  return [...['User-Agent:', 'Accept:', ...long].flatMap(header), urlOf(path)];
};

function describeRequests(scene: () => Scene): void {
  test.each([
    [
      '/?tell&a=1',
      [],
      { QUERY_STRING: 'tell&a=1', REQUEST_METHOD: 'GET', REMOTE_ADDR: '127.0.0.1', SERVER_PORT: String(PORT) },
    ],
    ['/a%20b/c?tell', [], { REQUEST_URI: '/a%20b/c?tell', REQUEST_SCHEME: 'http', HTTP_HOST: `127.0.0.1:${PORT}` }],
    ['/index.php/a%20b?tell', [], { PATH_INFO: '/a b', REQUEST_URI: '/index.php/a%20b?tell' }],
    ['/other.php?tell', [], { REQUEST_URI: '/other.php?tell' }],
    ['/../../etc/passwd?tell', [], { REQUEST_URI: '/../../etc/passwd?tell' }],
    ['/.git/config?tell', [], { REQUEST_URI: '/.git/config?tell' }],
    ['/RELEASE?tell', [], { REQUEST_URI: '/RELEASE?tell' }],
    ['/?tell', header('X-Forwarded-For: 203.0.113.9, 198.51.100.7'), { REMOTE_ADDR: '198.51.100.7' }],
    ['/?tell', header('X-Forwarded-For: 203.0.113.9, [2001:db8::1]:44'), { REMOTE_ADDR: '2001:db8::1' }],
    ['/?tell', header('X-Forwarded-Proto: https'), { HTTPS: 'on', REQUEST_SCHEME: 'https' }],
    [
      '/?tell',
      ['X-Forwarded-Proto: https', 'X-Forwarded-Proto: http'].flatMap(header),
      { REQUEST_SCHEME: 'http', SERVER_PORT: String(PORT) },
    ],
    ['/?tell', header('Authorization: Bearer a'), { HTTP_AUTHORIZATION: 'Bearer a' }],
    ['/?tell', header('Authorization: Basic YTpi'), { PHP_AUTH_USER: 'a', PHP_AUTH_PW: 'b' }],
    ['/?tell', header('Host: shop.example:81'), { SERVER_NAME: 'shop.example', HTTP_HOST: 'shop.example:81' }],
    ['/?tell', [], { ODD }],
    ['/?tell', ['--request', 'PURGE'], { REQUEST_METHOD: 'PURGE' }],
    ['/?tell', header('Content-Type: text/plain'), { CONTENT_TYPE: 'text/plain' }],
  ] as const)('%s %j comes to the front controller as nginx would have it', async (path, args, expected) => {
    expect(await tell(scene(), path, ...args)).toMatchObject({ ...COMMON, REDIRECT_STATUS: '200', ...expected });
  });

  test('leaves behind what is no name of a header, and what would pass for another one', async () => {
    const odd = ['Proxy: http://evil', 'X_Real_IP: 1', 'X.Y: 1', 'X~Y: 1', 'Content_Length: 9', 'X-Fine: 1'];
    const told = await tell(scene(), '/?tell', ...odd.flatMap(header));
    const ours = /^HTTP_(PROXY|X_REAL_IP|X_Y|CONTENT_LENGTH|X_FINE)$/;
    expect(Object.keys(told).filter(name => ours.test(name))).toEqual(['HTTP_X_FINE']);
  });

  test('is no https, and nobody else, by the word of one who is not believed', async () => {
    const headers = ['X-Forwarded-For: 203.0.113.9', 'X-Forwarded-Proto: https'].flatMap(header);
    const { body } = await curl(scene(), ...headers, `http://127.0.0.2:${PORT}/?tell`, '--interface', '127.0.0.3');
    const told = JSON.parse(body);
    expect([told.REMOTE_ADDR, told.HTTPS]).toEqual(['127.0.0.3', undefined]);
  });

  test('has its body come whole, also a large one, one that waits for a word, and a short one in chunks', async () => {
    const { machine } = scene();
    await machine.write('/srv/big', 'b'.repeat(BIG));
    await machine.write('/srv/small', 'b'.repeat(8_192));
    const hash = (bytes: number) => ({ bytes, hash: createHash('sha256').update('b'.repeat(bytes)).digest('hex') });
    const send = (file: string, ...more: readonly string[]) =>
      tell(
        scene(),
        '/?tell',
        '--request',
        'POST',
        '--data-binary',
        `@${file}`,
        ...header('Content-Type: a/b'),
        ...more,
      );
    expect(await send('/srv/big')).toMatchObject({ ...hash(BIG), CONTENT_LENGTH: String(BIG) });
    expect(await send('/srv/small', ...header('Expect: 100-continue'))).toMatchObject(hash(8_192));
    expect(await send('/srv/small', ...header('Transfer-Encoding: chunked'))).toMatchObject(hash(8_192));
  });

  test('with a long body in chunks is refused, and leaves no child behind that waits for it', async () => {
    const long = ['--request', 'POST', '--data-binary', '@/srv/big', ...header('Transfer-Encoding: chunked')];
    for (let n = 0; n < 6; n += 1) expect((await curl(scene(), ...long, `${URL_OF_SITE}?tell`)).status).toBe(411);
    expect(await tell(scene(), '/?tell')).toMatchObject({ bytes: 0 });
  });

  test('is answered as PHP answers: status, headers, nothing behind HEAD, and a large body', async () => {
    const { machine } = scene();
    expect((await curl(scene(), `${URL_OF_SITE}?tell&code=418`)).status).toBe(418);
    const head = await machine.run('curl', '--silent', '--head', `${URL_OF_SITE}?tell`);
    expect(head).toMatch(/^HTTP\/1.1 200 .*\r\n(.*\r\n)*x-odd: a b\r\n/i);
    expect(head.split('\r\n\r\n')[1]).toBe('');
    const size = await machine.run('sh', '-c', `curl --silent '${URL_OF_SITE}?big=${BIG}' | wc --bytes`);
    expect(Number(size)).toBeGreaterThanOrEqual(BIG);
  });

  test('that is none has status 400, and a child that dies is 502 to its visitor', async () => {
    const { machine } = scene();
    for (const line of ['Bad header', `Content-Length: ${2n ** 64n}`, `Content-Length: ${2n ** 63n - 1n}`]) {
      // Of a body that does not come the client's end would be the end.
      const raw = `{ printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\n${line}\\r\\n\\r\\n'; sleep 1; } | socat -t 2 - TCP:127.0.0.1:${PORT}`;
      expect([line, (await machine.ask('sh', '-c', raw)).stdout]).toEqual([
        line,
        expect.stringMatching(/^HTTP\/1.. 400 /),
      ]);
    }
    expect((await curl(scene(), `${URL_OF_SITE}%00?tell`)).status).toBe(400);
    expect((await curl(scene(), `${URL_OF_SITE}?dies`)).status).toBe(502);
  });

  // PHP writes them in parts of 8 KB, of which HAProxy before 2.6.14 dies (facts.md N136).
  test('is answered with headers of 15 KB, and with 502 where there are more, and nobody else is cut off', async () => {
    const { machine } = scene();
    const slow = curl(scene(), `${URL_OF_SITE}?headers=12&body=4096&us=3000000`);
    const ask = (query: string) =>
      `seq 100 | xargs -P 8 -I N curl --silent --output /dev/null --request POST --write-out '%{http_code}\\n' '${URL_OF_SITE}?n=N&headers=${query}' | sort | uniq -c`;
    for (const [query, status] of [
      ['9', 200],
      ['12&body=3000', 200],
      ['12&body=5000', 200],
      ['16&body=100000', 200],
      ['30', 502],
    ] as const)
      expect([query, (await machine.run('sh', '-c', ask(query))).trim()]).toEqual([query, `100 ${status}`]);
    expect(await slow).toMatchObject({ status: 200, body: 'b'.repeat(4096) });
    expect(await machine.run('systemctl', 'show', '--property=NRestarts', '--value', UNIT)).toBe('0\n');
  });

  test.each(HEADS)(
    'comes to PHP as long as it is bounded, and is 400 where it is longer: %s',
    async (_, most, args) => {
      const ask = async (bytes: number) => (await curl(scene(), ...args(bytes))).status;
      expect([await ask(most), await ask(most + MARGIN)]).toEqual([200, 400]);
    },
  );

  test('whose body comes in chunks is counted behind a long head too', async () => {
    await scene().machine.write('/srv/small', 'b'.repeat(8_192));
    const chunks = ['--request', 'POST', '--data-binary', '@/srv/small', ...header('Transfer-Encoding: chunked')];
    const told = await tell(scene(), '/?tell', ...chunks, ...header(`X-A: ${'a'.repeat(15_700)}`));
    expect(told).toMatchObject({ bytes: 8_192 });
  });

  test.each(['unknown', '203.0.113.9, ', '203.0.113.9, [x]:1', '203.0.113.9.1'])(
    'is 400 where the one in front says that the visitor is %j',
    async said => {
      const { status, body } = await curl(scene(), ...header(`X-Forwarded-For: ${said}`), `${URL_OF_SITE}?tell`);
      expect([status, body]).toEqual([400, 'The last value of X-Forwarded-For is no address.']);
    },
  );

  test('is answered however much PHP logs of it, and the journal has that', async () => {
    const { machine, site } = scene();
    const since = (await machine.run('date', '+%s')).trim();
    const ask = `curl --silent --output /dev/null --write-out '%{http_code}\\n' '${URL_OF_SITE}?logs=40'`;
    const statuses = await machine.run('sh', '-c', `for n in $(seq 150); do ${ask} || true; done`);
    expect(
      statuses
        .trim()
        .split('\n')
        .filter(status => status !== '200'),
    ).toEqual([]);
    const journal = ['journalctl', '--quiet', '--output=cat', `--since=@${since}`, `--unit=php-zd-fpm-${site.name}@*`];
    const [program = '', ...args] = journal;
    await machine.run('journalctl', '--sync');
    expect(await machine.run(program, ...args, '--grep=logged 39')).toContain('logged 39');
  });
}

/** Of the processor's time, for a byte that comes alone. It was more the more had come before it, up to 5 ms. */
const MOST_MS = 0.1;

function describeRolls(scene: () => Scene): void {
  test('that answers in records of one byte, and byte by byte, keeps the balancer from no other site', async () => {
    expect(await msOfCutByte(scene(), URL_OF_SITE)).toBeLessThan(MOST_MS);
    await scene().site.roll();
  });

  test.each([
    ['rolling', {}],
    ['in place', { surge: '0' }],
    ['blue-green', { strategy: 'blue-green' }],
    ['with surge', { surge: '2' }],
  ] as const)('loses nothing to a roll, %s', async (_, keys) => {
    const { machine, site } = scene();
    await reach(scene(), {}, keys);
    const old = await site.promoted();
    const next = await site.release();
    const report = await underLoad(machine, LOAD, async load => {
      await site.flip(next);
      await site.roll();
      await load.round();
    });
    expectNothingLost(report);
    expect(report.releases).toEqual([old, next]);
    await expectServing(site, next);
  });

  test('loses nothing when its HAProxy and the one behind it are reloaded, and the roll is killed', async () => {
    const { machine, site } = scene();
    const old = await site.promoted();
    const report = await underLoad(machine, LOAD, async load => {
      const stand = await standProof(scene());
      await site.flip(await site.release());
      await machine.run('systemctl', 'reload', '--no-block', 'php-zd@shop');
      await stand.reached();
      for (let n = 0; n < 5; n += 1) {
        await machine.run('systemctl', 'reload', UNIT, 'php-zd-haproxy');
        await load.round();
      }
      await killRollAlone(scene());
      await stand.open();
      await expect.poll(async () => (await site.status()).serving).toBe(2);
      await load.round();
    });
    expectNothingLost(report);
    expect(report.releases).toEqual([old]);
    await expectNextRoll(scene());
  });

  test('is held and let go, and turned away in a maintenance, as over FastCGI', async () => {
    const { machine, site } = scene();
    const window = { from: 0, to: 0 };
    const report = await underLoad(machine, LOAD, async load => {
      expect(await machine.ask('php-zd', 'hold', site.name, '--for', '60s', '--idle')).toMatchObject({ status: 0 });
      window.from = Date.now();
      await held(scene(), 4);
      await machine.run('systemctl', 'reload', UNIT, 'php-zd-haproxy');
      window.to = Date.now();
      await machine.run('php-zd', 'release-hold', site.name);
      await load.round();
    });
    expectNothingLost(report);
    expect(report.samples.filter(({ endedAt }) => endedAt > window.from && endedAt < window.to)).toEqual([]);

    await machine.write('/srv/page.html', PAGE);
    const turned = await underLoad(machine, LOAD, async load => {
      await machine.run('php-zd', 'maintenance', site.name, 'on', '--page', '/srv/page.html');
      await load.round();
      await machine.run('php-zd', 'maintenance', site.name, 'off');
      await load.round();
    });
    expect(new Set(turned.samples.filter(isLost).map(({ lost }) => lost))).toEqual(new Set([`503 ${PAGE}`]));
  });

  test('is back at once when its HAProxy is killed, and after a restart of the site', async () => {
    const { machine, site } = scene();
    await machine.run('systemctl', 'kill', '--kill-whom=all', '--signal=KILL', UNIT);
    // systemd has the socket: who comes now waits.
    expect((await curl(scene(), URL_OF_SITE)).status).toBe(200);
    await machine.run('systemctl', 'restart', 'php-zd@shop');
    expect((await curl(scene(), URL_OF_SITE)).status).toBe(200);
    await machine.run('systemctl', 'stop', 'php-zd@shop');
    expect((await curl(scene(), URL_OF_SITE)).status).toBe(0);
    await machine.run('systemctl', 'start', 'php-zd@shop');
    expect((await curl(scene(), URL_OF_SITE)).status).toBe(200);
    await expectServing(site, await site.promoted());
  });
}

function describePlaces(scene: () => Scene): void {
  test('a place that somebody has is refused with its line, and nothing that runs is touched', async () => {
    const { machine, site } = scene();
    const before = await site.status();
    await writeConfig(scene(), { listen: { http: '127.0.0.1:80' } });
    expect(await site.reload()).toMatchObject({ status: 2 });
    const { status, stderr } = await machine.ask('php-zd', 'check', site.name);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /shop\.ini:\d+: 'http' is '127\.0\.0\.1:80', and something listens at 0\.0\.0\.0:80 already/,
    );
    expect((await curl(scene(), URL_OF_SITE)).status).toBe(200);
    expect(await site.status()).toMatchObject({ generation: before.generation, serving: 2 });
  });

  test('a site is reached at a socket, by a web server with its visitors, and no more at its former place', async () => {
    const { machine, site } = scene();
    await writeConfig(scene(), { listen: { http: '/run/shop-http.sock' } });
    await site.roll();
    expect((await curl(scene(), URL_OF_SITE)).status).toBe(0);
    expect((await machine.run('stat', '--format=%G %a', '/run/shop-http.sock')).trim()).toBe('www-data 660');
    const args = ['--unix-socket', '/run/shop-http.sock', ...header('X-Forwarded-For: 192.0.2.1')];
    const release = await site.release({ 'public/index.php': TELLING });
    await site.flip(release);
    await site.roll();
    const { body } = await curl(scene(), ...args, 'http://shop.example/?tell');
    expect(JSON.parse(body)).toMatchObject({ REMOTE_ADDR: '192.0.2.1', HTTP_HOST: 'shop.example' });
  });

  test('who stands in front may use the PROXY protocol', async () => {
    const { machine } = scene();
    await reach(scene(), { edge: 'proxy-protocol' });
    const told = await tell(scene(), '/?tell', '--haproxy-protocol');
    expect(told).toMatchObject({ REMOTE_ADDR: '127.0.0.1' });
    const proxied = String.raw`printf 'PROXY TCP4 203.0.113.9 198.51.100.1 5000 443\r\nGET /?tell HTTP/1.0\r\nHost: a\r\n\r\n'`;
    const { stdout } = await machine.ask('sh', '-c', `${proxied} | socat -t 5 - TCP:127.0.0.1:${PORT}`);
    expect(JSON.parse(stdout.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      ...{ REMOTE_ADDR: '203.0.113.9', REMOTE_PORT: '5000', SERVER_PORT: '443', HTTPS: 'on' },
    });
  });

  test('nothing of it is left once the site file says nothing of it', async () => {
    const { machine, site } = scene();
    await writeConfig(scene());
    await site.roll();
    expect((await curl(scene(), URL_OF_SITE)).status).toBe(0);
    expect((await machine.ask('systemctl', 'list-units', '--plain', '--no-legend', 'php-zd-http*')).stdout).toBe('');
    expect((await machine.ask('sh', '-c', 'ls /etc/systemd/system/php-zd-http*')).status).not.toBe(0);
  });
}
