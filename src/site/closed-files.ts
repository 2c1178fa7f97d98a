import { posix } from 'node:path';
import { grouped } from '../base/grouped.ts';
import type { Host, PathRights, PhpIniFile } from './host.ts';
import { extensionOf } from './lost-extensions.ts';
import { isAtOrBelow } from './paths.ts';
import { listedIn } from './php-ini.ts';
import type { Problem } from './problem.ts';
import type { Site } from './site.ts';

/**
 * What PHP-FPM's master must read of the host: php.ini, the directory of the files beside it, and these. The master of a service of Debian's
 * is root's, and a replica's is not, and passes over what it cannot read without a word (facts.md N123).
 */
export const iniPaths = (files: readonly PhpIniFile[]): readonly string[] => {
  const names = files.map(({ file }) => file);
  const scanned = names.filter(file => posix.basename(file) !== 'php.ini').map(file => posix.dirname(file));
  return [...new Set([...names, ...scanned])];
};

/** Where extensions that are to be loaded may lie, in these directories of extensions. */
export const extensionPaths = (
  files: readonly PhpIniFile[],
  ini: Site['php']['ini'],
  directories: readonly string[],
): readonly string[] =>
  listedIn(files, ini, ['extension', 'zend_extension']).flatMap(value =>
    value.startsWith('/') ? value : directories.map(directory => `${directory}/${extensionOf(value)}.so`),
  );

/** Who is to read. */
export interface Reader {
  readonly uid: number;
  readonly gid: number;
  /** The name of that group, where all sites of the host have it: then others need not read. */
  readonly group: string | undefined;
}

/** What a site's replicas are, beside all sites of the host; undefined for what is everybody's to read. */
export const readerOf = (
  host: Pick<Host, 'user' | 'group'>,
  site: Pick<Site, 'user' | 'group'>,
  all: readonly Site[] | undefined,
): Reader => {
  const user = host.user(site.user);
  const isOnly = all?.every(({ group }) => group === site.group);
  return {
    uid: user?.uid ?? -1,
    gid: host.group(site.group)?.gid ?? user?.gid ?? -1,
    group: isOnly ? site.group : undefined,
  };
};

/** How many files of one directory are named, before all that is in it is opened. */
const MOST_NAMED = 3;
/** Nobody is to be let in there for the sake of a file. */
const CLOSED_FOR_GOOD = ['/root', '/home'];

/** What is changed for somebody to read files. */
export interface Opening {
  readonly by: readonly ['chgrp' | 'chmod', string];
  readonly paths: readonly string[];
  /** Directories with all that is in them. */
  readonly trees: readonly string[];
}

/**
 * After which somebody may read these files; undefined where they should lie elsewhere. What root's group may read goes to the reader's
 * group. An access list, and a group that the reader has besides, are not seen here.
 */
export const openingOf = (
  host: Pick<Host, 'stepsTo'>,
  paths: readonly string[],
  reader: Reader,
): Opening | undefined => {
  // A directory that is read, and not only passed, is named itself.
  const bitsFor = ({ path, isDirectory }: PathRights) => (isDirectory ? (paths.includes(path) ? 0o5 : 0o1) : 0o4);
  const closed = host.stepsTo(paths).filter(step => !isOpenTo(step, reader, bitsFor(step)));
  const isForGood = closed.some(({ path }) => CLOSED_FOR_GOOD.some(place => isAtOrBelow(path, place)));
  if (closed.length === 0 || isForGood) return undefined;
  const files = closed.filter(({ isDirectory }) => !isDirectory).map(({ path }) => path);
  const full = [...grouped(files, posix.dirname)].filter(([, inside]) => inside.length > MOST_NAMED);
  const trees = full.map(([directory]) => directory);
  const isInTree = (path: string) =>
    trees.includes(path) || (files.includes(path) && trees.includes(posix.dirname(path)));
  const isGroups = closed.every(step => step.gid === 0 && has(step.mode >> 3, bitsFor(step)));
  return {
    by: reader.group !== undefined && isGroups ? ['chgrp', reader.group] : ['chmod', 'a+rX'],
    paths: closed.map(({ path }) => path).filter(path => !isInTree(path)),
    trees,
  };
};

/** The commands, each in its words. */
export const openingCommands = ({ by: [program, whom], paths, trees }: Opening): readonly [string, ...string[]][] => [
  ...(paths.length === 0 ? [] : [[program, whom, ...paths] as [string, ...string[]]]),
  ...(trees.length === 0 ? [] : [[program, '-R', whom, ...trees] as [string, ...string[]]]),
];

const isOpenTo = (step: PathRights, { uid, gid }: Reader, wanted: number): boolean => {
  if (step.uid === uid) return has(step.mode >> 6, wanted);
  return has(step.gid === gid ? step.mode >> 3 : step.mode, wanted);
};

const has = (bits: number, wanted: number): boolean => (bits & wanted) === wanted;

/** Files, or a directory of such, that a site's user may not read. */
export interface ClosedFiles {
  readonly user: string;
  readonly paths: readonly string[];
  readonly opening: Opening | undefined;
}

export const closedFilesProblem = ({ user, paths, opening }: ClosedFiles): Problem => {
  const [file = '', ...others] = paths;
  const what = others.length === 0 ? 'not read this' : `read neither this nor ${others.length} more`;
  const message = `PHP-FPM runs as '${user}', which may ${what}, and goes on without: ${howToOpen(opening)}`;
  return { file, line: 1, message };
};

export const howToOpen = (opening: Opening | undefined): string =>
  opening === undefined
    ? 'put it where that user may read it'
    : `"${openingCommands(opening)
        .map(words => words.join(' '))
        .join(' && ')}"`;
