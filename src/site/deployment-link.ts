import { posix } from 'node:path';
import type { Host } from './host.ts';
import { below, directoriesAbove, isAtOrBelow } from './paths.ts';

const NAMES: ReadonlySet<string> = new Set(['current', 'live', 'latest', 'active', 'release', 'production']);
const HOMES: ReadonlySet<string> = new Set(['releases', 'versions', 'builds', 'deploys']);

/** Whether a link has a name that deployment tools give to the one that they flip. */
export const isNamedAsFlipped = (link: string): boolean => NAMES.has(posix.basename(link));

/** Whether a directory lies where deployment tools keep their releases. */
export const isAmongReleases = (directory: string): boolean => HOMES.has(posix.basename(posix.dirname(directory)));

/**
 * The link above a path that deployments flip. A link that an administrator made, to put a directory elsewhere (/srv to /data/srv, /var/www
 * to /home/www), leads to no directory among releases, and is not called as theirs are.
 */
export const deploymentLinkAbove = (host: Host, path: string, releases: string | undefined): string | undefined =>
  directoriesAbove(path).find(link => isFlipped(host, link, releases));

const isFlipped = (host: Host, link: string, releases: string | undefined): boolean => {
  const beside = host.resolveDirectory(posix.dirname(link));
  const resolved = host.resolveDirectory(link);
  const name = posix.basename(link);
  if (beside === undefined || resolved === undefined || resolved === below(beside, name)) return false;
  const isOfRoot = releases !== undefined && resolved !== releases && isAtOrBelow(resolved, releases);
  const isMoved = posix.basename(resolved) === name;
  const isBeside = posix.dirname(resolved) === beside;
  return (
    isOfRoot || isAmongReleases(resolved) || (isNamedAsFlipped(link) && !isMoved && (isBeside || name === 'current'))
  );
};
