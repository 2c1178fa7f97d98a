import type { Position } from '../problem.ts';
import { type PoolValue, readPoolValue, trimBlanks } from './pool-value.ts';

/** What a line of a file of PHP-FPM's says. Comments and empty lines say nothing. */
export type PoolItem =
  | { readonly kind: 'section'; readonly name: string }
  | { readonly kind: 'include'; readonly pattern: string; readonly at: Position; readonly line: string }
  | { readonly kind: 'broken'; readonly at: Position; readonly line: string }
  | ({ readonly kind: 'directive' } & PoolDirective);

export interface PoolDirective {
  readonly at: Position;
  /** As it is written. */
  readonly line: string;
  readonly name: string;
  /** What stands between the brackets behind the name; undefined without brackets. */
  readonly bracket: string | undefined;
  readonly value: PoolValue;
}

/**
 * PHP-FPM reads line by line (fpm_conf.c, fpm_conf_load_ini_file()): no value goes on in the next one. It refuses a line that begins
 * with '#'; whoever has one means a comment.
 */
export const readPoolFile = (file: string, text: string): readonly PoolItem[] =>
  text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .flatMap((raw, index) => {
      const line = trimBlanks(raw);
      return line === '' || line.startsWith(';') || line.startsWith('#')
        ? []
        : [readLine(line, { file, line: index + 1 })];
    });

const readLine = (line: string, at: Position): PoolItem => {
  if (line.startsWith('[')) {
    const end = line.indexOf(']');
    return end === -1 ? { kind: 'broken', at, line } : { kind: 'section', name: withoutQuotes(line.slice(1, end)) };
  }
  const equals = line.indexOf('=');
  if (equals <= 0) return { kind: 'broken', at, line };
  const key = trimBlanks(line.slice(0, equals));
  const raw = line.slice(equals + 1);
  const open = key.indexOf('[');
  if (open !== -1) {
    if (!key.endsWith(']')) return { kind: 'broken', at, line };
    const bracket = withoutQuotes(trimBlanks(key.slice(open + 1, -1)));
    const name = trimBlanks(key.slice(0, open));
    return { kind: 'directive', at, line, name, bracket, value: readPoolValue(raw, bracket) };
  }
  const value = readPoolValue(raw);
  if (key === 'include' && 'text' in value) return { kind: 'include', pattern: value.text, at, line };
  return { kind: 'directive', at, line, name: key, bracket: undefined, value };
};

const withoutQuotes = (text: string): string =>
  text.length > 1 && /^["']/.test(text) && text.endsWith(text[0] ?? '') ? text.slice(1, -1) : text;

/** A pool as PHP-FPM has it after all of its files: the lines of all its sections, in their order. */
export interface Pool {
  readonly name: string;
  readonly directives: readonly PoolDirective[];
}

export interface PoolConfig {
  readonly pools: readonly Pool[];
  /** What stands in [global], or before any section. */
  readonly global: readonly PoolDirective[];
  readonly broken: readonly { readonly at: Position; readonly line: string }[];
}

/** The pools of all lines, with what is included at its place: a section goes on behind an include. Names do not differ by case. */
export const poolsOf = (items: readonly Exclude<PoolItem, { kind: 'include' }>[]): PoolConfig => {
  const pools = new Map<string, { readonly name: string; readonly directives: PoolDirective[] }>();
  const global: PoolDirective[] = [];
  let current = global;
  for (const item of items) {
    if (item.kind === 'directive') current.push(item);
    if (item.kind !== 'section') continue;
    const id = item.name.toLowerCase();
    const pool = pools.get(id) ?? { name: item.name, directives: [] };
    if (id !== 'global') pools.set(id, pool);
    current = id === 'global' ? global : pool.directives;
  }
  return { pools: [...pools.values()], global, broken: items.filter(item => item.kind === 'broken') };
};

/** The value of a directive, as PHP-FPM takes it. Undefined where the pool has none, or none that is clear. */
export const textIn = ({ name, directives }: Pool, directive: string): string | undefined => {
  const value = directives.findLast(each => each.name === directive)?.value;
  return value !== undefined && 'text' in value ? expand(value.text, name) : undefined;
};

/** PHP-FPM puts the name of the pool in the place of `$pool`, in every value (fpm_conf.c, fpm_conf_expand_pool_name()). */
export const expand = (text: string, pool: string): string => text.replaceAll('$pool', pool);
