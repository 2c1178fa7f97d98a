import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Bytes on the wire, written by hand so that they share no mistake with the client. */
export const record = (type: number, content: Uint8Array | string, padding = 0): Buffer => {
  const bytes = Buffer.from(content as string);
  const header = Buffer.from([1, type, 0, 1, bytes.length >> 8, bytes.length & 255, padding, 0]);
  return Buffer.concat([header, bytes, Buffer.alloc(padding, 0xee)]);
};
export const stdout = (text: Uint8Array | string, padding?: number): Buffer => record(6, text, padding);
export const stderr = (text: string, padding?: number): Buffer => record(7, text, padding);
export const end = (protocolStatus = 0): Buffer => record(3, Buffer.from([0, 0, 0, 0, protocolStatus, 0, 0, 0]));

export interface FakeServer {
  readonly path: string;
  close(): Promise<void>;
}

/** Listens in a directory of its own. */
export const listenRaw = async (onConnection: (socket: Socket) => unknown): Promise<FakeServer> => {
  const directory = await mkdtemp(join(tmpdir(), 'php-zd-'));
  const path = join(directory, 's');
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {}); // the client left: some tests want that
    onConnection(socket);
  });
  server.listen(path);
  await once(server, 'listening');
  return {
    path,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await rm(directory, { recursive: true });
    },
  };
};

/** `serve` gets each connection once its whole request was read. */
export const listen = (serve: (socket: Socket, request: Buffer) => unknown): Promise<FakeServer> =>
  listenRaw(socket => {
    let request = Buffer.alloc(0);
    socket.on('data', chunk => {
      request = Buffer.concat([request, chunk]);
      if (isWhole(request)) serve(socket, request);
    });
  });

/** An empty STDIN record ends a request. */
const isWhole = (request: Buffer): boolean => request.subarray(-8).equals(record(5, ''));

/** The records of a request: type and content. */
export const recordsOf = (bytes: Buffer): readonly (readonly [type: number, content: Buffer])[] => {
  if (bytes.length === 0) return [];
  const contentEnd = 8 + bytes.readUInt16BE(4);
  const rest = bytes.subarray(contentEnd + bytes.readUInt8(6));
  return [[bytes.readUInt8(1), bytes.subarray(8, contentEnd)], ...recordsOf(rest)];
};

/** The name-value pairs of one PARAMS record, which has to hold them whole. */
export const pairsOf = (content: Buffer): readonly (readonly [name: string, value: string])[] => {
  if (content.length === 0) return [];
  const lengthAt = (at: number) => {
    const short = content.readUInt8(at);
    return short < 128 ? { length: short, next: at + 1 } : { length: content.readUInt32BE(at) - 2 ** 31, next: at + 4 };
  };
  const name = lengthAt(0);
  const value = lengthAt(name.next);
  const valueAt = value.next + name.length;
  const pair = [
    content.toString('utf8', value.next, valueAt),
    content.toString('utf8', valueAt, valueAt + value.length),
  ] as const;
  return [pair, ...pairsOf(content.subarray(valueAt + value.length))];
};
