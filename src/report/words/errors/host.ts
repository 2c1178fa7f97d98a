import type { ErrorFacts } from '../../../base/error-facts.ts';
import { NO_PROGRAM } from '../../../base/errors.ts';
import { ownValue } from '../../../base/own.ts';
import { paths } from '../../../base/paths.ts';
import { errnoWords } from '../../../site/errno-words.ts';
import { isAtOrBelow } from '../../../site/paths.ts';
import { bytesWords } from '../bytes.ts';
import { type Command, phpZd, type Said, say, systemctl } from '../said.ts';
import { nextAfterErrno } from './errno.ts';
import { spanOf } from './span.ts';
import type { ErrorTable } from './table.ts';

/** No release lies in /run, and none in /etc. */
const oldReleasesIn = (path: string): string | Said =>
  isAtOrBelow(path, paths.state)
    ? say`; old releases, where they lie there too, go with "${phpZd('prune', 'SITE', '--keep', '5')}"`
    : '';

export const whereToMakeRoom = ({ path, what }: ErrorFacts['no-room']): Said =>
  say`"${['df', ...(what === 'files' ? ['-i'] : []), path]}" names the file system${oldReleasesIn(path)}`;

/** All that is of the former number, and nothing that somebody else put there. */
export const giveTo = ({ user, uid, directories }: Omit<ErrorFacts['former-owner'], 'site'>): Command => [
  'chown',
  ...[`--from=${uid}`, '-hR', user, ...directories],
];

/** Of a mount that alone is read-only nothing else is changed: what is mounted there may refuse that (facts.md N112). */
export const writable = ({ mount, isOnlyHere }: ErrorFacts['read-only']): Command => [
  'mount',
  ...['-o', isOnlyHere ? 'remount,bind,rw' : 'remount,rw'],
  mount,
];

/** Debian's packages of programs that a host may be without. */
const PACKAGES: { readonly [Program in string]?: string } = { haproxy: 'haproxy', nginx: 'nginx', man: 'man-db' };

const missingWords = (command: string): string => {
  const [program = ''] = command.split(' ', 1);
  const debian = ownValue(PACKAGES, program);
  return `${program} is not installed${debian === undefined ? '' : `: install it with "apt install ${debian}"`}`;
};

/** What systemd-run(1) says where D-Bus is stopped, which it needs for `--pipe` and `--wait`, root's too (252, 257). */
const noBusIn = (output: string): string | undefined =>
  /^Failed to connect to (?:system scope )?bus[^:\n]{0,40}: ([^\n]{1,200})/.exec(output)?.[1];

export const hostErrors: ErrorTable<
  | 'deadline'
  | 'aborted'
  | 'command-failed'
  | 'file-system'
  | 'network-unheld'
  | 'no-room'
  | 'read-only'
  | 'former-owner'
  | 'group-unknown'
> = {
  deadline: {
    what: ({ what, ms }) => `gave up waiting for ${what} after ${spanOf(ms)}`,
    next: () => say`Look with "${phpZd('status')}", then type it again.`,
  },
  aborted: { what: () => 'it was asked to stop' },
  'command-failed': {
    what: ({ command, status, output }) => {
      const reason = noBusIn(output);
      if (reason !== undefined) return `${command.split(' ', 1)[0]} cannot reach D-Bus (${reason})`;
      return status === NO_PROGRAM
        ? missingWords(command)
        : `'${command}' failed (${status})${output === '' ? '' : `: ${output}`}`;
    },
    next: ({ output }) =>
      noBusIn(output) === undefined
        ? undefined
        : say`What serves goes on serving. Type it again after "${systemctl('start', 'dbus')}".`,
  },
  'file-system': {
    what: ({ path, errno }) => `${path}: ${errnoWords(errno)}`,
    next: ({ path, errno }) => nextAfterErrno(errno, path),
  },
  'network-unheld': {
    what: ({ network }) =>
      `this host's systemd does not hold network = ${network.join(' ')} in [sandbox], for want of BPF for control groups: PHP would reach every address`,
    next: () =>
      'Write network = no in [sandbox] (PHP reaches nothing) or network = yes (everything), or take a host that holds addresses.',
  },
  'no-room': {
    what: ({ path, what, free, needed }) =>
      what === 'bytes'
        ? `the file system of ${path} has ${bytesWords(free)} free, and a roll may need ${bytesWords(needed)}`
        : `the file system of ${path} has room for ${free} more files (inodes), and a roll may need ${needed}`,
    next: facts => say`Make room there, then type it again: ${whereToMakeRoom(facts)}.`,
  },
  'read-only': {
    what: ({ path, mount }) =>
      `the file system at ${mount} is read-only, and a roll writes to ${path === mount ? 'it' : path}`,
    next: facts =>
      say`Make it writable, then type it again: "${writable(facts)}". Where the kernel made it read-only, "${['journalctl', '-k']}" says why.`,
  },
  'former-owner': {
    what: ({ user, uid, directories }) =>
      `the files of ${user} in ${directories.join(', ')} are of user ${uid}, since ${user} was made anew with another number: all visitors would be logged out`,
    next: facts => say`Give them to ${facts.user}, then type it again at once: "${giveTo(facts)}".`,
  },
  'group-unknown': { what: ({ path, group }) => `${path}: no group ${group}` },
};
