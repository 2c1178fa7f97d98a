import type { Host } from './host.ts';
import type { Lines } from './lines.ts';
import type { Findings, Position } from './problem.ts';
import type { Key, PresetKey } from './schema-key.ts';
import type { Setting, Settings } from './settings.ts';
import { checkValue } from './value-types.ts';

/** What the readers of the sections share. The readers add to `findings` and change nothing else. */
export interface Source {
  /** The site's name. */
  readonly name: string;
  /** The site file. */
  readonly file: string;
  readonly settings: Settings;
  readonly host: Host;
  readonly findings: Findings;
  /** The texts are of a generation that was well: what nobody refused then is borne. */
  readonly isKept?: boolean | undefined;
  /** Nobody asks for more of the files than their problems and what `GlancedSite` has: warnings are none. */
  readonly isGlance?: boolean | undefined;
}

/** A value that its type allows. What only the host or another key can judge is judged by the caller. */
export interface Given<T> {
  readonly value: T;
  /** Where a message about the value belongs. */
  readonly at: Position;
}

/** `broken`: there is no value, and the reason is reported already. What follows from the missing value is not reported too. */
export type Reading<T> = Given<T> | 'absent' | 'broken';

export const read = <T>(source: Source, key: Key<T>): Reading<T> => {
  const setting = source.settings.inSection(key.section).get(key.name);
  if (setting !== undefined) return check(source, key, setting);
  return source.settings.isDoubtful(key.section, key.name) ? 'broken' : 'absent';
};

export const readPreset = <T>(source: Source, key: PresetKey<T>): Given<T> | 'broken' => {
  const reading = read(source, key);
  if (reading !== 'absent') return reading;
  return { value: presetOf(key), at: source.settings.whereabouts(key.section) };
};

/** The default of each key that was read: the same for all sites. */
const presets = new WeakMap<PresetKey<unknown>, unknown>();

const presetOf = <T>(key: PresetKey<T>): T => {
  if (presets.has(key)) return presets.get(key) as T;
  const preset = checkValue(key.type, key.default);
  if ('refused' in preset) throw new Error(`the default of ${key.section}/${key.name} ${preset.refused}`);
  presets.set(key, preset.value);
  return preset.value;
};

/** `advice` says what to write, as the end of the message that the key is missing. */
export const readRequired = <T>(source: Source, key: Key<T>, advice: string): Given<T> | 'broken' => {
  const reading = read(source, key);
  if (reading !== 'absent') return reading;
  return refuse(
    source,
    source.settings.whereabouts(key.section),
    `'${key.name}' is missing in [${key.section}]: ${advice}`,
  );
};

/** The entries of a map, or of a section that is one, in the order of the files. Broken ones are left out. */
export const readEntries = <T>(source: Source, key: Key<T>): ReadonlyMap<string, Given<T>> => {
  const lines = [...readLines(source, key)];
  return new Map(lines.flatMap(([name, [first]]) => (first === undefined ? [] : [[name, first] as const])));
};

/** As `readEntries`, with all lines of each entry. */
export const readLines = <T>(source: Source, key: Key<T>): ReadonlyMap<string, readonly Given<T>[]> => {
  const entries = new Map<string, readonly Given<T>[]>();
  for (const setting of source.settings.inSection(key.section).values()) {
    if (setting.key !== key) continue;
    const readings = source.settings.linesOf(setting).map(line => check(source, key, line));
    const given = readings.filter(reading => reading !== 'broken');
    if (given.length > 0) entries.set(setting.name, given);
  }
  return entries;
};

/**
 * Where a contradiction of keys is reported: at the first of the keys that the site file has, since there the contradiction can
 * be put right for this site alone, else at the first that defaults.ini has.
 */
export const whereOneIsWritten = (source: Source, keys: readonly [Key<unknown>, ...Key<unknown>[]]): Position => {
  const written = keys.flatMap(({ section, name }) => source.settings.inSection(section).get(name)?.at ?? []);
  const [first = source.settings.whereabouts(keys[0].section)] = written;
  return written.find(({ file }) => file === source.file) ?? first;
};

export const refuse = (source: Source, at: Position, message: string): 'broken' => {
  source.findings.problems.push({ ...at, message });
  return 'broken';
};

/** Refuses what earlier versions did not: what runs with it already comes back from a boot. */
export const refuseNew = (source: Source, at: Position, message: string): void => {
  if (source.isKept) warn(source, at, message);
  else refuse(source, at, message);
};

export const warn = (source: Source, at: Position, message: string): void => {
  if (!source.isGlance) source.findings.warnings.push({ ...at, message });
};

/** The values alone, `undefined` for a key that is absent; undefined as a whole when one of the readings is broken. */
export const valuesOf = <R extends Readonly<Record<string, Reading<unknown>>>>(readings: R): Values<R> | undefined => {
  // A copy has all names at once, where each name that is added makes V8 another kind of object.
  const values: Record<string, unknown> = { ...readings };
  for (const name of Object.keys(readings)) {
    const reading = readings[name];
    if (reading === undefined || reading === 'broken') return undefined;
    values[name] = reading === 'absent' ? undefined : reading.value;
  }
  return values as Values<R>;
};

export const valuesIn = <T>(entries: ReadonlyMap<string, Given<T>>): ReadonlyMap<string, T> =>
  new Map([...entries].map(([name, { value }]) => [name, value]));

/** The values alone of lines that were read. */
export const linesIn = (entries: ReadonlyMap<string, readonly Given<string>[]>): Lines =>
  new Map([...entries].map(([name, lines]) => [name, lines.map(({ value }) => value)]));

type Values<R> = { readonly [Name in keyof R]: ValueIn<R[Name]> };
type ValueIn<R> = R extends Given<infer T> ? T : R extends 'absent' ? undefined : never;

const check = <T>(source: Source, key: Key<T>, { at, written, value }: Setting): Given<T> | 'broken' => {
  if (value === undefined) return 'broken';
  const checked = checkValue(key.type, value);
  if ('value' in checked) return { value: checked.value, at };
  return refuse(source, at, `'${written}' ${checked.refused}`);
};
