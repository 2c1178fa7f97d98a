import type { ValueType } from './value-types.ts';

export interface Key<T> {
  readonly section: string;
  /** `single` is written NAME = VALUE; `map` is `ini`, written ini[NAME] = VALUE; `rest` stands for all other keys of its section. */
  readonly kind: 'single' | 'map' | 'rest';
  readonly name: string;
  readonly type: ValueType<T>;
  /** The default as the manual shows it: of a PresetKey a value, else words for where the value comes from. */
  readonly default: string;
  /** Whether the key can only be a single site's, and so cannot stand in defaults.ini. */
  readonly isPerSite: boolean;
  /** What the manual says of the key. */
  readonly sentence: string;
}

/** A key whose default is read as if the operator had written it. */
export interface PresetKey<T> extends Key<T> {
  readonly isPreset: true;
}

export interface Section {
  readonly name: string;
  readonly sentence: string;
  readonly keys: Readonly<Record<string, Key<unknown>>>;
}

/** A key without what its place in the schema says: its section and its name. */
export type Placed<K> = Omit<K, 'section' | 'name'>;

type Keys<Specs> = {
  readonly [Name in keyof Specs]: Specs[Name] & { readonly section: string; readonly name: string };
};

export const section = <const Specs extends Readonly<Record<string, Placed<Key<unknown>>>>>(
  name: string,
  sentence: string,
  specs: Specs,
): { readonly name: string; readonly sentence: string; readonly keys: Keys<Specs> } => {
  const keys = Object.entries(specs).map(([key, spec]) => [key, { ...spec, section: name, name: key }]);
  return { name, sentence, keys: Object.fromEntries(keys) as Keys<Specs> };
};

export const preset = <T>(type: ValueType<T>, text: string, sentence: string): Placed<PresetKey<T>> => ({
  ...single(type, text, sentence),
  isPreset: true,
});

export const single = <T>(type: ValueType<T>, otherwise: string, sentence: string): Placed<Key<T>> => ({
  kind: 'single',
  type,
  default: otherwise,
  isPerSite: false,
  sentence,
});

export const perSite = <T>(type: ValueType<T>, otherwise: string, sentence: string): Placed<Key<T>> => ({
  ...single(type, otherwise, sentence),
  isPerSite: true,
});

export const map = <T>(type: ValueType<T>, sentence: string): Placed<Key<T>> => ({
  ...single(type, 'none', sentence),
  kind: 'map',
});

export const rest = <T>(type: ValueType<T>, sentence: string): Placed<Key<T>> => ({
  ...single(type, 'none', sentence),
  kind: 'rest',
});
