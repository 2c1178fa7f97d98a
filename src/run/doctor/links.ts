import { isError } from '../../base/errors.ts';
import type { Site } from '../../site/site.ts';
import type { Ports } from '../site/ports.ts';

/** A link in a release. */
export interface Link {
  readonly path: string;
  readonly target: string;
}

type Links = ReadonlyMap<string, readonly Link[]>;

/** The links in each of the directories, sorted by path: find(1) has them in the order of the disk. */
export const linksIn = async ({ commands }: Ports, directories: readonly string[]): Promise<Links> => {
  const text = await commands.run('find', [...directories, '-xdev', '-type', 'l', '-printf', '%H\\0%P\\0%l\\0']);
  const parts = text.split('\0');
  const found = new Map<string, Link[]>(directories.map(directory => [directory, []]));
  for (let at = 0; at + 2 < parts.length; at += 3) {
    found.get(parts[at] ?? '')?.push({ path: parts[at + 1] ?? '', target: parts[at + 2] ?? '' });
  }
  for (const links of found.values()) links.sort((a, b) => (a.path < b.path ? -1 : 1));
  return found;
};

/** Those of all sites by one process; none where that failed, so that each is asked about by itself: one of them may be gone. */
export const linksOfAll = async (ports: Ports, sites: readonly Site[]): Promise<Links> => {
  const releases = new Set(sites.flatMap(({ link }) => ports.host.resolveDirectory(link) ?? []));
  try {
    return releases.size === 0 ? new Map() : await linksIn(ports, [...releases]);
  } catch (error) {
    if (!isError(error, 'command-failed')) throw error;
    return new Map();
  }
};
