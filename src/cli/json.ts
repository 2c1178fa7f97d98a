import { formatJson } from '../report/json/json.ts';
import type { Cli } from './context.ts';

/** A report as JSON, for programs and for people who look at it. */
export const jsonText = (value: unknown): string => `${formatJson(value, 2)}\n`;

/** Does the work. With --json the reader is promised an array, and gets an empty one when the verb fails as a whole. */
export const orEmptyArray = async <Value>(cli: Cli, json: boolean, work: () => Promise<Value>): Promise<Value> => {
  try {
    return await work();
  } catch (error) {
    if (json) cli.out('[]\n');
    throw error;
  }
};
