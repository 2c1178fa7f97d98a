import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, readlinkSync } from 'node:fs';

/** As the kernel has it (path_resolution(7)). */
const MOST_LINKS = 40;
/** Group and others may write. */
const WRITABLE = 0o022;

/**
 * Does the work in a directory that is opened step by step and made where it is missing, given as a path that stays the
 * directory's own. To root a link on the way counts only where nobody else could have put it: whoever may write above the
 * directory would else have root work in any other. Rejects with ELOOP at such a link. `root` is put before the path.
 */
export const inDirectory = async <Value>(
  root: string,
  path: string,
  work: (directory: string) => Promise<Value>,
): Promise<Value> => {
  const directory = openDirectory(root, path);
  try {
    return await work(pathOf(directory));
  } finally {
    closeSync(directory);
  }
};

const pathOf = (directory: number): string => `/proc/self/fd/${directory}`;

/** At once: by way of libuv's threads each of twenty steps would wait for a turn of its own (facts.md N49). */
const openDirectory = (root: string, path: string): number => {
  let at = openSync(`${root}/`, constants.O_RDONLY | constants.O_DIRECTORY);
  let names = path.split('/');
  let links = 0;
  try {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      if (name === '' || name === '.') continue;
      const target = linkAt(at, name);
      const next = target?.startsWith('/') ? `${root}/` : `${pathOf(at)}/${name}`;
      if (target !== undefined) {
        links += 1;
        if (links > MOST_LINKS) throw loop();
        names = [...target.split('/'), ...names];
        if (!target.startsWith('/')) continue;
      }
      const former = at;
      at = enter(next, target !== undefined);
      closeSync(former);
    }
    return at;
  } catch (error) {
    closeSync(at);
    throw error;
  }
};

const enter = (path: string, isRoot: boolean): number => {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | (isRoot ? 0 : constants.O_NOFOLLOW);
  try {
    return openSync(path, flags);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    mkdirSync(path, { mode: 0o755 });
    return openSync(path, flags);
  }
};

/** The target of a link that may be followed; undefined for what is no link, or is not there. */
const linkAt = (directory: number, name: string): string | undefined => {
  const path = `${pathOf(directory)}/${name}`;
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found?.isSymbolicLink()) return undefined;
  const above = fstatSync(directory);
  const isRoots = found.uid === 0 && above.uid === 0 && (above.mode & WRITABLE) === 0;
  if (process.geteuid?.() === 0 && !isRoots) throw loop();
  return readlinkSync(path);
};

const loop = (): Error => Object.assign(new Error('a link on the way is not followed'), { code: 'ELOOP' });
