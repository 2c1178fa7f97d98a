import { posix } from 'node:path';
import { deploymentLinkAbove } from './deployment-link.ts';
import { absolutePathProblem, below, depthOf, isAtOrBelow } from './paths.ts';
import type { Position, Problem } from './problem.ts';
import {
  type Given,
  type Reading,
  read,
  readPreset,
  readRequired,
  refuse,
  refuseNew,
  type Source,
  warn,
} from './read.ts';
import { readReleases } from './read-releases.ts';
import { schema } from './schema.ts';
import { ifAnswered } from './silent.ts';
import type { Site } from './site.ts';

/** Where the link to the release is, where and how replicas see the release, and which of its scripts answers. */
export interface Place {
  readonly link: Given<string> | 'broken';
  readonly releases: Given<string> | 'broken';
  readonly mount: Given<string> | 'broken';
  readonly access: Given<Site['access']> | 'broken';
  readonly index: Given<string> | 'broken';
  readonly environmentFile: Reading<string>;
  /** The document root of [web], relative to the release, where it is written. */
  readonly root: Reading<string>;
}

const { release, mount, access, index, environment_file: environmentFile } = schema.site.keys;

export const readPlace = (source: Source): Place => {
  const given = readRelease(source);
  const resolved = given === 'broken' ? undefined : source.host.resolveDirectory(given.value);
  const root = resolved === undefined ? 'broken' : readRoot(source, resolved);
  return {
    link: given,
    releases: given === 'broken' || resolved === undefined ? 'broken' : readReleases(source, { link: given, resolved }),
    mount: readMount(source, resolved),
    access: readPreset(source, access),
    index: readIndex(source, { resolved, root }),
    root,
    environmentFile: readEnvironmentFile(source),
  };
};

const NO_DIRECTORY = 'is no directory';
/** Whether the problem is that the link leads to nothing, which no change of the file mends. */
export const isOfNoRelease = ({ message }: Problem): boolean => message.startsWith(`'release' ${NO_DIRECTORY}`);

const readRelease = (source: Source): Given<string> | 'broken' => {
  const given = readRequired(
    source,
    release,
    `write release = /srv/${source.name}/current, the link to what is served`,
  );
  if (given === 'broken') return given;
  const resolved = source.host.resolveDirectory(given.value);
  const unseen = resolved === undefined ? source.host.unseenIn(given.value) : undefined;
  if (unseen !== undefined) {
    return refuse(source, given.at, `'release' leads to a directory whose path has ${unseen}: rename that directory`);
  }
  if (resolved === undefined) {
    const problem = `${NO_DIRECTORY}: put a release at '${given.value}', write where one is, or go to one with "php-zd deploy ${source.name} DIR"`;
    return refuse(source, given.at, `'release' ${ifAnswered(source.host, given.value, problem)}`);
  }
  if (resolved === '/') return refuse(source, given.at, "'release' must not be the root directory");
  const problem = belowLinkProblem(source, given.value);
  return problem === undefined ? given : refuse(source, given.at, problem);
};

/**
 * Why no release lies below a link that deployments flip: what lies beside it in the release, such as vendor/, would come from the one
 * before, and the mount, beside what is served, would move into each release.
 */
const belowLinkProblem = (source: Source, release: string): string | undefined => {
  const { host, settings } = source;
  const written = settings.inSection('site').get('releases')?.value;
  const releases = written?.startsWith('/') ? host.resolveDirectory(written) : undefined;
  const link = deploymentLinkAbove(host, release, releases);
  if (link === undefined) return undefined;
  const inside = posix.relative(link, release);
  const root = settings.inSection('web').get('root')?.value;
  const known = documentRoots.find(directory => host.isFile(posix.join(release, directory, 'index.php')));
  const index = settings.inSection('site').get('index')?.value;
  const more = index === undefined ? '' : `, and index = ${posix.join(inside, index)}`;
  const hasPaths = ['shared', 'writable'].some(section => settings.inSection(section).size > 0);
  return (
    `'release' goes on below the link ${link}: write release = ${link}, and root = ${posix.join(inside, root ?? known ?? '.')} in [web]${more}` +
    (hasPaths ? `; a path in the release, in [shared] or [writable], then begins with ${inside}/` : '')
  );
};

/** `resolved` is undefined when the release is broken: then the mount is judged by itself. */
const readMount = (source: Source, resolved: string | undefined): Given<string> | 'broken' => {
  const given = read(source, mount);
  if (given === 'broken') return given;
  if (given === 'absent') return resolved === undefined ? 'broken' : presetMount(source, resolved);
  const real = resolveAsFarAsItExists(source, given.value);
  const problem = mountProblem(source, real, resolved);
  if (problem !== undefined) return refuse(source, given.at, `'mount' ${problem}`);
  const entry = documentRoots.map(root => posix.join(real, root, 'index.php')).find(source.host.isFile);
  if (entry !== undefined) {
    const message = `'mount' is '${real}', a release, with ${posix.relative(real, entry)}: write a directory that is empty, or not there`;
    refuseNew(source, given.at, message);
  }
  if (resolved !== undefined) warnOfDepth(source, { at: given.at, mount: real, resolved });
  return given;
};

/**
 * The mount when none is written: a sibling of the release, where relative links in the release lead to the same (facts.md M2).
 */
const presetMount = (source: Source, resolved: string): Given<string> | 'broken' => {
  const at = source.settings.inSection('site').get('release')?.at ?? source.settings.whereabouts('site');
  const value = below(posix.dirname(resolved), `.${source.name}.live`);
  const problem = absolutePathProblem(value) ?? mountProblem(source, value, resolved);
  if (problem === undefined) return { value, at };
  return refuse(source, at, `'mount' would be '${value}' and ${problem}; write mount = PATH`);
};

const mountProblem = (source: Source, path: string, resolved: string | undefined): string | undefined => {
  if (path === '/') return 'must not be the root directory';
  const system = systemDirectories.find(directory => isAtOrBelow(path, directory));
  if (system !== undefined) return `must not be in ${system}, which belongs to the system`;
  if (resolved === undefined) return undefined;
  if (isAtOrBelow(path, resolved)) return `must not be in the release '${resolved}', but beside it`;
  if (isAtOrBelow(resolved, path)) return `must not contain the release '${resolved}', but be beside it`;
  const named = source.settings.inSection('site').get('release')?.value;
  return path === named ? 'must not be the release itself, but beside it' : undefined;
};

interface Depth {
  readonly at: Position;
  readonly mount: string;
  readonly resolved: string;
}

/**
 * Warns of a mount at another depth than the release, where a link such as Deployer's storage -> ../../shared/storage breaks
 * (facts.md M2).
 */
const warnOfDepth = (source: Source, { at, mount: path, resolved }: Depth): void => {
  if (depthOf(path) === depthOf(resolved)) return;
  const sibling = posix.join(posix.dirname(resolved), `.${source.name}.live`);
  const remedy =
    mountProblem(source, sibling, resolved) === undefined
      ? `write mount = ${sibling} if it has such`
      : 'if it has such, make a release of your own of it, as php-zd-applications(7) does';
  warn(
    source,
    at,
    `'mount' is ${depthOf(path)} directories deep and the release '${resolved}' is ${depthOf(resolved)}: ` +
      `links such as ../../shared/storage in the release will not lead to the same; ${remedy}`,
  );
};

/** The path with the links of those of its directories followed that exist already: they decide what the path is inside of. */
const resolveAsFarAsItExists = (source: Source, path: string): string => {
  const parent = posix.dirname(path);
  if (parent === path) return path;
  const resolved = source.host.resolveDirectory(parent) ?? resolveAsFarAsItExists(source, parent);
  return posix.join(resolved, posix.basename(path));
};

const readRoot = (source: Source, resolved: string): Reading<string> => {
  const reading = read(source, schema.web.keys.root);
  if (reading === 'broken' || reading === 'absent') return reading;
  const path = below(resolved, reading.value);
  if (source.host.isDirectory(path)) return reading;
  return refuse(source, reading.at, `'root' is no directory of the release: there is no '${path}'`);
};

const readIndex = (
  source: Source,
  { resolved, root }: { readonly resolved: string | undefined; readonly root: Reading<string> },
): Given<string> | 'broken' => {
  const given = read(source, index);
  if (given === 'broken' || resolved === undefined) return 'broken';
  // That the root is none is reported already.
  if (root === 'broken') return root;
  const hasFile = (path: string) => source.host.isFile(below(resolved, path));
  if (given !== 'absent') {
    if (hasFile(given.value)) return given;
    return refuse(source, given.at, `'index' is no file in the release: there is no '${below(resolved, given.value)}'`);
  }
  const directories = root === 'absent' ? documentRoots : [root.value];
  const guesses = directories.map(directory => below(directory, 'index.php'));
  const found = guesses.find(hasFile);
  const at = source.settings.whereabouts('site');
  if (found === undefined) {
    return refuse(
      source,
      at,
      `the release '${resolved}' has no index.php in ${directories.join(', ')}: write index = PATH, its front controller`,
    );
  }
  if (!source.isGlance) warnOfGuess(source, at, guesses.filter(hasFile));
  return { value: found, at };
};

/** Warns of a document root that was chosen among several: what lies in the wrong one is public. */
const warnOfGuess = (source: Source, at: Position, found: readonly string[]): void => {
  const [first = '', ...others] = found.map(path => posix.dirname(path));
  if (others.length === 0) return;
  warn(
    source,
    at,
    `the release has ${found.join(' and ')}: ${first} is taken for the document root; ` +
      `write root = ${first} in [web], or root = ${others.join(' or ')}`,
  );
};

const readEnvironmentFile = (source: Source): Reading<string> => {
  const given = read(source, environmentFile);
  if (given === 'absent' || given === 'broken' || source.host.isFile(given.value)) return given;
  const problem = ifAnswered(source.host, given.value, `is no file: there is no '${given.value}'`);
  return refuse(source, given.at, `'environment_file' ${problem}`);
};

/**
 * Where frameworks and hosts have the document root. The release itself is the last: CakePHP and Magento have an index.php there
 * too, and their configuration beside it.
 */
export const documentRoots = [
  'public',
  'web',
  'webroot',
  'pub',
  'docroot',
  'htdocs',
  'public_html',
  'www',
  '.',
] as const;

const systemDirectories = [
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/proc',
  '/run',
  '/sbin',
  '/sys',
  '/usr',
] as const;
