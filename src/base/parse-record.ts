/**
 * A file of JSON that we wrote. Undefined when it is not what it was, after an edit by hand or on a disk that lost some of it: there
 * is nothing to be had from it, and what comes next writes it anew.
 */
export const parseRecord = <Value extends object>(text: string, names: readonly (keyof Value & string)[]) => {
  const value = parseJson(text);
  return hasAll<Value>(value, names) ? value : undefined;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON
  }
};

/** We wrote it: what makes it one is enough. */
const hasAll = <Value extends object>(value: unknown, names: readonly string[]): value is Value =>
  typeof value === 'object' && value !== null && names.every(name => name in value);
