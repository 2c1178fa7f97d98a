import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDialogue } from './adapters/dialogue.ts';
import { makeTerminal } from './adapters/terminal.ts';
import type { Outside } from './cli/context.ts';
import { runProgram } from './cli/program.ts';
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

/** Bears that a reader goes away, as in `php-zd status | head -1`: the verb goes on to its end and its exit status. */
const bearDeafness = (): void => {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!GONE.includes(error.code)) throw error;
      unread.abort();
    });
  }
};

const asked = new AbortController();

const endOnRequest = (): AbortSignal => {
  process.on('SIGTERM', () => asked.abort());
  return asked.signal;
};

const outliveTerminal = (): void => {
  process.on('SIGHUP', () => undefined);
};

let made: Promise<Ports> | undefined;

/** Makes the ports when a verb needs them: `--version` and `--help` need no bus. */
const makePorts = async (): Promise<Ports> => {
  const { makeAcceptQueue } = await import('./adapters/accept-queue.ts');
  const { makeClock } = await import('./adapters/clock.ts');
  const { makeCommands } = await import('./adapters/commands.ts');
  const { makeFiles } = await import('./adapters/files.ts');
  const { makeBalancer } = await import('./adapters/haproxy.ts');
  const { makeHost } = await import('./adapters/host.ts');
  const { makePhpFpm } = await import('./adapters/php-fpm.ts');
  const { makeSystemd } = await import('./adapters/systemd.ts');
  const commands = makeCommands();
  const files = makeFiles();
  return {
    systemd: makeSystemd(),
    balancer: makeBalancer(),
    fpm: makePhpFpm(),
    acceptQueue: makeAcceptQueue({ commands, files }),
    files,
    commands,
    host: makeHost(),
    clock: makeClock(),
    program,
    isRoot: process.getuid?.() === 0,
  };
};

const cli: Outside = {
  version: typeof PHP_ZD_VERSION === 'undefined' ? 'from source' : PHP_ZD_VERSION,
  ports: () => {
    made ??= makePorts();
    return made;
  },
  journal: async () => (await import('./adapters/journal.ts')).makeJournal(),
  notifier: async () => (await import('./adapters/notifier.ts')).makeNotifier(),
  balancerBase: join(dirname(program), 'haproxy.cfg'),
  out: text => void process.stdout.write(text),
  err: text => void process.stderr.write(text),
  outTerminal: makeTerminal(process.stdout, process.env),
  errTerminal: makeTerminal(process.stderr, process.env),
  openDialogue: process.stdin.isTTY ? () => openDialogue(process.stdin, process.stderr) : undefined,
  outliveTerminal,
  endOnRequest,
  foreground: async (...command) => (await import('./adapters/foreground.ts')).runInForeground(...command),
  withScratch: async work => {
    const directory = await mkdtemp(join(tmpdir(), 'php-zd-'));
    try {
      return await work(directory);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
  newRollId: () => randomUUID(),
  sudoUser: process.env['SUDO_USER'],
  signal: interrupted.signal,
  unread: unread.signal,
};

bearDeafness();
const exit = await runProgram(cli, process.argv.slice(2));
(await made)?.systemd.close();
process.exitCode = exit;
// What the verb was at when it was asked to end must not go on.
if (asked.signal.aborted) process.exit();
