import { dirname } from 'node:path';
import { type Said, say } from '../said.ts';

const makeRoom = (path: string): Said =>
  say`Make room there, then type it again: "${['df', standing(path)]}" names the file system, and "${['df', '-i', standing(path)]}" counts its files.`;

/** A directory of the path that is there also after what failed was put right. */
const standing = (path: string): string => PASSING.exec(path)?.[1] ?? dirname(path);
const PASSING = /^(\/(?:var\/lib|run)\/php-zd\/[^/]{1,255}\/(?:generations|views))\//;

const next: { readonly [Errno in string]?: (path: string) => Said } = {
  ENOSPC: makeRoom,
  EDQUOT: makeRoom,
  EROFS: path =>
    say`"${['findmnt', '-T', standing(path)]}" names the file system, and "${['journalctl', '-k']}" why it is so; then type it again.`,
  ENOTREG: path => say`Take it away with "${['rm', '-r', path]}", then type it again.`,
  ETIMEDOUT: path => say`"${['findmnt', path]}" names its server: bring it back, then type it again.`,
  EIO: () => say`See "${['journalctl', '-k']}".`,
};

/** Where there is more to type than the same again as root. */
export const nextAfterErrno = (errno: string, path: string): Said | undefined => next[errno]?.(path);
