import { grouped } from '../../base/grouped.ts';
import { balancerUnit, paths, replicaUnit, siteOfReplica, siteUnit } from '../../base/paths.ts';
import type { BackendState, Connections } from '../../ports/balancer.ts';
import type { UnitGlance } from '../../ports/systemd.ts';
import { askBalancer } from '../ask/balancer.ts';
import { isGone } from '../ask/front-link.ts';
import { lostIn } from '../receipt/receipt.ts';
import type { Ports } from '../site/ports.ts';
import { findLacks, type Lack } from '../site/room.ts';
import { type Crashes, findCrashes } from './crashes.ts';

/** What systemd and HAProxy say of all sites that are looked at. Each is asked once, however many sites there are. */
export interface HostGlance {
  readonly units: ReadonlyMap<string, UnitGlance>;
  /** Those of replicas, by their site. */
  readonly replicas: ReadonlyMap<string, readonly UnitGlance[]>;
  /** Undefined when HAProxy does not answer. */
  readonly backends: ReadonlyMap<string, BackendState> | undefined;
  /** HAProxy's socket for questions, where HAProxy runs and that is gone. */
  readonly controlGone: string | undefined;
  /** Over all sites. Undefined when HAProxy does not answer. */
  readonly connections: Connections | undefined;
  /** Of sites that HAProxy has lost requests of. */
  readonly crashes: ReadonlyMap<string, Crashes>;
  /** What every roll lacks, or where one site is looked at, each of its rolls. */
  readonly lack: Lack | undefined;
}

/** At one site, or at all that run, whether they have a file or not. */
export const glanceAtHost = async (ports: Ports, sites: readonly string[]): Promise<HostGlance> => {
  const ofSites = sites.length === 1 ? sites : ['*'];
  const patterns = [balancerUnit, ...ofSites.flatMap(site => [siteUnit(site), replicaUnit(site, '*')])];
  const [units, overview] = await Promise.all([
    ports.systemd.glance(patterns),
    askBalancer(() => ports.balancer.overview()),
  ]);
  const replicas = grouped(units, ({ unit }) => siteOfReplica(unit) ?? '');
  const isRunning = units.some(({ unit, activeState }) => unit === balancerUnit && activeState === 'active');
  const isCut = overview === undefined && isRunning && (await isGone(ports, paths.balancerAdmin));
  return {
    controlGone: isCut ? paths.balancerAdmin : undefined,
    units: new Map(units.map(each => [each.unit, each])),
    replicas,
    backends: overview?.backends,
    connections: overview?.connections,
    crashes: await findCrashes(ports, losing(overview?.backends, replicas)),
    lack: (await findLacks(ports, sites))[0],
  };
};

/** The replicas that run, of sites of which requests were lost since HAProxy's process started: as a rule none. */
const losing = (
  backends: HostGlance['backends'],
  replicas: HostGlance['replicas'],
): ReadonlyMap<string, readonly string[]> => {
  const isLosing = (site: string) => {
    const totals = backends?.get(site)?.totals;
    return totals !== undefined && lostIn(totals) > 0;
  };
  const run = (units: readonly UnitGlance[]) =>
    units.filter(({ activeState }) => activeState === 'active').map(({ unit }) => unit);
  return new Map([...replicas].filter(([site]) => isLosing(site)).map(([site, units]) => [site, run(units)]));
};

/** systemd's word for the state of a unit at a glance. */
export const activeStateOf = ({ units }: HostGlance, unit: string): string =>
  units.get(unit)?.activeState ?? 'inactive';
