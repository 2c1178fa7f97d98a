import { replicaUnit, siteUnit, slotOfUnit } from '../../base/paths.ts';
import type { Site } from '../../site/site.ts';
import { type Shown, show } from '../ask/shown.ts';
import type { Ports } from '../site/ports.ts';

/** What the check of settings looks at, and what tells the units apart. */
const SHOWN = [
  ...['Id', 'LoadState', 'Type', 'User', 'Group', 'KillSignal', 'KillMode', 'Restart', 'OOMPolicy', 'PrivateTmp'],
  ...['RootDirectory', 'TimeoutStopUSec', 'Wants', 'DropInPaths', 'BindReadOnlyPaths', 'BindPaths', 'ExecStart'],
  ...['LogLevelMax', 'LogFilterPatterns'],
];

export interface ShownUnits {
  /** Of a replica of each site whose unit has drop-ins, by the site's name: the unit file alone is as php-zd wrote it. */
  readonly replicas: ReadonlyMap<string, Shown>;
  /** The unit of a site that there is not: it is of the template alone. */
  readonly template: Shown;
}

const NO_SITE = siteUnit('x');

/**
 * What systemd made of the units, the operator's drop-ins included: asked of one process, however many sites there are. To show a unit
 * keeps systemd busy ten times as long as a question for one setting does (facts.md N101).
 */
export const showUnits = async (ports: Ports, sites: readonly Site[]): Promise<ShownUnits> => {
  const running = await runningReplicas(ports);
  const units = sites.map(({ name }) => ({ name, unit: shownOf(name, running) }));
  const dropIns = await Promise.all(units.map(({ unit }) => ports.systemd.dropIns(unit)));
  const altered = units.filter((_, at) => dropIns[at]?.length !== 0);
  const shown = await showById(ports, [NO_SITE, ...altered.map(({ unit }) => unit)]);
  const replicas = altered.map(({ name, unit }) => [name, shown.get(unit) ?? new Map()] as const);
  return { replicas: new Map(replicas), template: shown.get(NO_SITE) ?? new Map() };
};

/** What systemd made of the unit of one of the site's replicas. */
export const showReplica = async (ports: Ports, { name }: Site): Promise<Shown> => {
  const unit = shownOf(name, await runningReplicas(ports));
  return (await showById(ports, [unit])).get(unit) ?? new Map();
};

const runningReplicas = ({ systemd }: Ports): Promise<readonly string[]> => systemd.units(replicaUnit('*', '*'));

/** The unit of one of the site's replicas: of the first that runs, where one does. */
const shownOf = (site: string, running: readonly string[]): string => {
  const slots = running.flatMap(unit => slotOfUnit(site, unit) ?? []);
  return replicaUnit(site, slots.length === 0 ? 1 : Math.min(...slots));
};

const showById = async (ports: Ports, units: readonly string[]): Promise<ReadonlyMap<string, Shown>> =>
  new Map((await show(ports, SHOWN, units)).map(each => [each.get('Id') ?? '', each]));
