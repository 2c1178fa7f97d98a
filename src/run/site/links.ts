import { dirname, posix } from 'node:path';
import { isError } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';
import { isPackaged } from '../../site/packaged-release.ts';
import { isAtOrBelow } from '../../site/paths.ts';
import type { Site } from '../../site/site.ts';
import { type Found, findBelow, findBelowAll } from './found-below.ts';
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
  readonly count: number;
  readonly isWhole: boolean;
}

const LINK_LENGTH = 200;
const NAMED_LINKS = 3;

/** Relative links lead elsewhere from the mount point (facts.md M2). Undefined where none does. */
export const strayIn = ({ links, isWhole }: Links, release: string, site: Site): StrayLinks | undefined => {
  const stray = links.filter(link => isStray(link, release, site));
  if (stray.length === 0) return undefined;
  const named = stray.slice(0, NAMED_LINKS).map(({ path, target }) => printable(`${path} -> ${target}`, LINK_LENGTH));
  return { release, mount: site.mount, links: named, count: stray.length, isWhole };
};

/** Those of a package's release, which no mount mends: they lead to what lies beside it. */
export const packagedStray = async (ports: Ports, release: string, site: Site): Promise<StrayLinks | undefined> => {
  if (!isPackaged(release)) return undefined;
  try {
    return strayIn(await linksIn(ports, release), release, site);
  } catch (error) {
    if (!isError(error, 'command-failed')) throw error;
    return undefined;
  }
};

/** Directories that a replica sees empty, but for what is bound into them. */
const HIDDEN = ['/home', '/root', '/run/user', '/run/php-zd', '/var/lib/php-zd', '/etc/php-zd'];

/**
 * Whether a link in the release is of no use in a replica: seen from the mount point it leads elsewhere than on the host, to
 * what a replica does not see, or to whatever release the site's link names.
 */
const isStray = ({ path, target }: Link, release: string, { mount, shared, link }: Site): boolean => {
  if ([...shared.keys()].some(inRelease => isAtOrBelow(path, inRelease))) return false;
  const seen = posix.resolve(dirname(`${mount}/${path}`), target);
  if (isAtOrBelow(seen, mount)) return false;
  if (posix.resolve(dirname(`${release}/${path}`), target) !== seen) return true;
  // A site whose file names the release without a link has always the same one.
  const followsLink = link !== release && isAtOrBelow(seen, link);
  return followsLink || HIDDEN.some(directory => isAtOrBelow(seen, directory));
};
