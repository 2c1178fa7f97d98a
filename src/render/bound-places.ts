import type { SitePaths } from '../base/paths.ts';
import type { Site } from '../site/site.ts';
import { homeOf } from './view.ts';

/** Something that a replica writes to: where it lies on the host, and where the replica has it. */
export interface BoundPlace {
  readonly path: string;
  readonly place: string;
}

interface Bound {
  readonly paths: SitePaths;
  /** Places of [shared] that are links in the release. */
  readonly linked: readonly string[];
}

/**
 * All that a replica writes to and that is not its release's: a replica keeps what lay at these paths when it was started, as a mount does
 * (facts.md M1, N141).
 */
export const boundPlaces = (site: Site, { paths, linked }: Bound): readonly BoundPlace[] => {
  const { mount, user, shared, writable } = site;
  const atSame = [
    ...[paths.sessions(user), homeOf(site, paths)],
    ...[...shared].flatMap(([place, path]) => (linked.includes(place) ? [path] : [])),
    ...writable.filter(path => path.startsWith('/')),
  ];
  return [
    { path: paths.tmp(user), place: '/tmp' },
    ...atSame.map(path => ({ path, place: path })),
    ...[...shared].flatMap(([place, path]) => (linked.includes(place) ? [] : [{ path, place: `${mount}/${place}` }])),
  ];
};
