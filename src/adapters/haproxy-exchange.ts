import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { isError, PhpZdError, valueUnless } from '../base/errors.ts';
import { isStopping, splitAnswers } from './haproxy-answers.ts';
import { span } from './span.ts';
import { within } from './within.ts';

export const SHOW_INFO = 'show info';
/**
 * All frontends and backends, and not one of them: by name HAProxy finds the frontend of the same name first (facts.md N6), and by number
 * a backend may be another one in another worker. So for the next too.
 */
export const SHOW_TOTALS = 'show stat -1 3 -1';
/** All servers. */
export const SHOW_STAT = 'show stat -1 4 -1';

/** sun_path holds 108 bytes with the final NUL; libuv cuts a longer path silently and would connect to another socket. */
const MAX_PATH_BYTES = 107;

/** More than `show stat` says of ten thousand sites, which is all of it that is read; whoever answers so much is not HAProxy. */
const MOST_ANSWER = 32 * 1024 * 1024;

/** The answers to commands of one line, by one process, whichever takes the connection. Rejects with `balancer-unreachable`. */
export const ask = async (
  path: string,
  commands: readonly string[],
  deadlineMs: number,
): Promise<readonly string[]> => {
  const line = commands.join(';');
  const text = await span('haproxy', line, () => exchange(path, line, deadlineMs));
  const answers = splitAnswers(endVariables(text), commands.length);
  if (!answers) throw unreachable(path, text === '' ? 'it closed the connection' : 'its answer is cut');
  return answers;
};

const RETRY_MS = 5;

/**
 * As `ask`, of the current worker. After a reload the former one has the runtime socket too for as long as `grace` says, and either may
 * take a connection: what one of them is told of a server the other does not know (facts.md N109). The former one says that it stops.
 */
export const askCurrent = async (
  path: string,
  commands: readonly string[],
  deadlineMs: number,
): Promise<readonly string[]> => {
  const end = process.hrtime.bigint() + BigInt(deadlineMs) * 1_000_000n;
  for (;;) {
    const answers = await ask(path, [...commands, SHOW_INFO], deadlineMs);
    if (!isStopping(answers.at(-1) ?? '')) return answers.slice(0, -1);
    if (process.hrtime.bigint() > end) throw unreachable(path, 'only a process that stops answers');
    await setTimeout(RETRY_MS);
  }
};

/**
 * The answer of a process that may be away, or not know the site or the server: it gives the replica no requests then, and has none there.
 * Undefined where that is so.
 */
export const orNothing = async <Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> =>
  await valueUnless(ask, 'balancer-unreachable', 'balancer-refused');

/** HAProxy 2.6 ends the answer to `get var` without the blank line that every other answer ends with, and 3.0 with it. */
export const endVariables = (text: string): string => text.replaceAll(/^(proc\..{1,200})\n(?!\n)/gm, '$1\n\n');

const exchange = async (path: string, line: string, deadlineMs: number): Promise<string> => {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw unreachable(path, 'ENAMETOOLONG');
  const socket = connect({ path });
  socket.end(`${line}\n`); // the master closes only after its client
  try {
    return await within({ what: 'the answer of HAProxy', deadlineMs }, readToEnd(socket));
  } catch (error) {
    if (isError(error, 'deadline')) throw unreachable(path, `no answer in ${deadlineMs} ms`, error);
    throw unreachable(path, reasonOf(error), error);
  } finally {
    socket.destroy();
  }
};

const reasonOf = (error: unknown): string =>
  error instanceof Error ? ('code' in error ? String(error.code) : error.message) : String(error);

const readToEnd = (socket: Socket): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', part => {
      text += part;
      if (text.length > MOST_ANSWER) reject(new Error(`its answer is longer than ${MOST_ANSWER} characters`));
    });
    socket.on('error', reject);
    socket.on('end', () => resolve(text));
  });

const unreachable = (socket: string, reason: string, cause?: unknown) =>
  new PhpZdError('balancer-unreachable', { socket, reason }, cause);

/** The parsed answer. An answer of another kind than the command has is an error's text. */
export const read = <T>(parse: (answer: string) => T | undefined, command: string, answer: string): T => {
  const parsed = parse(answer);
  if (parsed === undefined) throw refused(command, answer);
  return parsed;
};

export const refused = (command: string, answer: string) =>
  new PhpZdError('balancer-refused', { command, answer: answer.trim() });
