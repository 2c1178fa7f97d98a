import type { Site } from '../../site/site.ts';
import { type Found, findBelow, findBelowAll } from '../site/found-below.ts';
import type { Ports } from '../site/ports.ts';

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
