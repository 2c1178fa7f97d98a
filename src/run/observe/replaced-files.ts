import { isError } from '../../base/errors.ts';
import type { Ports } from '../site/ports.ts';

/** The maps of a PHP-FPM with a hundred extensions. */
const MOST_BYTES = 1024 * 1024;

/**
 * The program and the libraries, PHP's extensions among them, that a process runs and that were replaced since: an upgrade puts new
 * files in their place, and Debian starts only its own php-fpm anew. None for who may not know.
 */
export const replacedFiles = async ({ files }: Pick<Ports, 'files'>, pid: number): Promise<readonly string[]> => {
  if (pid === 0) return [];
  try {
    const maps = (await files.read(`/proc/${pid}/maps`, MOST_BYTES)) ?? '';
    const found = linesEndingIn(DELETED, maps).flatMap(
      line => /^[^/]{1,99}(\/usr\/[^ ]{1,4096}) \(deleted\)$/.exec(line)?.[1] ?? [],
    );
    return [...new Set(found)].sort();
  } catch (error) {
    if (isError(error, 'file-system')) return [];
    throw error;
  }
};

const DELETED = ' (deleted)';

/** Of hundreds of lines these are a few. */
const linesEndingIn = (end: string, text: string): readonly string[] => {
  const lines: string[] = [];
  for (let at = text.indexOf(`${end}\n`); at >= 0; at = text.indexOf(`${end}\n`, at + 1)) {
    lines.push(text.slice(text.lastIndexOf('\n', at) + 1, at + end.length));
  }
  return lines;
};

/** Whether the program alone was replaced, by one question of the kernel's that takes it a hundredth of the time for all files (facts.md N90). */
export const isProgramReplaced = async ({ files }: Pick<Ports, 'files'>, pid: number): Promise<boolean> => {
  if (pid === 0) return false;
  try {
    return (await files.readLink(`/proc/${pid}/exe`))?.endsWith(DELETED) === true;
  } catch (error) {
    if (isError(error, 'file-system')) return false;
    throw error;
  }
};
