import { isError, valueUnless } from '../base/errors.ts';
import type { UnitGlance, UnitStart, UnitState, UnitUsage } from '../ports/systemd.ts';
import { type Manager, NOT_SET, type Properties, type PropertyName } from './systemd-manager.ts';

const UNIT = 'org.freedesktop.systemd1.Unit';
const UNIT_START = ['ActiveState', 'ActiveEnterTimestamp', 'InvocationID'] as const;
const UNIT_USAGE = ['ActiveState', 'ActiveEnterTimestamp'] as const;
const SERVICE = 'org.freedesktop.systemd1.Service';
const SERVICE_USAGE = ['Result', 'NRestarts', 'MemoryCurrent', 'CPUUsageNSec'] as const;

export const loadUnit = async (manager: Manager, unit: string): Promise<string> => {
  const [path] = await manager.ask({ member: 'LoadUnit', signature: 's', body: [unit], answer: 'o', unit });
  return String(path);
};

interface ListedUnit {
  readonly unit: string;
  readonly loadState: string;
  readonly activeState: string;
  readonly subState: string;
  readonly path: string;
}

/**
 * A row of ListUnits: name, description, load state, active state, sub state, followed unit, object path, and three of its job.
 */
type UnitRow = readonly [string, string, string, string, string, string, string];

/** The units in memory. */
const listUnits = async (manager: Manager, patterns: readonly string[]): Promise<readonly ListedUnit[]> => {
  const asked = { member: 'ListUnitsByPatterns', signature: 'asas', body: [[], patterns], answer: 'a(ssssssouso)' };
  const [rows] = await manager.ask(asked);
  return (rows as readonly UnitRow[])
    .map(([unit, , loadState, activeState, subState, , path]) => ({ unit, loadState, activeState, subState, path }))
    .sort((a, b) => (a.unit < b.unit ? -1 : 1));
};

/** Leaves out what is inactive, which systemd has in memory only where another unit names it. */
export const listActive = async (manager: Manager, patterns: readonly string[]): Promise<readonly ListedUnit[]> =>
  (await listUnits(manager, patterns)).filter(({ activeState }) => activeState !== 'inactive');

export const stale = async (manager: Manager, patterns: readonly string[]): Promise<readonly string[]> => {
  const units = await listUnits(manager, patterns);
  const isStale = await Promise.all(units.map(({ path }) => manager.property(path, UNIT, 'NeedDaemonReload')));
  return units.filter((_, at) => isStale[at] === true).map(({ unit }) => unit);
};

/** systemd's words for a service whose process has ended. */
const ENDED: readonly string[] = ['exited', 'failed'];

/**
 * The units at a glance. GetAll of a service gives 300 properties, which takes 4 ms to read: of many units single properties
 * are asked.
 */
export const glance = async (manager: Manager, patterns: readonly string[]): Promise<readonly UnitGlance[]> => {
  const units = await listActive(manager, patterns);
  const mainPidOf = async ({ unit, subState, path }: ListedUnit): Promise<number> =>
    unit.endsWith('.service') && !ENDED.includes(subState)
      ? Number(await manager.property(path, SERVICE, 'MainPID'))
      : 0;
  return await Promise.all(
    units.map(async listed => ({
      unit: listed.unit,
      loadState: listed.loadState,
      activeState: listed.activeState,
      mainPid: await mainPidOf(listed),
    })),
  );
};

/**
 * Loads nothing: what is loaded for a question alone is unloaded after it, once for each property, and each time with all that it is
 * ordered after, with a change of each of those that everybody on the bus is told of (facts.md S10).
 */
export const activeState = async (manager: Manager, unit: string): Promise<string> => {
  const path = await pathInMemory(manager, unit);
  return path === undefined ? 'inactive' : String(await manager.property(path, UNIT, 'ActiveState'));
};

const pathInMemory = async (manager: Manager, unit: string): Promise<string | undefined> => {
  const asked = { member: 'GetUnit', signature: 's', body: [unit], answer: 'o', unit };
  const found = await valueUnless(() => manager.ask(asked), 'unit-unknown');
  return found === undefined ? undefined : String(found[0]);
};

const NO_FILE = 'org.freedesktop.DBus.Error.FileNotFound';

export const fileState = async (manager: Manager, unit: string): Promise<string> => {
  try {
    const asked = { member: 'GetUnitFileState', signature: 's', body: [unit], answer: 's', unit };
    const [state] = await manager.ask(asked);
    return String(state);
  } catch (error) {
    if (isError(error, 'systemd-refused') && error.facts.name === NO_FILE) return 'not-found';
    throw error;
  }
};

export const lastStart = async (manager: Manager, unit: string): Promise<UnitStart> => {
  const { mainPid, invocationId, activeSince } = await partOf(manager, unit, {
    of: UNIT_START,
    ofService: ['MainPID'],
  });
  return { mainPid, invocationId, activeSince };
};

export const changedAt = async (manager: Manager, unit: string): Promise<number> =>
  instant(await manager.property(await loadUnit(manager, unit), UNIT, 'StateChangeTimestampMonotonic'));

export const lastReload = async (manager: Manager, unit: string): Promise<string> =>
  String(await manager.property(pathOf(unit), SERVICE, 'ReloadResult'));

export const dropIns = async (manager: Manager, unit: string): Promise<readonly string[]> => {
  const found = await manager.property(pathOf(unit), UNIT, 'DropInPaths');
  return Array.isArray(found) ? found.map(String) : [];
};

/**
 * The path of a unit as systemd makes it, of the bytes of its name (sd_bus_path_encode(3)): there is no question for it. systemd loads a
 * unit of which it is asked something by its path.
 */
const pathOf = (unit: string): string => {
  const isPlain = (byte: number, at: number) =>
    (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || (at > 0 && byte >= 0x30 && byte <= 0x39);
  const encoded = [...Buffer.from(unit)].map((byte, at) =>
    isPlain(byte, at) ? String.fromCharCode(byte) : `_${byte.toString(16).padStart(2, '0')}`,
  );
  return `/org/freedesktop/systemd1/unit/${encoded.join('')}`;
};

export const usage = async (manager: Manager, unit: string): Promise<UnitUsage> => {
  const names = { of: UNIT_USAGE, ofService: SERVICE_USAGE };
  const { result, activeSince, restarts, memoryBytes, cpuMs } = await partOf(manager, unit, names);
  return { result, activeSince, restarts, memoryBytes, cpuMs };
};

interface PropertyNames {
  readonly of: readonly PropertyName[];
  readonly ofService: readonly PropertyName[];
}

/** A state of which only what these properties say means something. */
const partOf = async (manager: Manager, unit: string, { of, ofService }: PropertyNames): Promise<UnitState> => {
  const path = await loadUnit(manager, unit);
  const ask = (on: string, names: readonly PropertyName[]) =>
    names.map(async name => [name, { value: await manager.property(path, on, name) }] as const);
  return toState(unit, Object.fromEntries(await Promise.all([...ask(UNIT, of), ...ask(SERVICE, ofService)])));
};

/** Microseconds; 0, as for what never was, where there are more than a number holds. */
const instant = (value: unknown): number => {
  const microseconds = Number(value ?? 0);
  return Number.isSafeInteger(microseconds) ? microseconds : 0;
};

/** The bytes of a D-Bus value of type `ay`. */
const bytes = (value: unknown): Buffer => Buffer.from(value instanceof Uint8Array ? value : []);

export const toState = (unit: string, properties: Properties): UnitState => {
  const text = (name: string): string => String(properties[name]?.value ?? '');
  const number = (name: string): number => Number(properties[name]?.value ?? 0);
  const counted = (name: string): number | undefined => {
    const value = properties[name]?.value ?? NOT_SET;
    return value === NOT_SET ? undefined : Number(value);
  };
  const cpuNs = counted('CPUUsageNSec');
  const isActive = ['active', 'reloading', 'refreshing'].includes(text('ActiveState'));
  return {
    unit,
    loadState: text('LoadState'),
    activeState: text('ActiveState'),
    subState: text('SubState'),
    result: text('Result'),
    mainPid: number('MainPID'),
    controlPid: number('ControlPID'),
    mainStatus: number('ExecMainStatus'),
    invocationId: bytes(properties['InvocationID']?.value).toString('hex'),
    activeSince: isActive ? Math.floor(instant(properties['ActiveEnterTimestamp']?.value) / 1000) : undefined,
    statusText: text('StatusText'),
    needDaemonReload: properties['NeedDaemonReload']?.value === true,
    restarts: number('NRestarts'),
    memoryBytes: counted('MemoryCurrent'),
    cpuMs: cpuNs === undefined ? undefined : cpuNs / 1_000_000,
    fragmentPath: text('FragmentPath'),
  };
};
