import { dirname, posix } from 'node:path';
import { isCommonDirectory } from '../../site/common-directories.ts';
import { isAtOrBelow } from '../../site/paths.ts';
import type { Site } from '../../site/site.ts';

/** Directories that many have things in, and what packages bring, which anybody may read. */
export const isOfHost = (directory: string): boolean => isCommonDirectory(directory) || isAtOrBelow(directory, '/usr');

/** The directories of the site's own on the way to the files that a web server sends, from above. */
export const directoriesToFiles = ({ releases, web }: Site, release: string): readonly string[] =>
  [dirname(releases), releases, release, posix.join(release, web.root)].filter(
    (directory, at, all) => !isOfHost(directory) && directory !== '/' && all.indexOf(directory) === at,
  );

/** A path that only who may enter the directory finds. */
export const inside = (directory: string): string => `${directory}/.`;
