import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from './context.ts';

/** Makes commander's action from a verb's work, which gives an exit status. A failure of the work is said. */
export type Verb = <Args extends unknown[]>(
  work: (...args: Args) => Promise<number>,
) => (...args: Args) => Promise<void>;

/** Adds a family of verbs to the command line. */
export type AddVerbs = (program: Command, cli: Cli, verb: Verb) => void;

/** Parses a replica's number, for commander. */
export const slotNumber = (text: string): number => {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError('A replica is a number from 1.');
  return Number(text);
};
