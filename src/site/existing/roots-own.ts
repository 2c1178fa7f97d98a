import { posix } from 'node:path';
import type { Host } from '../host.ts';

/**
 * Who owns a directory on the way could put a link there, and so have any file of root's shown as lines that are not understood,
 * or a program of theirs run.
 */
export const isRootsOwn = (host: Pick<Host, 'ownerOf'>, path: string): boolean =>
  host.ownerOf(path) === 0 && (path === '/' || isRootsOwn(host, posix.dirname(path)));
