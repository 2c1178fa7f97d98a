import { PhpZdError } from '../base/errors.ts';
import type { AcceptQueue } from '../ports/accept-queue.ts';
import type { Commands } from '../ports/commands.ts';

/**
 * The accept queues, from sock_diag(7) by way of ss(8): Recv-Q of a listening socket is the number of connections that wait to
 * be accepted (facts.md F5). Unix sockets belong to a network namespace, and ss sees those of its own alone; `prefix` is a
 * program that enters another one.
 */
export const makeAcceptQueue = (commands: Commands, prefix: readonly string[] = []): AcceptQueue => ({
  waiting: async socket => {
    const [program = 'ss', ...args] = [...prefix, 'ss', '-xlH', 'src', escapeGlob(socket)];
    const queues = parseQueues(await commands.run(program, args)).filter(queue => queue.path === socket);
    // Without sock_diag ss reads /proc/net/unix, which has no queues, and shows 0 for both; a real limit is never 0.
    if (queues.some(queue => queue.limit === 0)) {
      const output = 'ss was not told of the queues: is AF_NETLINK allowed?';
      throw new PhpZdError('command-failed', { command: [program, ...args].join(' '), status: '0', output });
    }
    // A path may have several listeners: a former one, whose path another took over, may still hold connections.
    return queues.reduce((sum, queue) => sum + queue.waiting, 0);
  },
});

export interface Queue {
  readonly path: string;
  readonly waiting: number;
  readonly limit: number;
}

/** A line of ss: Netid State Recv-Q Send-Q Path Inode Peer Peer's-Inode. */
const LINE = /^\S+\s+LISTEN\s+(\d+)\s+(\d+)\s+(.+?)\s+\d+\s+\*\s+0\s*$/;

export const parseQueues = (output: string): readonly Queue[] =>
  output.split('\n').flatMap(line => {
    const [, waiting, limit, path] = LINE.exec(line) ?? [];
    return path === undefined ? [] : [{ path, waiting: Number(waiting), limit: Number(limit) }];
  });

/** Escapes a path for ss, which compares with fnmatch(3). */
const escapeGlob = (path: string): string => path.replace(/[\\*?[\]]/g, '\\$&');
