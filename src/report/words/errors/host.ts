import { errnoWords, nextAfterErrno } from './errno.ts';
import { spanOf } from './span.ts';
import type { ErrorTable } from './table.ts';

export const hostErrors: ErrorTable<'deadline' | 'aborted' | 'command-failed' | 'file-system' | 'group-unknown'> = {
  deadline: {
    what: ({ what, ms }) => `gave up waiting for ${what} after ${spanOf(ms)}`,
    next: () => 'Look with "php-zd status", then type it again.',
  },
  aborted: { what: () => 'it was asked to stop' },
  'command-failed': {
    what: ({ command, status, output }) => `'${command}' failed (${status})${output === '' ? '' : `: ${output}`}`,
  },
  'file-system': {
    what: ({ path, errno }) => `${path}: ${errnoWords(errno)}`,
    next: ({ path, errno }) => nextAfterErrno(errno, path),
  },
  'group-unknown': { what: ({ path, group }) => `${path}: no group ${group}` },
};
