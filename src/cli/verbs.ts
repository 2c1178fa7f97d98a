import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from './context.ts';

/** Makes commander's action of what a verb does, which gives its exit status, and says what failed. */
export type Verb = <Args extends unknown[]>(
  work: (...args: Args) => Promise<number>,
) => (...args: Args) => Promise<void>;

/** A family of verbs puts itself on the command line. */
export type AddVerbs = (program: Command, cli: Cli, verb: Verb) => void;

/** commander's parser of a replica's number. */
export const slotNumber = (text: string): number => {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError('A replica is a number from 1.');
  return Number(text);
};
