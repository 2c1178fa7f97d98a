import type { Site } from '../site/site.ts';

/** What the site's user comes to: when each was made, in seconds, and its inode. Nobody can make another one with the same of both, but on btrfs (facts.md N110). */
export interface Identities {
  readonly release: string;
  /** In the order of [shared]. */
  readonly shared: readonly string[];
}

/**
 * What units/enter-view.sh compares with what a view shows: a line for the release, and a line for each path that is bound over it,
 * with its place in the release and its path on the host.
 */
export const renderIdentity = (
  { shared }: Pick<Site, 'shared'>,
  linked: readonly string[],
  identities: Identities,
): string => {
  const lines = [...shared].map(([place, path], index) => ({
    place,
    text: `${identities.shared[index]} ${place} ${path}`,
  }));
  return [identities.release, ...lines.filter(({ place }) => !linked.includes(place)).map(({ text }) => text)].join(
    '\n',
  );
};
