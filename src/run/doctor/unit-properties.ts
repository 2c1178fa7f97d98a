import { replicaUnit, slotOfUnit } from '../../base/paths.ts';
import type { Site } from '../../site/site.ts';
import type { Ports } from '../site/ports.ts';

/** Settings of a unit, as systemctl(1) shows them. */
export type Shown = ReadonlyMap<string, string>;

/** What the check of settings looks at, and what tells the units apart. */
const SHOWN = [
  ...['Id', 'LoadState', 'Type', 'User', 'Group', 'KillSignal', 'KillMode', 'Restart', 'OOMPolicy', 'PrivateTmp'],
  ...['RootDirectory', 'TimeoutStopUSec', 'Wants', 'DropInPaths', 'BindReadOnlyPaths', 'BindPaths'],
];

/**
 * What systemd made of the unit of one replica of each site, the operator's drop-ins included, by the site's name: of the first that
 * runs, where one does. Asked of one process, however many sites there are.
 */
export const showReplicas = async (ports: Ports, sites: readonly Site[]): Promise<ReadonlyMap<string, Shown>> => {
  const running = (await ports.systemd.glance([replicaUnit('*', '*')])).filter(
    ({ activeState }) => activeState === 'active',
  );
  const units = sites.map(({ name }) => {
    const slots = running.flatMap(({ unit }) => slotOfUnit(name, unit) ?? []);
    return replicaUnit(name, slots.length === 0 ? 1 : Math.min(...slots));
  });
  if (units.length === 0) return new Map();
  const text = await ports.commands.run('systemctl', ['show', `--property=${SHOWN.join(',')}`, '--', ...units]);
  // An empty line stands between two units.
  const shown = new Map(
    text
      .split('\n\n')
      .map(parseShown)
      .map(each => [each.get('Id') ?? '', each]),
  );
  return new Map(sites.flatMap(({ name }, at) => [[name, shown.get(units[at] ?? '') ?? new Map()] as const]));
};

const parseShown = (text: string): Shown =>
  new Map(text.split('\n').map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
