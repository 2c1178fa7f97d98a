import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { askFastcgi } from '../../src/adapters/fastcgi.ts';
import type { FastcgiRequest } from '../../src/base/fastcgi-records.ts';
import { failure } from '../fakes/failure.ts';
import {
  end,
  type FakeServer,
  listen,
  listenRaw,
  pairsOf,
  record,
  recordsOf,
  stderr,
  stdout,
} from './fastcgi-server.ts';

const soon = { deadlineMs: 5000 };
const nothing: FastcgiRequest = { params: new Map(), stdin: new Uint8Array() };

let server: FakeServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** What the client makes of these bytes, after which the connection ends. */
const ask = async (...bytes: readonly Uint8Array[]) => {
  server = await listen(socket => socket.end(Buffer.concat(bytes)));
  return askFastcgi(server.path, nothing, soon);
};

describe('the FastCGI client reads an answer', () => {
  it('of several records of both streams, padded or not', async () => {
    const answer = await ask(stdout('Con', 5), stderr('warn', 255), stdout('tent'), stderr('ing'), stdout(''), end());
    expect([answer.stdout.toString(), answer.stderr.toString()]).toEqual(['Content', 'warning']);
  });

  it('that comes in pieces of any size', async () => {
    const whole = Buffer.concat([stdout('abc', 3), stderr('e', 7), stdout('x'.repeat(70)), end()]);
    let pieces: readonly Buffer[] = [];
    const chunked = await listen(async socket => {
      for (const piece of pieces) await new Promise(resolve => socket.write(piece, resolve));
    });
    server = chunked;
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: whole.length - 1 }), { maxLength: whole.length });
    await fc.assert(
      fc.asyncProperty(cuts, async at => {
        const edges = [0, ...[...at].sort((a, b) => a - b), whole.length];
        pieces = edges.slice(1).map((edge, index) => whole.subarray(edges[index], edge));
        const answer = await askFastcgi(chunked.path, nothing, soon);
        expect([answer.stdout.toString(), answer.stderr.toString()]).toEqual([`abc${'x'.repeat(70)}`, 'e']);
      }),
    );
  });

  it('and keeps of the output what it is told to', async () => {
    server = await listen(socket => socket.end(Buffer.concat([stdout('a'.repeat(70)), stdout('b'.repeat(70)), end()])));
    expect((await askFastcgi(server.path, nothing, { ...soon, keptBytes: 71 })).stdout.toString()).toBe(
      `${'a'.repeat(70)}b`,
    );
  });

  it('as soon as it is whole, though the connection stays open', async () => {
    server = await listen(socket => socket.write(Buffer.concat([stdout('a'), end(), stdout('after the end')])));
    expect((await askFastcgi(server.path, nothing, soon)).stdout.toString()).toBe('a');
  });

  it('and keeps no more than its first 16 MiB, but all errors', async () => {
    const big = stdout(Buffer.alloc(65_535, 'x'));
    const answer = await ask(...Array.from({ length: 300 }, () => big), stderr('not too late'), end());
    expect([answer.stdout.length, answer.stderr.toString()]).toEqual([16 * 1024 * 1024, 'not too late']);
  });
});

describe('the FastCGI client sends', () => {
  const sent = async (request: FastcgiRequest) => {
    let records: ReturnType<typeof recordsOf> = [];
    server = await listen((socket, bytes) => {
      records = recordsOf(bytes);
      socket.end(end());
    });
    await askFastcgi(server.path, request, soon);
    return records;
  };

  it('a responder request that does not keep the connection', async () => {
    const params = new Map([
      ['A', 'ä'],
      ['LONG', 'x'.repeat(200)],
    ]);
    const records = await sent({ params, stdin: Buffer.from('body') });
    expect(records.map(([type]) => type)).toEqual([1, 4, 4, 5, 5]);
    expect(records[0]?.[1]).toEqual(Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]));
    expect(new Map(pairsOf(records[1]?.[1] ?? Buffer.alloc(0)))).toEqual(params);
    expect(records[3]?.[1].toString()).toBe('body');
  });

  it('parameters of more than 64 KB in records that each hold whole pairs', async () => {
    const params = new Map(Array.from({ length: 9 }, (_, index) => [`P${index}`, 'x'.repeat(20_000)]));
    const contents = (await sent({ params, stdin: new Uint8Array() })).filter(([type]) => type === 4);
    expect(new Map(contents.flatMap(([, content]) => pairsOf(content)))).toEqual(params);
    expect(contents).toHaveLength(4);
  });

  it('one parameter of more than 64 KB over several records, as the protocol has it', async () => {
    const contents = (await sent({ params: new Map([['P', 'x'.repeat(100_000)]]), stdin: new Uint8Array() }))
      .filter(([type]) => type === 4)
      .map(([, content]) => content);
    expect(contents.map(content => content.length)).toEqual([65_535, 34_471, 0]);
    expect(pairsOf(Buffer.concat(contents))).toEqual([['P', 'x'.repeat(100_000)]]);
  });

  it('a body of more than 64 KB whole', async () => {
    const stdin = Buffer.alloc(150_000, 'b');
    const bodies = (await sent({ params: new Map(), stdin })).filter(([type]) => type === 5);
    expect(Buffer.concat(bodies.map(([, content]) => content)).equals(stdin)).toBe(true);
  });
});

describe('the FastCGI client says that an answer is broken', () => {
  it.each([
    ['when the server hangs up without a word', [], 'it was closed before its end'],
    ['when the server hangs up before the end', [stdout('half')], 'it was closed before its end'],
    ['when the server hangs up inside a record', [stdout('half').subarray(0, 10)], 'it was closed before its end'],
    ['when the server is overloaded', [end(2)], 'it is overloaded'],
    ['when the server cannot multiplex', [end(1)], 'it cannot multiplex'],
    ['when the server does not know the role', [end(3)], 'it does not know the role'],
    ['when the server refuses for an unknown reason', [end(99)], 'it refused'],
    ['when it ends with a record that is too short', [record(3, 'abc')], 'it refused'],
    ['when it speaks HTTP', [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')], 'the answer is no FastCGI'],
    [
      'when it has more errors than are kept, for the last one counts',
      [...Array.from({ length: 17 }, () => record(7, Buffer.alloc(65_535, 'e'))), end()],
      'it has more than 1 MiB of errors',
    ],
    ['when it has a record no answer has', [record(11, '12345678')], 'the answer has a record of type 11'],
  ])('%s', async (_, bytes, reason) => {
    const error = await failure(ask(...bytes));
    expect(error).toMatchObject({ code: 'fastcgi-broken', facts: { socket: server?.path, reason } });
  });

  it('when the connection is reset', async () => {
    // Closing with unread bytes resets a unix socket.
    server = await listenRaw(socket => socket.once('data', () => socket.destroy()));
    const error = await failure(askFastcgi(server.path, { params: new Map(), stdin: Buffer.alloc(4_000_000) }, soon));
    const reason = expect.stringMatching(/^(ECONNRESET|EPIPE)$/);
    expect(error).toMatchObject({ code: 'fastcgi-broken', facts: { socket: server.path, reason } });
  });
});

describe('the FastCGI client cannot reach', () => {
  it('a socket that is not there', async () => {
    const error = await failure(askFastcgi('/nowhere/s', nothing, soon));
    expect(error).toMatchObject({ code: 'fastcgi-unreachable', facts: { socket: '/nowhere/s', errno: 'ENOENT' } });
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('a path that the kernel would cut short', async () => {
    const socket = `/tmp/${'x'.repeat(103)}`;
    const error = await failure(askFastcgi(socket, nothing, soon));
    expect(error).toMatchObject({ code: 'fastcgi-unreachable', facts: { socket, errno: 'ENAMETOOLONG' } });
  });
});

describe('the FastCGI client waits no longer', () => {
  it('than its deadline, though bytes keep coming, and then hangs up', async () => {
    let noteEnd = () => {};
    // On a busy machine the connection may be taken in when the deadline is over already.
    const hungUp = new Promise<void>(resolve => {
      noteEnd = resolve;
    });
    server = await listen(socket => {
      socket.on('close', noteEnd);
      const drip = () => socket.write(stdout('.'), error => error ?? setImmediate(drip));
      drip();
    });
    const error = await failure(askFastcgi(server.path, nothing, { deadlineMs: 30 }));
    const facts = { what: 'the answer of PHP-FPM', ms: 30, socket: server.path };
    expect(error).toMatchObject({ code: 'deadline', facts });
    await hungUp;
  });

  it('than an abort, and then hangs up and forgets the signal', async () => {
    const control = new AbortController();
    let hungUp: Promise<unknown> | undefined;
    server = await listen(socket => {
      hungUp = new Promise(resolve => socket.on('close', resolve));
      control.abort(new Error('enough'));
    });
    const error = await failure(askFastcgi(server.path, nothing, { ...soon, signal: control.signal }));
    expect(error).toMatchObject({ code: 'aborted', cause: new Error('enough') });
    await hungUp;
  });

  it('at all when it was aborted before', async () => {
    const signal = AbortSignal.abort();
    expect(await failure(askFastcgi('/nowhere/s', nothing, { ...soon, signal }))).toMatchObject({ code: 'aborted' });
  });
});
