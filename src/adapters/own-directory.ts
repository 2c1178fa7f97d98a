import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readlink } from 'node:fs/promises';

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
  const directory = await openDirectory(root, path);
  try {
    return await work(pathOf(directory));
  } finally {
    await directory.close();
  }
};

const pathOf = (directory: FileHandle): string => `/proc/self/fd/${directory.fd}`;

const openDirectory = async (root: string, path: string): Promise<FileHandle> => {
  let at = await open(`${root}/`, constants.O_RDONLY | constants.O_DIRECTORY);
  let names = path.split('/');
  let links = 0;
  try {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      if (name === '' || name === '.') continue;
      const target = await linkAt(at, name);
      const next = target?.startsWith('/') ? `${root}/` : `${pathOf(at)}/${name}`;
      if (target !== undefined) {
        links += 1;
        if (links > MOST_LINKS) throw loop();
        names = [...target.split('/'), ...names];
        if (!target.startsWith('/')) continue;
      }
      const former = at;
      at = await enter(next, target !== undefined);
      await former.close();
    }
    return at;
  } catch (error) {
    await at.close();
    throw error;
  }
};

const enter = async (path: string, isRoot: boolean): Promise<FileHandle> => {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | (isRoot ? 0 : constants.O_NOFOLLOW);
  try {
    return await open(path, flags);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    await mkdir(path, { mode: 0o755 });
    return await open(path, flags);
  }
};

/** The target of a link that may be followed; undefined for what is no link, or is not there. */
const linkAt = async (directory: FileHandle, name: string): Promise<string | undefined> => {
  const path = `${pathOf(directory)}/${name}`;
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isSymbolicLink()) return undefined;
  const above = await directory.stat();
  const isRoots = found.uid === 0 && above.uid === 0 && (above.mode & WRITABLE) === 0;
  if (process.geteuid?.() === 0 && !isRoots) throw loop();
  return await readlink(path);
};

const loop = (): Error => Object.assign(new Error('a link on the way is not followed'), { code: 'ELOOP' });
