import * as v from 'valibot';
import { parseJson } from './parse-json.ts';
import { escapeControls } from './printable.ts';

/**
 * How each format of a state file is read, by its number; the first that there was is 1, and the last one is written. A key that readers may
 * do without needs no new format; one does where an older php-zd would misread what is written now.
 */
export type StateFormats<Value> = readonly (v.GenericSchema<unknown, Value> | undefined)[];

/** Most that is read of a state file before it is parsed. What php-zd writes is a hundredth of it. */
export const MOST_STATE_BYTES = 1024 * 1024;

/**
 * The value that a state file, or a line of one, has. Undefined when it cannot be had: after an edit by hand, on a disk that
 * lost some of it, or when a newer php-zd wrote it in a format that this one does not know. Callers go on as if there were no
 * file, and the next write makes the file anew.
 */
export const parseState = <Value>(formats: StateFormats<Value>, text: string): Value | undefined => {
  const schema = formats[formatOf(text) ?? formats.length];
  return schema && parseJson(schema, text);
};

/** Whether a newer php-zd wrote it, so that it is not ours to throw away. */
export const isNewer = (formats: StateFormats<unknown>, text: string): boolean =>
  (formatOf(text) ?? 0) >= formats.length;

/** One line, with the number first. `replacer` is that of JSON.stringify. */
export const formatState = <Value extends object>(
  formats: StateFormats<Value>,
  value: Value,
  replacer?: (key: string, value: unknown) => unknown,
): string => `${escapeControls(JSON.stringify({ format: formats.length - 1, ...value }, replacer))}\n`;

/** An instant in milliseconds, of which a Date can be made: JSON has numbers, such as 1e999, of which none can (facts.md N83). */
export const instant = v.pipe(v.number(), v.minValue(-8.64e15), v.maxValue(8.64e15));
/** A count, or how long something took; a clock that was set back makes it less than 0. */
export const amount = v.pipe(v.number(), v.minValue(Number.MIN_SAFE_INTEGER), v.maxValue(Number.MAX_SAFE_INTEGER));

const numbered = v.object({ format: v.pipe(v.number(), v.safeInteger(), v.minValue(0)) });

const formatOf = (text: string): number | undefined => parseJson(numbered, text)?.format;
