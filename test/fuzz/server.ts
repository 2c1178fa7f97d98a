import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';

/**
 * How a server ends what it says: well, not at all, by a reset, it says the same again and again, or the same once more, a byte now and then.
 */
export const ENDS = ['ends', 'waits', 'resets', 'repeats', 'drips'] as const;
/** Often enough that each wait for more is short, and seldom enough that a few hundred bytes outlast every deadline. */
const DRIP_MS = 5;

export interface Saying {
  /** The bytes as latin1, in pieces that come apart. */
  readonly pieces: readonly string[];
  readonly after: (typeof ENDS)[number];
}

export const saying = (bytes: fc.Arbitrary<string>): fc.Arbitrary<Saying> =>
  fc.record({
    pieces: fc
      .tuple(bytes, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }))
      .map(([text, cuts]) => {
        const edges = [0, ...cuts.map(cut => Math.floor(cut * text.length)).sort((a, b) => a - b), text.length];
        return edges.slice(1).map((edge, index) => text.slice(edges[index], edge));
      }),
    after: fc.oneof(
      { weight: 12, arbitrary: fc.constant('ends' as const) },
      { weight: 1, arbitrary: fc.constantFrom(...ENDS) },
    ),
  });

export const say = async (socket: Socket, { pieces, after }: Saying): Promise<void> => {
  for (const piece of pieces) await write(socket, piece);
  if (after === 'ends') socket.end();
  if (after === 'resets') socket.destroy();
  const all = pieces.join('');
  while (after === 'repeats' && all !== '' && socket.writable) await write(socket, all);
  for (let at = 0; after === 'drips' && all !== '' && socket.writable; at += 1) {
    await write(socket, all.charAt(at % all.length));
    await setTimeout(DRIP_MS, undefined, { ref: false });
  }
};

const write = async (socket: Socket, text: string): Promise<void> => {
  if (socket.writable) await new Promise<void>(resolve => socket.write(text, 'latin1', () => setImmediate(resolve)));
};

/** One server for all values of a property, in a directory of its own, which keeps no process. */
export const listening = (onConnection: (socket: Socket) => void): (() => Promise<string>) => {
  let path: Promise<string> | undefined;
  const listen = async (): Promise<string> => {
    const socketPath = `${mkdtempSync(`${tmpdir()}/php-zd-fuzz-`)}/s`;
    const server: Server = createServer({ allowHalfOpen: true }, socket => {
      socket.on('error', () => {}); // the client left
      onConnection(socket);
    });
    server.listen(socketPath);
    await once(server, 'listening');
    server.unref();
    return socketPath;
  };
  return () => (path ??= listen());
};
