import type { Ports } from '../site/ports.ts';

/** When one of the paths was changed last, in milliseconds since 1970, by whole seconds. */
export const lastChange = async ({ commands }: Pick<Ports, 'commands'>, paths: readonly string[]): Promise<number> => {
  const said = await commands.run('stat', ['--format=%Z', '--', ...paths]);
  return Math.max(...said.trim().split('\n').map(Number)) * 1000;
};
