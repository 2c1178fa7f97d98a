import { statSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { PhpZdError } from '../base/errors.ts';

const PRESET = '/tmp';

/**
 * Makes a directory for a verb's own files. Where `wanted`, of TMPDIR, is none, as after a clean-up of /tmp with libpam-tmpdir, it lies where
 * it lies without. Rejects with `file-system`.
 */
export const makeScratch = async (wanted: string): Promise<string> => {
  const parent = isAbsolute(wanted) && isDirectory(wanted) ? wanted : PRESET;
  try {
    return await mkdtemp(join(parent, 'php-zd-'));
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new PhpZdError('file-system', { path: parent, errno: code }, error);
  }
};

const isDirectory = (path: string): boolean => {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // Whatever keeps it from being one: it is not used.
  }
};
