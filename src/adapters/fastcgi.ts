import { connect, type Socket } from 'node:net';
import { PhpZdError } from '../base/errors.ts';
import { encodeRequest, type FastcgiRequest, HEADER_BYTES, RecordType, VERSION } from '../base/fastcgi-records.ts';
import type { FpmOptions } from '../ports/php-fpm.ts';
import { within } from './within.ts';

export interface FastcgiAnswer {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

const REFUSALS: readonly string[] = ['', 'it cannot multiplex', 'it is overloaded', 'it does not know the role'];

/** sun_path holds 108 bytes with the final NUL; libuv cuts a longer path silently and would connect to another socket. */
const MAX_PATH_BYTES = 107;
/** What an answer has beyond this is read and dropped: no answer may fill the memory. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;

/** Resolves with the whole answer; rejects as `PhpFpm` says. */
export const askFastcgi = async (
  path: string,
  request: FastcgiRequest,
  { deadlineMs, signal }: FpmOptions,
): Promise<FastcgiAnswer> => {
  if (signal?.aborted) throw new PhpZdError('aborted', {}, signal.reason);
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw unreachable(path, { code: 'ENAMETOOLONG' });
  const socket = connect({ path });
  socket.write(encodeRequest(request));
  try {
    const bounds = { what: 'the answer of PHP-FPM', deadlineMs, signal, facts: { socket: path } };
    return await within(bounds, readAnswer(path, socket));
  } finally {
    socket.destroy();
  }
};

const readAnswer = (path: string, socket: Socket): Promise<FastcgiAnswer> =>
  new Promise((resolve, reject) => {
    const reader = new AnswerReader();
    let isConnected = false;
    socket.on('connect', () => {
      isConnected = true;
    });
    socket.on('error', error => {
      // A reset that comes before `connect`: the connection stood in the accept queue of a master that died (facts.md F2).
      const wasConnected = isConnected || codeOf(error) === 'ECONNRESET';
      reject(wasConnected ? broken(path, codeOf(error), error) : unreachable(path, error));
    });
    socket.on('close', () => reject(broken(path, 'it was closed before its end')));
    socket.on('data', chunk => {
      const end = reader.read(chunk);
      if (end === 'whole') resolve(reader.answer());
      else if (end !== undefined) reject(broken(path, end));
    });
  });

const unreachable = (socket: string, error: object) =>
  new PhpZdError('fastcgi-unreachable', { socket, errno: codeOf(error) }, error);
const broken = (socket: string, reason: string, cause?: unknown) =>
  new PhpZdError('fastcgi-broken', { socket, reason }, cause);
const codeOf = (error: object): string => ('code' in error ? String(error.code) : String(error));

/** Puts the answer together from the pieces that the stream comes in. */
class AnswerReader {
  #unread: Buffer = Buffer.alloc(0);
  readonly #kept = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  #keptBytes = 0;

  /** Gives `whole` at the end of the answer, the reason when there will be no whole answer, undefined while more is to come. */
  read(chunk: Buffer): string | undefined {
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    while (this.#unread.length >= HEADER_BYTES) {
      if (this.#unread[0] !== VERSION) return 'the answer is no FastCGI';
      const contentEnd = HEADER_BYTES + this.#unread.readUInt16BE(4);
      const recordEnd = contentEnd + this.#unread.readUInt8(6);
      if (this.#unread.length < recordEnd) return undefined;
      const end = this.#take(this.#unread.readUInt8(1), this.#unread.subarray(HEADER_BYTES, contentEnd));
      if (end !== undefined) return end;
      this.#unread = this.#unread.subarray(recordEnd);
    }
    return undefined;
  }

  answer(): FastcgiAnswer {
    return { stdout: Buffer.concat(this.#kept.stdout), stderr: Buffer.concat(this.#kept.stderr) };
  }

  #take(type: number, content: Buffer): string | undefined {
    if (type === RecordType.stdout) this.#keep('stdout', content);
    else if (type === RecordType.stderr) this.#keep('stderr', content);
    else if (type === RecordType.endRequest)
      return content[4] === 0 ? 'whole' : REFUSALS[content[4] ?? 0] || 'it refused';
    else return `the answer has a record of type ${type}`;
    return undefined;
  }

  #keep(stream: 'stdout' | 'stderr', content: Buffer): void {
    const part = content.subarray(0, MAX_KEPT_BYTES - this.#keptBytes);
    this.#keptBytes += part.length;
    this.#kept[stream].push(part);
  }
}
