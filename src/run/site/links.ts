import { dirname, posix } from 'node:path';
import { valueUnless } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';
import { isCommonDirectory } from '../../site/common-directories.ts';
import { absolutePathProblem, isAtOrBelow, relativePathProblem } from '../../site/paths.ts';
import type { Problem } from '../../site/problem.ts';
import type { Site } from '../../site/site.ts';
import { type Found, findBelow, findBelowAll } from './found-below.ts';
import type { LoadedSite } from './load-site.ts';
import type { Ports } from './ports.ts';

/** A link in a release. */
export interface Link {
  readonly path: string;
  readonly target: string;
}

export interface Links {
  /** Sorted by path: find(1) has them in the order of the disk. */
  readonly links: readonly Link[];
  /** Whether these are all of them. */
  readonly isWhole: boolean;
}

/** More than the packages of any application have. */
const MOST_LINKS = 20_000;

const WANTED = { tests: ['-type', 'l'], fields: ['%P', '%l'], most: MOST_LINKS };

/** The links in a directory. Rejects with `command-failed`. */
export const linksIn = async (ports: Ports, directory: string): Promise<Links> =>
  linksOf((await findBelow(ports, [directory], WANTED)).get(directory));

/** Those of the releases of all sites; of none where that could not be found out for all at once. */
export const linksOfAll = async (ports: Ports, sites: readonly Site[]): Promise<ReadonlyMap<string, Links>> => {
  const releases = sites.flatMap(({ link }) => ports.host.resolveDirectory(link) ?? []);
  const found = await findBelowAll(ports, releases, WANTED);
  return new Map([...found].map(([release, each]) => [release, linksOf(each)]));
};

const linksOf = ({ entries, isWhole }: Found = { entries: [], isWhole: true }): Links => ({
  links: entries.map(([path = '', target = '']) => ({ path, target })).sort((a, b) => (a.path < b.path ? -1 : 1)),
  isWhole,
});

/** Links that lead elsewhere or nowhere for a replica. */
export interface StrayLinks {
  readonly release: string;
  readonly mount: string;
  /** The first of them, in words. */
  readonly links: readonly string[];
  /** The lines of [shared] by which a replica has what these lead to; empty unless there is one for each. */
  readonly lines: readonly string[];
  readonly count: number;
  readonly isWhole: boolean;
}

const LINK_LENGTH = 200;
const NAMED_LINKS = 3;
const MOST_LINES = 10;

/** Relative links lead elsewhere from the mount point (facts.md M2). Undefined where none does. */
export const strayIn = ({ links, isWhole }: Links, release: string, site: Site): StrayLinks | undefined => {
  const seen = [...(site.home === undefined ? [] : [site.home]), ...linkedShares(links, site)];
  const stray = links.filter(link => isStray(link, { release, site, seen }));
  if (stray.length === 0) return undefined;
  const lines = stray.slice(0, MOST_LINES).flatMap(link => shareLine(link, site) ?? []);
  return {
    ...{ release, mount: site.mount, count: stray.length, isWhole },
    links: stray.slice(0, NAMED_LINKS).map(({ path, target }) => printable(`${path} -> ${target}`, LINK_LENGTH)),
    lines: lines.length === stray.length ? lines : [],
  };
};

/** What is shared by a link of the release, which a replica has at its own path too (`renderLaidMounts`). */
const linkedShares = (links: readonly Link[], { shared }: Site): readonly string[] =>
  [...shared].flatMap(([inRelease, path]) => (links.some(link => isAtOrBelow(inRelease, link.path)) ? [path] : []));

/** Of a link to where a replica sees nothing; undefined where a line would share a release, or cover one. */
const shareLine = ({ path, target }: Link, { mount, link, releases }: Site): string | undefined => {
  const seen = posix.resolve(dirname(`${mount}/${path}`), target);
  const own = [mount, link, releases];
  if (!isHidden(seen) || own.some(each => isAtOrBelow(seen, each) || isAtOrBelow(each, seen))) return undefined;
  const isNameable = relativePathProblem(path) === undefined && absolutePathProblem(seen) === undefined;
  return isNameable && !isCommonDirectory(seen) ? `${path} = ${seen}` : undefined;
};

/** Those of the release; undefined too where it cannot be looked through. Of a package's release no mount mends them. */
export const findStray = async (ports: Ports, release: string, site: Site): Promise<StrayLinks | undefined> => {
  const links = await valueUnless(() => linksIn(ports, release), 'command-failed');
  return links && strayIn(links, release, site);
};

/** Those of the release's first directory, such as .env and storage: a roll looks at no more of a release. */
export const strayAtTop = async ({ files }: Ports, release: string, site: Site): Promise<StrayLinks | undefined> => {
  const names = (await files.list(release)).slice(0, MOST_AT_TOP);
  const targets = await Promise.all(names.map(name => files.readLink(posix.join(release, name))));
  const links = names.flatMap((path, at) => {
    const target = targets[at];
    return target === undefined ? [] : [{ path, target }];
  });
  return strayIn({ links, isWhole: true }, release, site);
};

/** More than any application has there. */
const MOST_AT_TOP = 500;

/** A warning of them, at the line that names the release. */
export const strayProblem = (
  { release, mount, links, lines, count }: StrayLinks,
  { positions }: Pick<LoadedSite, 'positions'>,
): Problem => {
  const more = count > links.length ? ` and ${count - links.length} more` : '';
  const how = lines.length === 0 ? STRAY_ADVICE : `write ${lines.join(', ')} in [shared]`;
  const message = `links in ${release} lead elsewhere or nowhere for a replica, which sees the release at ${mount}: ${links.join(', ')}${more}: ${how}`;
  return { ...positions.link, message };
};

export const STRAY_ADVICE =
  'write them relative and within the release, name what all releases share in [shared], or write a mount in [site] that is as deep as the release';

/** Directories that a replica sees empty, but for what is bound into them. */
const HIDDEN = ['/home', '/root', '/run/user', '/run/php-zd', '/var/lib/php-zd', '/etc/php-zd'];

export const isHidden = (path: string): boolean => HIDDEN.some(directory => isAtOrBelow(path, directory));

interface Judged {
  readonly release: string;
  readonly site: Site;
  /** What of all that is hidden a replica sees. */
  readonly seen: readonly string[];
}

/**
 * Whether a link in the release is of no use in a replica: seen from the mount point it leads elsewhere than on the host, to
 * what a replica does not see, or to whatever release the site's link names.
 */
const isStray = ({ path, target }: Link, { release, site: { mount, shared, link }, seen }: Judged): boolean => {
  if ([...shared.keys()].some(inRelease => isAtOrBelow(path, inRelease))) return false;
  const led = posix.resolve(dirname(`${mount}/${path}`), target);
  if (isAtOrBelow(led, mount)) return false;
  if (posix.resolve(dirname(`${release}/${path}`), target) !== led) return true;
  // A site whose file names the release without a link has always the same one.
  const followsLink = link !== release && isAtOrBelow(led, link);
  return followsLink || (isHidden(led) && !seen.some(place => isAtOrBelow(led, place)));
};
