import type { SitePaths } from '../base/paths.ts';
import { isAtOrBelow } from '../site/paths.ts';
import type { Site } from '../site/site.ts';
import { HIDDEN, homeOf, mountsOf } from './view.ts';

/** What a view of a release is made of beside what systemd mounts. */
export interface Laid {
  readonly release: string;
  readonly paths: SitePaths;
  /** A second mount point of the release, which the site had before. */
  readonly formerMount: string | undefined;
  /** Places of [shared] that are links in the release. */
  readonly linked: readonly string[];
}

/**
 * What units/lay-mounts.pl lays into a view, in this order: the release at its mount points, what is shared over its places there, and
 * what of it is writable. All that lies where the site's user, or whoever deploys, may write: for systemd, which takes a path for the
 * place of a mount, anybody who can put a link in its way chooses that place, and what is made as root behind it (facts.md N24, N46).
 */
export const renderLaidMounts = (site: Site, { release, paths, formerMount, linked }: Laid): string => {
  const isReadOnly = site.access === 'read-only';
  const unlinked = [...site.shared].filter(([place]) => !linked.includes(place));
  const opened = isReadOnly ? site.writable.filter(path => !path.startsWith('/')) : [];
  const lines = mountsOf(site, formerMount).flatMap(mount => [
    [isReadOnly ? 'ro' : 'rw', mount, release],
    ...unlinked.map(([place, source]) => ['rw', `${mount}/${place}`, source]),
    ...opened.map(path => ['open', `${mount}/${path}`]),
  ]);
  return [...lines, ...outOfSight(site, paths, linked)].map(line).join('');
};

/**
 * A link in the release leads the site itself to what is shared. Where that lies out of sight it is laid at its own place. Nothing is
 * laid over the link, which may lead anywhere by then.
 */
const outOfSight = (site: Site, paths: SitePaths, linked: readonly string[]): readonly (readonly string[])[] =>
  [...site.shared]
    .filter(([place, path]) => linked.includes(place) && HIDDEN.some(directory => isAtOrBelow(path, directory)))
    .filter(([, path]) => !isAtOrBelow(path, homeOf(site, paths)))
    .map(([, path]) => ['rw', path, path]);

/** Names with control characters are refused where they are read; the second wall is here. A broken invariant is a bug. */
const line = (fields: readonly string[]): string => {
  if (fields.some(field => /\p{Cc}/u.test(field))) throw new Error(`no path to lay: ${JSON.stringify(fields)}`);
  return `${fields.join('\t')}\n`;
};
