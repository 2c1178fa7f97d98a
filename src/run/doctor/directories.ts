import { isError } from '../../base/errors.ts';
import { sitePaths } from '../../base/paths.ts';
import type { Site } from '../../site/site.ts';
import type { Ports } from '../site/ports.ts';

/** A directory as a site's file for systemd-tmpfiles wants it. */
interface Wanted {
  readonly path: string;
  readonly mode: string;
  readonly user: string;
  readonly group: string;
}

export interface SiteDirectories {
  readonly wanted: readonly Wanted[];
  /** Mode, user and group of each of these directories that is there, the latter by their numbers. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** The directories of all sites, by the site's name: asked of one process. */
export const findDirectories = async (
  ports: Ports,
  sites: readonly Pick<Site, 'name'>[],
): Promise<ReadonlyMap<string, SiteDirectories>> => {
  const wanted = await Promise.all(sites.map(async ({ name }) => await wantedOf(ports, name)));
  const attributes = await attributesOf(
    ports,
    wanted.flat().map(({ path }) => path),
  );
  return new Map(sites.map(({ name }, at) => [name, { wanted: wanted[at] ?? [], attributes }]));
};

const wantedOf = async ({ files }: Ports, site: string): Promise<readonly Wanted[]> => {
  const text = (await files.read(sitePaths(site).tmpfiles)) ?? '';
  return [...text.matchAll(/^[dD] (\S+) (\S+) (\S+) (\S+)/gm)].map(
    ([, path = '', mode = '', user = '', group = '']) => ({ path, mode, user, group }),
  );
};

const attributesOf = async (ports: Ports, paths: readonly string[]): Promise<ReadonlyMap<string, string>> => {
  const there = paths.filter(path => ports.host.isDirectory(path));
  if (there.length === 0) return new Map();
  try {
    // By numbers: each name would be looked up anew.
    const lines = (await ports.commands.run('stat', ['--format=%a %u %g', '--', ...there])).trim().split('\n');
    return new Map(there.map((path, index) => [path, lines[index] ?? '']));
  } catch (error) {
    // A directory went away just now.
    if (!isError(error, 'command-failed') || there.every(path => ports.host.isDirectory(path))) throw error;
    return await attributesOf(ports, paths);
  }
};
