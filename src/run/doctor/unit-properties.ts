import { replicaUnit, siteUnit, slotOfUnit } from '../../base/paths.ts';
import type { Site } from '../../site/site.ts';
import type { Ports } from '../site/ports.ts';

/** Settings of a unit, as systemctl(1) shows them. */
export type Shown = ReadonlyMap<string, string>;

/** What the check of settings looks at, and what tells the units apart. */
const SHOWN = [
  ...['Id', 'LoadState', 'Type', 'User', 'Group', 'KillSignal', 'KillMode', 'Restart', 'OOMPolicy', 'PrivateTmp'],
  ...['RootDirectory', 'TimeoutStopUSec', 'Wants', 'DropInPaths', 'BindReadOnlyPaths', 'BindPaths', 'ExecStart'],
];

export interface ShownUnits {
  /** By the site's name. */
  readonly replicas: ReadonlyMap<string, Shown>;
  /** The unit of a site that there is not: it is of the template alone. */
  readonly template: Shown;
}

const NO_SITE = siteUnit('x');

/**
 * What systemd made of the unit of one replica of each site, the operator's drop-ins included, by the site's name: of the first that
 * runs, where one does. Asked of one process, however many sites there are.
 */
export const showUnits = async (ports: Ports, sites: readonly Site[]): Promise<ShownUnits> => {
  const running = (await ports.systemd.glance([replicaUnit('*', '*')])).filter(
    ({ activeState }) => activeState === 'active',
  );
  const units = sites.map(({ name }) => {
    const slots = running.flatMap(({ unit }) => slotOfUnit(name, unit) ?? []);
    return replicaUnit(name, slots.length === 0 ? 1 : Math.min(...slots));
  });
  const text = await ports.commands.run('systemctl', [
    'show',
    `--property=${SHOWN.join(',')}`,
    '--',
    NO_SITE,
    ...units,
  ]);
  // An empty line stands between two units.
  const shown = new Map(
    text
      .split('\n\n')
      .map(parseShown)
      .map(each => [each.get('Id') ?? '', each]),
  );
  const replicas = sites.map(({ name }, at) => [name, shown.get(units[at] ?? '') ?? new Map()] as const);
  return { replicas: new Map(replicas), template: shown.get(NO_SITE) ?? new Map() };
};

const parseShown = (text: string): Shown =>
  new Map(text.split('\n').map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
