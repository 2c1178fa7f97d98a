import { formatJson } from '../report/json/json.ts';
import type { Cli } from './context.ts';

/** What a verb reports, for programs and for people who look at it. */
export const jsonText = (value: unknown): string => `${formatJson(value, 2)}\n`;

/** With --json whoever reads is promised an array, also when the verb fails as a whole. */
export const orEmptyArray = async <Value>(cli: Cli, json: boolean, work: () => Promise<Value>): Promise<Value> => {
  try {
    return await work();
  } catch (error) {
    if (json) cli.out('[]\n');
    throw error;
  }
};
