import { appendFileSync, readFileSync } from 'node:fs';

/** A value of which a property was not so once: a line of the file. `make fuzz` appends it, and each test tries it again first. */
export interface Found {
  readonly property: string;
  readonly value: unknown;
  /** How it went wrong then. */
  readonly error: string;
}

const file = new URL('found.jsonl', import.meta.url);

export const readFound = (): readonly Found[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line));

/** False when it is known. */
export const keep = (found: Found): boolean => {
  const key = ({ property, value }: Found) => JSON.stringify([property, value]);
  if (readFound().some(known => key(known) === key(found))) return false;
  appendFileSync(file, `${JSON.stringify(found)}\n`);
  return true;
};
