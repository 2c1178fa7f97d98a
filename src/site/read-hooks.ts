import { posix } from 'node:path';
import { directoriesAbove, isAtOrBelow } from './paths.ts';
import { type Given, type Reading, read, readPreset, refuse, refuseNew, type Source } from './read.ts';
import { schema } from './schema.ts';
import { ifAnswered } from './silent.ts';
import { HOOKS, type HookCommand, type HookName, type Hooks } from './site.ts';

/**
 * The section [hooks]. `mount` is undefined when the site's mount is broken. Undefined when a key of the section is broken,
 * which is reported then.
 */
export const readHooks = (source: Source, mount: string | undefined): Hooks | undefined => {
  const timeout = readPreset(source, schema.hooks.keys.timeout);
  const readings = HOOKS.map(name => [name, readHook(source, name, mount)] as const);
  if (timeout === 'broken') return undefined;
  const commands: Partial<Record<HookName, HookCommand>> = {};
  for (const [name, reading] of readings) {
    if (reading === 'broken') return undefined;
    if (reading !== 'absent' && reading.value.words.length > 0) commands[name] = reading.value;
  }
  return { ...commands, timeoutMs: timeout.value };
};

const readHook = (source: Source, name: HookName, mount: string | undefined): Reading<HookCommand> => {
  const hook = read(source, schema.hooks.keys[name]);
  if (typeof hook === 'string') return hook;
  checkWords(source, name, hook);
  return checkUser(source, name, hook) ?? checkProgram(source, name, hook, mount) ?? hook;
};

/** What a shell would make something of, and nobody does: an operator, a variable with more behind it, a home. */
const OF_SHELL =
  /^(?:&&?|\|\|?|;|[012]?>{1,2}(?:&[012]|\S{0,200})|<{1,3}|\$\w{1,99}\/\S{0,200}|\$\(\S{0,200}|`\S{0,200}|~(?:\/\S{0,200})?)$/;

const checkWords = (source: Source, name: HookName, { value, at }: Given<HookCommand>): void => {
  const word = value.words.find(each => OF_SHELL.test(each));
  if (word === undefined) return;
  refuseNew(
    source,
    at,
    `'${name}' has '${word}', and no shell reads it: write ${name} = /bin/sh -c '...', or a script`,
  );
};

/** Refuses root for before_serve: in the view of a release every process is the site's user. */
const checkUser = (source: Source, name: HookName, { value, at }: Given<HookCommand>): 'broken' | undefined =>
  name === 'before_serve' && value.isRoot
    ? refuse(
        source,
        at,
        `'before_serve' runs in the view of the new release, where nobody is root: write it without '+', or as before_roll`,
      )
    : undefined;

/** Refuses a program of root's in whose place, by its own path or by where that leads, somebody else could put another one. */
const checkOwners = (
  source: Source,
  name: HookName,
  { program, at }: Pick<Given<HookCommand>, 'at'> & { readonly program: string },
): 'broken' | undefined => {
  const { host } = source;
  const directory = posix.dirname(program);
  const resolved = host.resolveDirectory(directory) ?? directory;
  const way = [program, ...directoriesAbove(program), resolved, ...directoriesAbove(resolved)];
  const foreign = way.find(path => host.ownerOf(path) !== 0);
  if (foreign === undefined) return undefined;
  const problem = `'${name}' would run as root what the owner of '${foreign}' can replace`;
  return refuse(source, at, `${problem}: write it without '+', or a program that only root can write`);
};

/**
 * Refuses a program that is not there. A program in the new release cannot be looked for now, and one that is named without a
 * path is looked for when the hook runs.
 */
const checkProgram = (
  source: Source,
  name: HookName,
  { value, at }: Given<HookCommand>,
  mount: string | undefined,
): 'broken' | undefined => {
  const [program = ''] = value.words;
  if (!program.startsWith('/')) return undefined;
  if (source.host.isExecutable(program)) return value.isRoot ? checkOwners(source, name, { program, at }) : undefined;
  if (name === 'before_serve' && (mount === undefined || isAtOrBelow(program, mount))) return undefined;
  const problem = ifAnswered(source.host, program, `is no program: there is no '${program}' that can be executed`);
  return refuse(source, at, `'${name}' ${problem}`);
};
