import { connect, type Socket } from 'node:net';
import { PhpZdError } from '../base/errors.ts';
import { encodeRequest, type FastcgiRequest } from '../base/fastcgi-records.ts';
import type { FpmOptions } from '../ports/php-fpm.ts';
import { AnswerReader, type FastcgiAnswer } from './fastcgi-answer.ts';
import { within } from './within.ts';

/** sun_path holds 108 bytes with the final NUL; libuv cuts a longer path silently and would connect to another socket. */
const MAX_PATH_BYTES = 107;
/** A longer answer is broken, unless told otherwise: no answer may take the processor's time until its deadline. */
const MOST_BYTES = 32 * 1024 * 1024;

export interface AskOptions extends FpmOptions {
  /** The most that the answer may have, with all headers of FastCGI. */
  readonly mostBytes?: number;
}

/** Resolves with the whole answer; rejects as `PhpFpm` says. */
export const askFastcgi = async (
  path: string,
  request: FastcgiRequest,
  { deadlineMs, signal, keptBytes, mostBytes = MOST_BYTES }: AskOptions,
): Promise<FastcgiAnswer> => {
  if (signal?.aborted) throw new PhpZdError('aborted', {}, signal.reason);
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw unreachable(path, { code: 'ENAMETOOLONG' });
  const socket = connect({ path });
  socket.write(encodeRequest(request));
  try {
    const bounds = { what: 'the answer of PHP-FPM', deadlineMs, signal, facts: { socket: path } };
    return await within(bounds, readAnswer(path, socket, new AnswerReader(mostBytes, keptBytes)));
  } finally {
    socket.destroy();
  }
};

const readAnswer = (path: string, socket: Socket, reader: AnswerReader): Promise<FastcgiAnswer> =>
  new Promise((resolve, reject) => {
    let isConnected = false;
    let isOver = false;
    socket.on('connect', () => {
      isConnected = true;
    });
    socket.on('error', error => {
      // A reset that comes before `connect`: the connection stood in the accept queue of a master that died (facts.md F2).
      const wasConnected = isConnected || codeOf(error) === 'ECONNRESET';
      reject(wasConnected ? broken(path, codeOf(error), error) : unreachable(path, error));
    });
    socket.on('close', () => isOver || reject(broken(path, 'it was closed before its end')));
    socket.on('data', chunk => {
      const end = reader.read(chunk);
      if (end === 'whole') resolve(reader.answer());
      else if (end !== undefined) reject(broken(path, end));
      // What comes until the socket is destroyed is not looked at.
      if (end === undefined) return;
      isOver = true;
      socket.pause();
    });
  });

const unreachable = (socket: string, error: object) =>
  new PhpZdError('fastcgi-unreachable', { socket, errno: codeOf(error) }, error);
const broken = (socket: string, reason: string, cause?: unknown) =>
  new PhpZdError('fastcgi-broken', { socket, reason }, cause);
const codeOf = (error: object): string => ('code' in error ? String(error.code) : String(error));
