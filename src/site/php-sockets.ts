import { posix } from 'node:path';
import { isAtOrBelow } from './paths.ts';
import type { GivenSetting } from './php-settings.ts';
import { type Source, warn } from './read.ts';
import { RULING_DIRECTORIES, SERVICE_DIRECTORIES } from './service-directories.ts';
import type { Sandbox } from './site.ts';
import { checkValue, runDirectories } from './value-types.ts';

interface Seen {
  readonly sandbox: Pick<Sandbox, 'sockets'>;
  /** Directories that a replica sees, wherever they are, since it may write there. */
  readonly writable: readonly string[];
}

/** Where a socket that a setting names is none in a replica: PHP could not connect, and says so in each request that would. */
export const warnOfSocket = (
  source: Source,
  { sandbox, writable }: Seen,
  { name, value, written, at, handler }: GivenSetting & { readonly handler: string },
): void => {
  for (const socket of new Set(socketsIn({ name, value, handler }))) {
    const problem = whyUnseen(socket, { sandbox, writable });
    if (problem !== undefined) warn(source, at, `'${written}' names the socket '${socket}', and ${problem}`);
  }
};

/** Settings that are a socket's path, without a scheme. */
const PATHS: ReadonlySet<string> = new Set([
  ...['mysqli.default_socket', 'pdo_mysql.default_socket', 'newrelic.daemon.address', 'newrelic.daemon.port'],
]);

const socketsIn = ({ name, value, handler }: { name: string; value: string; handler: string }): readonly string[] => {
  const isList = name === 'session.save_path' && /^(?:redis|memcache)/.test(handler);
  if (!isList && !PATHS.has(name) && !value.startsWith('unix:')) return [];
  return (isList ? value.split(/[\s,;]/) : [value]).flatMap(part => {
    const path = /^(?:unix:(?:\/\/)?)?(\/[^?:]{1,200})/.exec(part)?.[1];
    return path === undefined ? [] : [posix.normalize(path).replace(/^\/var\/run\//, '/run/')];
  });
};

const elsewhere = 'have its service make it below /run/NAME, and write sockets = /run/NAME in [sandbox]';

const whyUnseen = (socket: string, { sandbox: { sockets }, writable }: Seen): string | undefined => {
  const isIn = (directory: string) => isAtOrBelow(socket, directory);
  const own = ['/tmp', '/var/tmp', '/dev/shm', '/run/lock'].find(isIn);
  if (own !== undefined) return `a replica has a ${own} of its own: ${elsewhere}`;
  if ([...SERVICE_DIRECTORIES, ...sockets, ...writable].some(isIn)) return undefined;
  const hidden = ['/home', '/root', '/run'].find(isIn);
  if (hidden === undefined) return undefined;
  const [, top = ''] = /^(\/run\/[^/]{1,200})\//.exec(socket) ?? [];
  return 'refused' in checkValue(runDirectories, top) || top === '' || RULING_DIRECTORIES.includes(top)
    ? `a replica does not see it there: ${elsewhere}`
    : `a replica does not see ${top}: write sockets = ${[...sockets, top].join(' ')} in [sandbox]`;
};
