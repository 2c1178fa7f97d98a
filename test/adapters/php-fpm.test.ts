import { afterEach, describe, expect, it } from 'vitest';
import { makePhpFpm } from '../../src/adapters/php-fpm.ts';
import type { FpmRequest } from '../../src/ports/php-fpm.ts';
import { failure } from '../fakes/failure.ts';
import { end, type FakeServer, listen, pairsOf, recordsOf, stderr, stdout } from './fastcgi-server.ts';

const fpm = makePhpFpm();
const soon = { deadlineMs: 5000 };
const get: FpmRequest = {
  scriptFilename: '/srv/app/public/index.php',
  documentRoot: '/srv/app/public/',
  uri: '/health?deep=1?',
  method: 'GET',
  headers: new Map(),
};

let server: FakeServer;
let params: ReadonlyMap<string, string>;
afterEach(() => server.close());

const answering = async (...bytes: readonly Uint8Array[]) => {
  server = await listen((socket, request) => {
    params = new Map(recordsOf(request).flatMap(([type, content]) => (type === 4 ? pairsOf(content) : [])));
    socket.end(Buffer.concat([...bytes, end()]));
  });
  return server.path;
};

describe('an answer of PHP', () => {
  it.each([
    ['a status and CRLF', 'Status: 404 Not Found\r\nA: b\r\n\r\nbody', 404, { a: 'b' }, 'body'],
    ['no status, which is 200, and LF', 'A:b\nC: d:e\n\nbody\n\nmore', 200, { a: 'b', c: 'd:e' }, 'body\n\nmore'],
    ['a repeated header', 'Set-Cookie: a=1\r\nset-cookie: b=2\r\n\r\n', 200, { 'set-cookie': 'a=1, b=2' }, ''],
    ['a line that is no header', 'nonsense\r\nA: b\r\n\r\n', 200, { a: 'b' }, ''],
    ['no header at all before the blank line', '\r\n\r\nbody', 200, {}, 'body'],
  ])('with %s', async (_, text, status, headers, body) => {
    const answer = await fpm.request(await answering(stdout(text), stderr('oops')), get, soon);
    expect(answer).toEqual({ status, headers: new Map(Object.entries(headers)), body, stderr: 'oops' });
  });

  it('of bytes that are no UTF-8 is read all the same', async () => {
    const bytes = Buffer.concat([Buffer.from('A: b\r\n\r\nä'), Buffer.from([0xff, 0x00]), Buffer.from('€')]);
    expect((await fpm.request(await answering(stdout(bytes)), get, soon)).body).toBe('ä\uFFFD\0€');
  });

  it.each([
    ['without a blank line', 'Status: 200 OK\r\nA: b'],
    ['with a status that is no number', 'Status: OK\r\n\r\n'],
    ['that is empty', ''],
  ])('%s is broken', async (_, text) => {
    const socket = await answering(stdout(text));
    expect(await failure(fpm.request(socket, get, soon))).toMatchObject({
      code: 'fastcgi-broken',
      facts: { socket, reason: 'the answer has no HTTP header' },
    });
  });
});

describe('a request to PHP', () => {
  it('says what a web server says', async () => {
    const headers = new Map([
      ['Host', 'shop.example:8443'],
      ['X-Forwarded-Proto', 'https'],
      ['Content-Type', 'application/json'],
      ['Content-Length', '99'],
      ['Proxy', 'evil:1'],
    ]);
    await fpm.request(await answering(stdout('\n\n')), { ...get, method: 'POST', headers, body: '{"a":"ä"}' }, soon);
    expect(Object.fromEntries(params)).toMatchObject({
      SCRIPT_FILENAME: '/srv/app/public/index.php',
      SCRIPT_NAME: '/index.php',
      DOCUMENT_ROOT: '/srv/app/public/',
      REQUEST_URI: '/health?deep=1?',
      QUERY_STRING: 'deep=1?',
      DOCUMENT_URI: '/health',
      REQUEST_METHOD: 'POST',
      SERVER_NAME: 'shop.example',
      HTTP_HOST: 'shop.example:8443',
      HTTP_X_FORWARDED_PROTO: 'https',
      CONTENT_TYPE: 'application/json',
      CONTENT_LENGTH: '10',
    });
    expect([...params.keys()].filter(name => /PROXY|HTTP_CONTENT/.test(name))).toEqual([]);
  });

  it('for the status names its path and asks for all of it', async () => {
    await failure(fpm.status(await answering(stdout('\n\n')), soon));
    expect([params.get('SCRIPT_NAME'), params.get('QUERY_STRING')]).toEqual(['/php-zd-status', 'json&full']);
  });
});

describe('a ping', () => {
  it.each([
    ['the page of a site', 'A: b\r\n\r\nWelcome'],
    ['a 404', 'Status: 404 Not Found\r\n\r\npong'],
  ])('that is answered by %s is broken', async (_, text) => {
    const socket = await answering(stdout(text));
    expect(await failure(fpm.ping(socket, soon))).toMatchObject({
      code: 'fastcgi-broken',
      facts: { socket, reason: 'the answer is no pong' },
    });
  });
});

const HEAD =
  '{"pool":"www","process manager":"static","start time":1,"start since":34,"accepted conn":11,"listen queue":0,' +
  '"max listen queue":0,"listen queue len":0,"idle processes":1,"active processes":2,"total processes":3,' +
  '"max active processes":1,"max children reached":4,"slow requests":0, "processes":[';
const processWith = (uri: string, user = '-') =>
  '{"pid":52,"state":"Running","start time":1,"start since":30,"requests":5,"request duration":159,' +
  `"request method":"GET","request uri":"${uri}","content length":0,"user":"${user}","script":"/i.php",` +
  '"last request cpu":0.00,"last request memory":2097152}';
const counts = {
  activeProcesses: 2,
  idleProcesses: 1,
  totalProcesses: 3,
  acceptedConnections: 11,
  maxChildrenReached: 4,
  startSince: 34,
};
const child = {
  pid: 52,
  state: 'Running',
  requestMethod: 'GET',
  script: '/i.php',
  requestDurationUs: 159,
  startSince: 30,
};

describe('a status', () => {
  const statusOf = async (bytes: Uint8Array | string) =>
    fpm.status(await answering(stdout('Content-Type: application/json\r\n\r\n'), stdout(bytes)), soon);

  it('is read', async () => {
    const status = await statusOf(`${HEAD}${processWith('\\/a?\\"b\\u0001')},${processWith('-')}]}`);
    const processes = [
      { ...child, requestUri: '/a?"b\u0001' },
      { ...child, requestUri: '-' },
    ];
    expect(status).toEqual({ ...counts, processes });
  });

  it('without processes is read', async () => {
    expect(await statusOf(`${HEAD}]}`)).toEqual({ ...counts, processes: [] });
  });

  it.each([
    ['a quote', '/a?"b'],
    ['a control character', '/a\u0001\nb'],
    ['a lone backslash', '/a\\x'],
  ])('with %s in a URI, as it came, is read', async (_, uri) => {
    const status = await statusOf(`${HEAD}${processWith(uri)},${processWith('/next')}]}`);
    expect(status).toEqual({ ...counts, processes: [uri, '/next'].map(requestUri => ({ ...child, requestUri })) });
  });

  it('with a process that lacks a word and a number is read', async () => {
    const partial = processWith('/a').replace('"state":"Running",', '').replace('"pid":52', '"pid":null');
    const status = await statusOf(`${HEAD}7,${partial}]}`);
    expect(status.processes).toEqual([{ ...child, pid: 0, state: '-', requestUri: '/a' }]);
  });

  it('with bytes that are no UTF-8 in a URI is read', async () => {
    const status = await statusOf(Buffer.from(`${HEAD}${processWith('/a\xff')}]}`, 'latin1'));
    expect(status.processes).toEqual([{ ...child, requestUri: '/a\uFFFD' }]);
  });

  it('keeps its counts whatever a client sends', async () => {
    const forged = '"}],"active processes":0,"processes":[{"user":"';
    expect(await statusOf(`${HEAD}${processWith(forged)},${processWith('/', forged)}]}`)).toMatchObject(counts);
  });

  it.each([
    ['a locked scoreboard', 'Status: 503 Service Unavailable\r\n\r\nServer busy. Please try again later.', 503],
    ['another page', 'A: b\r\n\r\n{"processes":[]}', 200],
    ['no JSON', 'A: b\r\n\r\nhello "processes":', 200],
    ['a status without a count', `A: b\r\n\r\n${HEAD.replace('"active processes":2,', '')}]}`, 200],
    ['a status whose count is no number', `A: b\r\n\r\n${HEAD.replace('processes":2', 'processes":"2"')}]}`, 200],
  ])('is broken when it is %s', async (_, text, status) => {
    const socket = await answering(stdout(text));
    expect(await failure(fpm.status(socket, soon))).toMatchObject({
      code: 'fastcgi-broken',
      facts: { socket, reason: 'the answer is no status', status },
    });
  });
});
