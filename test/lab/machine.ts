import { spawn } from 'node:child_process';
import { appendFile, cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as startTimer } from 'node:timers';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const LAB = fileURLToPath(new URL('lab', import.meta.url));
/** The deadline of one command: one that hangs fails its own test, and not a whole file by a timeout. */
const DEADLINE_MS = 60_000;
/** The first boot of a suite makes its root: packages are fetched and unpacked. */
const BOOT_DEADLINE_MS = 600_000;

export type Suite = 'bookworm' | 'trixie';
export const SUITES: readonly Suite[] = ['bookworm', 'trixie'];

export interface Result {
  /** The exit status; undefined when a signal ended the command. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A booted machine, and its files and sockets as this process reaches them. */
export interface Machine {
  readonly name: string;
  readonly suite: Suite;
  /** The machine's `/`. Short: a socket's path has at most 107 bytes. An absolute link there leads out of it. */
  readonly root: string;
  /** Standard output; rejects when the command fails, or hangs. */
  run(command: string, ...args: readonly string[]): Promise<string>;
  /** Runs a command and gives the result, however the command ends. */
  ask(command: string, ...args: readonly string[]): Promise<Result>;
  write(path: string, text: string, mode?: number): Promise<void>;
  /** Shuts the machine down cleanly and boots it again, on the same disk. */
  reboot(): Promise<void>;
  down(): Promise<void>;
}

/** A bare machine has all but php-zd; one for applications has these, and a database; one with a firewall may load programs of BPF. */
export type Kind = 'bare' | 'applications' | 'firewall';

/** Boots a machine, which goes away with this process, whatever happens. */
export const bootMachine = async (name: string, suite: Suite, kind?: Kind): Promise<Machine> => {
  await boot(['up', name, '--suite', suite, '--owner', String(process.pid), ...(kind ? [`--${kind}`] : [])]);
  return await findMachine(name, suite);
};

/** A directory of this host with that package of Debian's, and with what it needs besides what machines have. */
export const fetched = async (suite: Suite, name: string): Promise<string> =>
  (await succeed(LAB, ['fetch', suite, name], BOOT_DEADLINE_MS)).trim();

/** Installs a package of Debian's that its root has not, with what it needs. */
export const installFetched = async (machine: Machine, name: string): Promise<void> => {
  const from = await fetched(machine.suite, name);
  const to = `/srv/fetched/${name}`;
  await cp(from, machine.root + to, { recursive: true });
  const install = `DEBIAN_FRONTEND=noninteractive dpkg --install ${to}/*.deb >${to}/log 2>&1 || { cat ${to}/log >&2; exit 1; }`;
  await machine.run('sh', '-c', install);
};

/** A machine that runs already. */
export const findMachine = async (name: string, suite: Suite): Promise<Machine> => {
  let root = await rootOf(name);
  return {
    name,
    suite,
    get root() {
      return root;
    },
    run: (command, ...args) => succeed(LAB, ['run', name, '--', command, ...args]),
    ask: (command, ...args) => execute(LAB, ['run', name, '--', command, ...args]),
    write: async (path, text, mode = 0o644) => {
      await mkdir(dirname(root + path), { recursive: true });
      await writeFile(root + path, text, { mode });
    },
    reboot: async () => {
      await boot(['reboot', name]);
      root = await rootOf(name);
    },
    down: async () => {
      await succeed(LAB, ['down', name]);
    },
  };
};

/** Debian's own packages that a machine of the suite may install: a directory of files. */
export const debianPackages = async (suite: Suite): Promise<string> =>
  (await succeed(LAB, ['packages', suite], BOOT_DEADLINE_MS)).trim();

/**
 * The command line that runs a program of this host on the machine's loopback (`net`), or one of the machine's in the machine
 * (`run`). Without a program it is what stands before one. A `shell` reads its commands from its input.
 */
export const labCommand = (
  verb: 'net' | 'run' | 'shell',
  name: string,
  ...command: readonly string[]
): readonly string[] => [LAB, verb, name, ...(verb === 'shell' ? [] : ['--', ...command])];

/** Often enough for a person, and seldom enough that waiting leaves the processor to what is waited for. */
const ASK_EVERY_MS = 50;

/** Asks until there is an answer: for what has no event to wait for. */
export const awaitAnswer = async <Answer>(what: string, ask: () => Promise<Answer | undefined>): Promise<Answer> => {
  for (const end = Date.now() + DEADLINE_MS; Date.now() < end; await setTimeout(ASK_EVERY_MS)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
  }
  throw new Error(`gave up waiting for ${what}`);
};

/** How long it took is added to the file that $BOOT_TIMES names. */
const boot = async (args: readonly string[]): Promise<void> => {
  const from = performance.now();
  await succeed(LAB, args, BOOT_DEADLINE_MS);
  const times = process.env['BOOT_TIMES'];
  if (times !== undefined) await appendFile(times, `${performance.now() - from}\n`);
};

const rootOf = async (name: string): Promise<string> => `/proc/${(await succeed(LAB, ['pid', name])).trim()}/root`;

const succeed = async (command: string, args: readonly string[], deadlineMs = DEADLINE_MS): Promise<string> => {
  const { status, stdout, stderr } = await execute(command, args, deadlineMs);
  if (status !== 0) throw new Error(`${args.join(' ')}: exit status ${status}\n${stderr}${stdout}`);
  return stdout;
};

const execute = (command: string, args: readonly string[], deadlineMs = DEADLINE_MS): Promise<Result> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', text => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', text => {
      stderr += text;
    });
    const deadline = startTimer(() => {
      child.kill('SIGKILL');
      reject(new Error(`${args.join(' ')}: still runs after ${deadlineMs} ms\n${stderr}${stdout}`));
    }, deadlineMs);
    child.on('error', reject);
    child.on('close', status => {
      clearTimeout(deadline);
      resolve({ status: status ?? undefined, stdout, stderr });
    });
  });
