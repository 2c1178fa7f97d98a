// The command line as data: what the manual's pages of the verbs and the shells' completions are made of.
import { type Argument, type Command, Help, type Option } from 'commander';
import type { Cli } from '../src/cli/context.ts';
import { visibleVerbs } from '../src/cli/help.ts';
import { loadFamilies, makeProgram } from '../src/cli/program.ts';

/** What a shell can offer for a value: names that the shell looks up, or these words. */
export type Value = { readonly kind: 'site' | 'replica' | 'release' | 'file' | 'any' } | WordsValue;

interface WordsValue {
  readonly kind: 'words';
  readonly words: readonly string[];
}

export interface ArgumentOfVerb {
  /** The argument as the manual writes it: SITE. */
  readonly name: string;
  readonly isRequired: boolean;
  readonly isVariadic: boolean;
  readonly value: Value;
}

export interface OptionOfVerb {
  /** The long form with its hyphens; `short` has one too. */
  readonly long: string;
  readonly short: string | undefined;
  readonly sentence: string;
  /** Without it the verb is refused. */
  readonly isMandatory: boolean;
  /** The value that stands behind the option; undefined for an option without one. */
  readonly value: { readonly name: string; readonly isRequired: boolean; readonly value: Value } | undefined;
}

export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly arguments: readonly ArgumentOfVerb[];
  readonly options: readonly OptionOfVerb[];
}

export interface CommandLine {
  readonly verbs: readonly Verb[];
  /** The options that stand before any verb. */
  readonly options: readonly OptionOfVerb[];
}

/** The kind of a value, by the name that the value has in the usage. */
const kinds: { readonly [Name in string]?: Exclude<Value['kind'], 'words'> } = {
  SITE: 'site',
  DIR: 'release',
  FILE: 'file',
};

const families = await loadFamilies();

export const describeCommandLine = (): CommandLine => {
  const program = makeProgram(inertCli, () => async () => undefined, families);
  const verbs = visibleVerbs(program);
  const names = verbs.map(verb => verb.name());
  return { verbs: verbs.map(verb => describeVerb(verb, names)), options: optionsOf(program) };
};

const describeVerb = (command: Command, verbs: readonly string[]): Verb => ({
  name: command.name(),
  summary: command.summary(),
  arguments: command.registeredArguments.map(argument => describeArgument(argument, verbs)),
  options: optionsOf(command),
});

const describeArgument = (argument: Argument, verbs: readonly string[]): ArgumentOfVerb => ({
  name: argument.name(),
  isRequired: argument.required,
  isVariadic: argument.variadic,
  value: argumentValue(argument, verbs),
});

const argumentValue = (argument: Argument, verbs: readonly string[]): Value => {
  if (argument.name() === 'VERB') return { kind: 'words', words: verbs };
  // As an argument N is a replica. As an option's value it may be a number of anything.
  if (argument.name() === 'N') return { kind: 'replica' };
  return valueNamed(argument.name(), argument.argChoices);
};

/** `on|off` are words too. */
const valueNamed = (name: string, choices: readonly string[] | undefined): Value => {
  if (choices !== undefined) return { kind: 'words', words: choices };
  if (name.includes('|')) return { kind: 'words', words: name.split('|') };
  return { kind: kinds[name] ?? 'any' };
};

const optionsOf = (command: Command): readonly OptionOfVerb[] => new Help().visibleOptions(command).map(describeOption);

const describeOption = (option: Option): OptionOfVerb => {
  const name = /[<[](.+)[>\]]/.exec(option.flags)?.[1];
  return {
    long: option.long ?? '',
    short: option.short,
    sentence: option.description,
    isMandatory: option.mandatory,
    value:
      name === undefined
        ? undefined
        : { name, isRequired: option.required, value: optionValue(option, name, option.argChoices) },
  };
};

const optionValue = ({ long }: Option, name: string, choices: readonly string[] | undefined): Value => {
  if (long === '--replica') return { kind: 'replica' };
  // This PATH is one of the file system; other options have paths of URLs.
  if (long === '--release' && name === 'PATH') return { kind: 'file' };
  return valueNamed(name, choices);
};

const unused = (): never => {
  throw new Error('a description needs nothing of the world');
};

/** What the command line is made with when it is only described: nothing of the world is asked. */
export const inertCli: Cli = {
  version: '',
  ports: unused,
  journal: unused,
  notifier: unused,
  balancerBase: '',
  out: unused,
  err: unused,
  foreground: unused,
  withScratch: unused,
  newRollId: unused,
  sudoUser: undefined,
  signal: new AbortController().signal,
};
