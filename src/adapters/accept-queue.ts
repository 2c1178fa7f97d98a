import { basename } from 'node:path';
import { isError, PhpZdError, TOO_MUCH } from '../base/errors.ts';
import type { AcceptQueue } from '../ports/accept-queue.ts';
import type { Commands } from '../ports/commands.ts';
import type { FileIdentity, Files } from '../ports/files.ts';

export interface AcceptQueueOptions {
  readonly commands: Pick<Commands, 'run'>;
  readonly files: Pick<Files, 'identity'>;
  /** Unix sockets belong to a network namespace, and ss sees those of its own alone: a program that enters another one. */
  readonly prefix?: readonly string[];
}

/**
 * The accept queues, from sock_diag(7) by way of ss(8): Recv-Q of a listening socket is the number of connections that wait to
 * be accepted (facts.md F5). Anybody can listen at the same path in a mount namespace of his own (facts.md N8), so a socket is
 * told by the file that it is bound to.
 */
export const makeAcceptQueue = ({ commands, files, prefix = [] }: AcceptQueueOptions): AcceptQueue => {
  const [program = 'ss', ...words] = [...prefix, 'ss', '-xleH'];
  const untold = (args: readonly string[]) => {
    const output = 'ss was not told of the queues: is AF_NETLINK allowed?';
    return new PhpZdError('command-failed', { command: [program, ...args].join(' '), status: '0', output });
  };
  /** Every site can listen at as many as it likes: where those with a file are too many to be told, those whose paths have the name are. */
  const listeners = async (socket: string): Promise<string> => {
    try {
      return await commands.run(program, [...words, ...WITH_FILE]);
    } catch (error) {
      if (!isError(error, 'command-failed') || error.facts.status !== TOO_MUCH) throw error;
      return await commands.run(program, [...words, ...WITH_FILE, 'and', 'src', `*${escapeGlob(basename(socket))}*`]);
    }
  };
  return {
    waiting: async socket => {
      const file = await files.identity(socket);
      // Nobody can connect to what has no file.
      if (file === undefined) return 0;
      const args = [...words, 'src', escapeGlob(socket)];
      const queues = parseQueues(socket, await commands.run(program, args));
      // Without sock_diag ss reads /proc/net/unix, which has no queues, and shows 0 for both; a real limit is never 0.
      if (queues.some(({ limit, file }) => limit === 0 || file === undefined)) throw untold(args);
      return queues.filter(queue => isSame(queue, file)).reduce((sum, queue) => sum + queue.waiting, 0);
    },
    isListening: async socket => {
      const file = await files.identity(socket);
      if (file === undefined) return false;
      const output = await listeners(socket);
      const bound = output.split('\n').map(line => ({ line, file: boundIn(line) }));
      // A host has listeners with files: systemd's, for example.
      if (output !== '' && bound.every(each => each.file === undefined)) throw untold(words);
      return bound.some(each => isSame(each, file) || isSameOnOverlay(each, socket, file));
    },
  };
};

/** Those in the abstract namespace, whose names begin so, have none (facts.md N153). */
const WITH_FILE = ['not', 'src', '@*'];

export interface Queue {
  readonly waiting: number;
  readonly limit: number;
  readonly file: BoundFile | undefined;
}

/** The file that a socket is bound to, as UDIAG_SHOW_VFS tells it: the lower 32 bits of its inode, and the kernel's number of its device. */
interface BoundFile {
  readonly inode: bigint;
  readonly device: bigint;
}

/** In a line of ss: Netid State Recv-Q Send-Q before the path, Inode Peer Peer's-Inode and more after it. */
const BEFORE = /^\S+ +LISTEN +(\d+) +(\d+) *$/;
const AFTER = /^\d+ \* 0 *(?:[<-]-[->](?: ino:(\d+) dev:(\d+)\/(\d+))?(?: .*)?)?$/;

/** The listeners at a path. The path is known and may have any character: what stands around it is read. */
export const parseQueues = (socket: string, output: string): readonly Queue[] =>
  output.split('\n').flatMap(line => {
    const at = line.indexOf(` ${socket} `);
    const before = BEFORE.exec(line.slice(0, Math.max(0, at)));
    const after = AFTER.exec(line.slice(at + socket.length + 2));
    if (before === null || after === null) return [];
    const [, inode, high = 0, low = 0] = after;
    const file = inode === undefined ? undefined : toBoundFile(inode, high, low);
    return [{ waiting: Number(before[1]), limit: Number(before[2]), file }];
  });

const BOUND = /^ ino:(\d{1,10}) dev:(\d{1,10})\/(\d{1,10})(?: |$)/;

/** Of a line about any listener: its path, which may have any character, stands before what ss says of the file. */
const boundIn = (line: string): BoundFile | undefined => {
  const [, inode, high = 0, low = 0] = BOUND.exec(line.slice(Math.max(0, line.lastIndexOf(' ino:')))) ?? [];
  return inode === undefined ? undefined : toBoundFile(inode, high, low);
};

const isSame = ({ file }: Pick<Queue, 'file'>, { inode, device }: FileIdentity): boolean =>
  file !== undefined && file.inode === BigInt.asUintN(32, inode) && file.device === toKernel(device);

/** overlayfs tells stat(2) another device than the kernel has (facts.md N8). */
const isSameOnOverlay = (
  { line, file }: { readonly line: string; readonly file: BoundFile | undefined },
  socket: string,
  { inode }: FileIdentity,
): boolean => line.includes(` ${socket} `) && file?.inode === BigInt.asUintN(32, inode);

const toBoundFile = (inode: string, high: string | number, low: string | number): BoundFile => ({
  inode: BigInt(inode),
  device: fromSs(BigInt(high), BigInt(low)),
});

/** ss takes the kernel's number apart as if it were one of stat(2)'s (facts.md N8); this puts it together again, as makedev(3) does. */
const fromSs = (high: bigint, low: bigint): bigint =>
  BigInt.asUintN(32, (low & 0xffn) | (high << 8n) | ((low & ~0xffn) << 12n));

/** From stat(2)'s encoding of a device (new_encode_dev() of the kernel's kdev_t.h) to the kernel's own: 12 bits and 20. */
const toKernel = (device: bigint): bigint => {
  const major = (device >> 8n) & 0xfffn;
  const minor = (device & 0xffn) | ((device >> 12n) & 0xfff00n);
  return (major << 20n) | minor;
};

/** Escapes a path for ss, which compares with fnmatch(3). */
const escapeGlob = (path: string): string => path.replace(/[\\*?[\]]/g, '\\$&');
