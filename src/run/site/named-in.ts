import { isError, valueUnless } from '../../base/errors.ts';
import type { Ports } from './ports.ts';

/** Whether a file of these directories names one of the paths. Rejects with `command-failed` where nobody could look. */
export const isOneNamedIn = async (
  { commands }: Pick<Ports, 'commands'>,
  paths: readonly string[],
  directories: readonly string[],
): Promise<boolean> => {
  try {
    await commands.run('grep', [
      '-Rqs',
      '--fixed-strings',
      ...paths.flatMap(path => ['-e', path]),
      '--',
      ...directories,
    ]);
    return true;
  } catch (error) {
    if (isError(error, 'command-failed') && error.facts.output === '') return false;
    throw error;
  }
};

/** Whether a file of these directories names the path; no, where nobody could look. */
export const isNamedIn = async (
  ports: Pick<Ports, 'commands'>,
  path: string,
  directories: readonly string[],
): Promise<boolean> => (await valueUnless(() => isOneNamedIn(ports, [path], directories), 'command-failed')) ?? false;
