import { posix } from 'node:path';
import { isCommonDirectory } from './common-directories.ts';
import { below, isAtOrBelow } from './paths.ts';
import { type Given, read, refuse, type Source } from './read.ts';
import { schema } from './schema.ts';
import { ifAnswered } from './silent.ts';

const { releases } = schema.site.keys;

/** The link as the site file names it, and the directory that it leads to. */
export interface Led {
  readonly link: Given<string>;
  readonly resolved: string;
}

/**
 * The directory that all releases of the site lie in. Whoever may flip the link chooses among these, and nothing else of the host
 * is served, bound into a replica or pruned, whatever the link leads to.
 */
export const readReleases = (source: Source, { link, resolved }: Led): Given<string> | 'broken' => {
  const given = read(source, releases);
  if (given === 'broken') return given;
  if (given === 'absent') return presetReleases(source, { link, resolved });
  const root = source.host.resolveDirectory(given.value);
  if (root === undefined) {
    const problem = ifAnswered(source.host, given.value, `is no directory: there is no '${given.value}'`);
    return refuse(source, given.at, `'releases' ${problem}`);
  }
  if (isCommonDirectory(root)) {
    return refuse(
      source,
      given.at,
      `'releases' must not be ${root}, where others have things too: name the site's own directory`,
    );
  }
  if (isAtOrBelow(resolved, root)) return { ...given, value: root };
  return refuse(
    source,
    link.at,
    `'release' leads to '${resolved}', which is not in releases = ${given.value}: point it at a release there`,
  );
};

/** The usual layouts: `releases` beside the link, or the link beside its releases; or a directory instead of a link. */
const presetReleases = (source: Source, { link, resolved }: Led): Given<string> | 'broken' => {
  const parent = posix.dirname(link.value);
  const beside = source.host.resolveDirectory(parent) ?? parent;
  const isNoLink = resolved === below(beside, posix.basename(link.value));
  if (isNoLink) return { ...link, value: resolved };
  const usual = below(beside, 'releases');
  if (isAtOrBelow(resolved, usual) && resolved !== usual) return { ...link, value: usual };
  if (posix.dirname(resolved) === beside && !isCommonDirectory(beside)) return { ...link, value: beside };
  const there = posix.dirname(resolved);
  const advice = isCommonDirectory(there)
    ? `point it at a release there`
    : `point it at a release there, or, if the site's releases lie beside that one, write releases = ${there}`;
  return refuse(source, link.at, `'release' leads to '${resolved}', which is not in '${usual}': ${advice}`);
};
