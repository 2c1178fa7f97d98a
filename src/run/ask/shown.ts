import type { Ports } from '../site/ports.ts';

/** Settings of a unit, as systemctl(1) shows them. */
export type Shown = ReadonlyMap<string, string>;

/** These settings of the units, in their order: asked of one process. Rejects with `command-failed`. */
export const show = async (
  { commands }: Pick<Ports, 'commands'>,
  settings: readonly string[],
  units: readonly string[],
): Promise<readonly Shown[]> => {
  const text = await commands.run('systemctl', ['show', `--property=${settings.join(',')}`, '--', ...units]);
  // An empty line stands between two units.
  return text.split('\n\n').map(parseShown);
};

const parseShown = (text: string): Shown =>
  new Map(text.split('\n').map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
