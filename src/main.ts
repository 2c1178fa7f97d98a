import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDialogue } from './adapters/dialogue.ts';
import { makeScratch } from './adapters/scratch.ts';
import { makeTerminal } from './adapters/terminal.ts';
import type { Tracing } from './adapters/tracing.ts';
import { endTurnAfter } from './adapters/turn.ts';
import { isError } from './base/errors.ts';
import { Exit, type Outside } from './cli/context.ts';
import { loadFamilies, runProgram } from './cli/program.ts';
import { unwrittenWords } from './report/words/verbs.ts';
import type { Ports } from './run/site/ports.ts';

/** Set by packaging/build.ts from package.json; unset when run from source. */
declare const PHP_ZD_VERSION: string | undefined;

// A failure until the verb has ended: a connection that dies may leave nothing to wait for, and Node.js then ends as if all
// were well.
process.exitCode = 1;

/** The path of the program. The files that belong to it lie beside it. */
const program = fileURLToPath(import.meta.url);
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());

/** The errors of writing to a terminal, or to a program, that went away. */
const GONE: readonly unknown[] = ['EIO', 'EPIPE'];

const unread = new AbortController();

/** The errno of what could not be written to stdout for another reason than that its reader went away. */
let unwritten: string | undefined;

/** Bears what keeps a text from being written: the verb goes on to its end, since a roll must not end for want of a disk. */
const bear = (stream: NodeJS.WriteStream, { code }: NodeJS.ErrnoException): void => {
  unread.abort();
  if (stream === process.stdout && !GONE.includes(code)) unwritten ??= code ?? 'unknown';
};

/** A write to a file may throw, and a later one to a stream that has failed may too. */
const say = (stream: NodeJS.WriteStream, text: string): void => {
  try {
    stream.write(text);
  } catch (error) {
    bear(stream, error as NodeJS.ErrnoException);
  }
};

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => bear(stream, error));
}

const asked = new AbortController();

const endOnRequest = (): AbortSignal => {
  process.on('SIGTERM', () => asked.abort());
  return asked.signal;
};

/** Whether the verb did something: what it came to then counts, and not whether that could be said. */
let hasActed = false;

/** At the very end, since a stream tells of its failure after the verb has written. */
const tellUnwritten = (exit: number): void => {
  if (unwritten === undefined) return;
  say(process.stderr, unwrittenWords(unwritten));
  if (!hasActed && exit === Exit.done) process.exitCode = Exit.failed;
};

const outliveTerminal = (): void => {
  hasActed = true;
  process.on('SIGHUP', () => undefined);
};

let tracing: Tracing | undefined;

/** Begins the trace that PHP_ZD_TRACE asks for. A verb does its work also where that cannot be written, and says so. */
const beginTrace = async (path: string): Promise<void> => {
  const { traceProcess } = await import('./adapters/tracing.ts');
  try {
    tracing = traceProcess(path, process.argv.slice(2, 5).join(' '));
  } catch (error) {
    if (!isError(error)) throw error;
    const { describeError } = await import('./report/words/errors.ts');
    say(process.stderr, `${describeError(error)}\n`);
  }
};

let made: Promise<Ports> | undefined;

/** Makes the ports when a verb needs them: `--version` and `--help` need no bus. */
const makePorts = async (): Promise<Ports> => {
  const { answeringFiles, answeringHost } = await import('./adapters/answering.ts');
  const { makeAcceptQueue } = await import('./adapters/accept-queue.ts');
  const { makeClock } = await import('./adapters/clock.ts');
  const { makeCommands } = await import('./adapters/commands.ts');
  const { makeFiles } = await import('./adapters/files.ts');
  const { makeBalancers } = await import('./adapters/balancers.ts');
  const { makeHaproxies } = await import('./adapters/haproxies.ts');
  const { makeBalancer } = await import('./adapters/haproxy.ts');
  const { makeHost } = await import('./adapters/host.ts');
  const { makeLog } = await import('./adapters/log.ts');
  const { makePhpFpm } = await import('./adapters/php-fpm.ts');
  const { makeProcesses } = await import('./adapters/processes.ts');
  const { makeSilentOn } = await import('./adapters/silent-mounts.ts');
  const { makeSystemd } = await import('./adapters/systemd.ts');
  const { makeWebServers } = await import('./adapters/web.ts');
  const commands = makeCommands();
  const silentOn = makeSilentOn(dirname(program));
  const files = answeringFiles(makeFiles(), silentOn);
  const ports: Ports = {
    systemd: makeSystemd(),
    balancer: makeBalancers({ host: makeBalancer(), files }),
    haproxies: makeHaproxies(),
    fpm: makePhpFpm(),
    web: makeWebServers(),
    acceptQueue: makeAcceptQueue({ commands, files }),
    processes: makeProcesses(files),
    files,
    commands,
    log: makeLog({ commands }),
    host: answeringHost(makeHost(), silentOn),
    clock: makeClock(),
    program,
    node: process.versions.node,
    isRoot: process.getuid?.() === 0,
  };
  return tracing?.ports(ports) ?? ports;
};

const cli: Outside = {
  version: typeof PHP_ZD_VERSION === 'undefined' ? 'from source' : PHP_ZD_VERSION,
  ports: () => {
    made ??= makePorts();
    return made;
  },
  journal: async () => {
    const journal = (await import('./adapters/journal.ts')).makeJournal();
    return tracing?.journal(journal) ?? journal;
  },
  notifier: async () => (await import('./adapters/notifier.ts')).makeNotifier(),
  balancerBase: join(dirname(program), 'haproxy.cfg'),
  out: text => say(process.stdout, text),
  err: text => say(process.stderr, text),
  outTerminal: makeTerminal(process.stdout, process.env),
  errTerminal: makeTerminal(process.stderr, process.env),
  isAllTerminal: process.stdin.isTTY && process.stdout.isTTY && process.stderr.isTTY,
  openDialogue: process.stdin.isTTY ? () => openDialogue(process.stdin, process.stderr) : undefined,
  outliveTerminal,
  endOnRequest,
  showVerb: line => {
    process.title = `php-zd ${line}`;
    tracing?.stage(line);
  },
  foreground: async (...command) => (await import('./adapters/foreground.ts')).runInForeground(...command),
  withScratch: async work => {
    const directory = await makeScratch(tmpdir());
    try {
      return await work(directory);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
  // The kernel's, which node:crypto would take 10 ms to load for.
  newRollId: () => readFileSync('/proc/sys/kernel/random/uuid', 'latin1').trim(),
  sudoUser: process.env['SUDO_USER'],
  signal: interrupted.signal,
  unread: unread.signal,
};

/**
 * A failure that nobody awaits ends the process, as Node.js has it, but in words: what is awaited beside it may never come. A bug keeps its
 * stack.
 */
const failUnawaited = (error: unknown): void => {
  if (!isError(error)) throw error;
  void import('./report/words/failure.ts').then(({ describeFailure }) => {
    say(process.stderr, describeFailure(error));
    process.exit(Exit.failed);
  });
};

/** Runs the verb of the command line. */
export const main = async (): Promise<void> => {
  process.once('exit', tellUnwritten);
  process.on('unhandledRejection', failUnawaited);
  const turn = process.env['PHP_ZD_TURN'];
  if (turn) endTurnAfter(turn);
  const traceFile = process.env['PHP_ZD_TRACE'];
  if (traceFile) await beginTrace(traceFile);
  const exit = await runProgram(cli, process.argv.slice(2));
  (await made)?.systemd.close();
  process.exitCode = exit;
  // What the verb was at when it was asked to end must not go on.
  if (asked.signal.aborted) process.exit();
};

/** Loads what the verbs of every day rest on, and does nothing with it: packaging/code-cache.ts keeps what V8 makes of it. */
export const loadEveryDay = async (): Promise<void> => {
  await Promise.all([makePorts(), ...EVERY_DAY.map(verb => loadFamilies([verb]))]);
  await Promise.all([cli.journal(), cli.notifier()]);
};

const EVERY_DAY = ['status', 'doctor', 'reload', 'deploy', 'rollback', 'releases', 'unit'];
