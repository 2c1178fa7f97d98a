// What a look leaves for the next one: V8's code of just the functions that it ran. A cache that is made before anything has run has none of
// them, and one of all functions takes longer to read than it saves (facts.md N38, N65).
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { paths } from '../src/base/paths.ts';

/** `paths.cache`, and another directory in tests. Set by packaging/build.ts. */
declare const PHP_ZD_KEPT: string;

/** Verbs that only look: they are typed again and again, and a start that is told anew of the functions costs nobody a request. */
const LOOKS: readonly unknown[] = ['doctor', 'status'];

/** A look that met few sites, or met them while they started, ran little of what the next one runs. */
const STALE_MS = 3_600_000;

/** What changes when the first site comes, is started or goes. */
const SITES = [paths.sites, paths.run];

const NOT_OWN = 0o022;

/** Where the code of the last look of this kind lies, a page of named sites apart from a table of all; undefined for other verbs. */
export const keptFileOf = ([verb = '', ...rest]: readonly string[]): string | undefined =>
  LOOKS.includes(verb) ? `${PHP_ZD_KEPT}/${verb}${rest.length === 0 ? '' : '-named'}` : undefined;

/** What root or oneself has written and nobody else may write; undefined where there is none: it saves time, and nothing else. */
export const readOwn = (file: string): Buffer | undefined => {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const { uid, mode } = fstatSync(descriptor);
      if ((uid !== 0 && uid !== process.getuid?.()) || (mode & NOT_OWN) !== 0) return undefined;
      return readFileSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
};

/** 0 where that cannot be told. */
const changedAt = (path: string): number => {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0;
  }
};

/** Whether what is kept is missing or of other sites, and can be kept anew. */
export const shouldKeep = (file: string): boolean => {
  const at = changedAt(file);
  if (at > Date.now() - STALE_MS && SITES.every(path => changedAt(path) < at)) return false;
  try {
    // With its last part, which only a directory has.
    accessSync(`${dirname(file)}/.`, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

/** Moved in place whole. That nothing can be written is borne: the next look compiles what it needs. */
export const keep = (file: string, cache: Buffer): void => {
  const making = `${file}.${process.pid}`;
  try {
    writeFileSync(making, cache);
    chmodSync(making, 0o644);
    renameSync(making, file);
  } catch {
    rmSync(making, { force: true });
  }
};
