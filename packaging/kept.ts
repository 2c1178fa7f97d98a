// What a look, a start or a roll leaves for the next one: V8's code of just the functions that it ran. A cache that is made before anything has
// run has none of them, and one of all functions takes longer to read than it saves (facts.md N38, N65, N93).
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

/** A look that met few sites, or met them while they started, ran little of what the next one runs. */
const STALE_LOOK_MS = 3_600_000;
/** What a roll runs depends on how it went, and a little on its site. */
const STALE_ACT_MS = 24 * 3_600_000;

/** What changes when the first site comes, is started or goes. */
const SITES = [paths.sites, paths.run];

const NOT_OWN = 0o022;

/** A file in which code is kept, and what it is of. */
export interface Kept {
  readonly file: string;
  /** Of a verb that only looks: one that failed is no shorter than one that did not. */
  readonly isLook: boolean;
}

/**
 * Where the code of the last such run lies, the looks at named sites apart from a table of all, and each thing that units call by itself;
 * undefined for other verbs, which few people type and nobody waits for.
 */
export const keptOf = ([verb = '', ...rest]: readonly string[]): Kept | undefined => {
  const named = `${PHP_ZD_KEPT}/${verb}${rest.length === 0 ? '' : '-named'}`;
  if (LOOKS.includes(verb)) return { file: named, isLook: true };
  if (verb === 'unit') return ACTS_OF_UNITS.includes(rest[0]) ? of(`unit-${rest[0]}`) : undefined;
  return ACTS.includes(verb) ? of(verb) : undefined;
};
const of = (act: string): Kept => ({ file: `${PHP_ZD_KEPT}/${act}`, isLook: false });

const LOOKS: readonly unknown[] = ['doctor', 'status'];
const ACTS: readonly unknown[] = ['deploy', 'reload', 'rollback'];
const ACTS_OF_UNITS: readonly unknown[] = ['roll', 'settle', 'start', 'stop'];

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

/** Whether what is kept is missing, of another program (`cache` was made after it), or too old, and can be kept anew. */
export const shouldKeep = ({ file, isLook }: Kept, cache: string): boolean => {
  const at = changedAt(file);
  const isFresh = at > Date.now() - (isLook ? STALE_LOOK_MS : STALE_ACT_MS) && changedAt(cache) < at;
  if (isFresh && (!isLook || SITES.every(path => changedAt(path) < at))) return false;
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
