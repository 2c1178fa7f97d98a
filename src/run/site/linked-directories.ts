import { posix } from 'node:path';
import type { Answer } from '../../render/adopted-site-file.ts';
import { isAtOrBelow, relativePathProblem } from '../../site/paths.ts';
import type { Ports } from './ports.ts';
import { findLinks } from './shown.ts';

/** How deep in a release a deployment tool makes its links: config/, public/uploads, wp-content/uploads/cache. */
const DEPTH = '3';
const MOST = 50;

/**
 * Lines of [shared] for directories out of the release that its links lead to, such as storage -> ../../shared/storage: by the link
 * alone a replica may only read there. What is root's the site does not write to.
 */
export const linkedDirectories = async (ports: Ports, release: string): Promise<readonly Answer[]> => {
  const { host } = ports;
  const resolved = host.resolveDirectory(release);
  if (resolved === undefined) return [];
  const releases = posix.dirname(resolved);
  const isFlipped = resolved !== release;
  return (await findLinks(ports, resolved, DEPTH))
    .flatMap(([path, target]): readonly Answer[] => {
      const real = host.resolveDirectory(posix.resolve(resolved, posix.dirname(path), target));
      const isOwn = real === undefined || isAtOrBelow(real, resolved) || (isFlipped && isAtOrBelow(real, releases));
      const isForeign = isOwn || host.ownerOf(real) === 0 || relativePathProblem(path) !== undefined;
      return isForeign ? [] : [{ section: 'shared', key: path, value: real }];
    })
    .slice(0, MOST);
};
