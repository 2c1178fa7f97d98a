import { posix } from 'node:path';
import { isError } from '../../base/errors.ts';
import { fitsGlob, isGlob } from '../../site/existing/glob.ts';
import { isRootsOwn } from '../../site/existing/roots-own.ts';
import type { Unread } from '../../site/existing/unread.ts';
import type { Position } from '../../site/problem.ts';
import type { Ports } from '../site/ports.ts';

/** Files of PHP-FPM's and nginx's that exist, with what they include. */
export interface Reader {
  readonly ports: Ports;
  readonly unread: Unread[];
  /** The files that were read, each as often as it was. */
  readonly files: string[];
}

export const newReader = (ports: Ports): Reader => ({ ports, unread: [], files: [] });

const MOST_BYTES = 1024 * 1024;
const MOST_FILES = 256;
/** PHP-FPM stops there too (fpm_conf.c, fpm_conf_load_ini_file()). */
const MOST_DEPTH = 5;

interface Included {
  /** Absolute. */
  readonly pattern: string;
  readonly at: Position;
  readonly depth: number;
}

export const readIncluded = async (
  reader: Reader,
  { pattern, at: { file, line }, depth }: Included,
): Promise<readonly (readonly [string, string])[]> => {
  const say = (why: Unread['why'], path = pattern) => void reader.unread.push({ at: { file, line }, path, why });
  if (depth >= MOST_DEPTH) {
    say('deep');
    return [];
  }
  const paths = await expand(reader.ports, pattern);
  if (paths.length === 0 && !isGlob(pattern)) say('missing');
  const texts: (readonly [string, string])[] = [];
  for (const path of paths) {
    if (reader.files.length >= MOST_FILES) {
      say('many', path);
      break;
    }
    if (!isRootsOwn(reader.ports.host, path)) {
      say('foreign', path);
      continue;
    }
    const text = await readText(reader, path);
    if (text !== undefined) texts.push([path, text]);
  }
  return texts;
};

/** The files that a pattern names, in the order of their names. */
export const expand = async (ports: Ports, pattern: string): Promise<readonly string[]> => {
  let found: readonly string[] = ['/'];
  for (const part of pattern.split('/').filter(each => each !== '')) {
    const next: string[] = [];
    for (const directory of found.slice(0, MOST_FILES)) {
      if (!isGlob(part)) next.push(posix.join(directory, part));
      else if (ports.host.isDirectory(directory)) {
        const names = await ports.files.list(directory);
        next.push(...names.filter(name => fitsGlob(part, name)).map(name => posix.join(directory, name)));
      }
    }
    found = next;
  }
  return found.filter(path => ports.host.isFile(path));
};

/** The text of a regular file: whatever else has the name could keep its reader waiting. Of a longer one the rest is left out. */
export const readText = async (reader: Reader, path: string): Promise<string | undefined> => {
  const { files, host } = reader.ports;
  if (!host.isFile(path)) return undefined;
  try {
    const text = await files.read(path, MOST_BYTES);
    reader.files.push(path);
    if (text !== undefined && Buffer.byteLength(text) >= MOST_BYTES) {
      reader.unread.push({ at: { file: path, line: 1 }, path, why: 'long' });
    }
    return text;
  } catch (error) {
    if (!isError(error, 'file-system')) throw error;
    reader.unread.push({ at: { file: path, line: 1 }, path, why: 'refused' });
    return undefined;
  }
};
