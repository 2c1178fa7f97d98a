import { valueUnless } from '../../base/errors.ts';
import type { Ports } from './ports.ts';

/** Whether a file of these directories names the path. */
export const isNamedIn = async (
  { commands }: Pick<Ports, 'commands'>,
  path: string,
  directories: readonly string[],
): Promise<boolean> => {
  const args = ['-Rqs', '--fixed-strings', '--', path, ...directories];
  return (await valueUnless(() => commands.run('grep', args), 'command-failed')) !== undefined;
};
