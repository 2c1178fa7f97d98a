import type { SitePositions } from './parse.ts';
import type { Problem } from './problem.ts';
import type { OwnHaproxy, Site } from './site.ts';

interface Placed {
  readonly site: Pick<Site, 'name' | 'user' | 'haproxy'>;
  readonly positions: Pick<SitePositions, 'haproxy'>;
}

/**
 * The sites that have one backend in one HAProxy of the operator's, each at the line of every site that takes part; and a HAProxy that
 * runs as the user of a site, whose PHP could come to the replicas of another one then.
 */
export const findHaproxyConflicts = (sites: readonly Placed[]): readonly Problem[] => [
  ...findShared(sites),
  ...sites.flatMap(({ site: { name, haproxy }, positions: { haproxy: at } }) => {
    const other = sites.find(({ site }) => site.user === haproxy?.user);
    if (at === undefined || other === undefined) return [];
    const why = `is ${other.site.user}, as whom the PHP of site '${other.site.name}' runs: it could come to the replicas of '${name}'`;
    return [{ ...at, message: `'worker_user' of [haproxy] ${why}; write a user of HAProxy's own` }];
  }),
];

const findShared = (sites: readonly Placed[]): readonly Problem[] =>
  sites.flatMap(one =>
    sites
      .filter(other => other !== one)
      .flatMap(other => {
        const { haproxy: at } = one.positions;
        const socket = sharedSocket(one.site.haproxy, other.site.haproxy);
        if (at === undefined || socket === undefined) return [];
        const both = `sites '${one.site.name}' and '${other.site.name}' have one backend in the HAProxy at '${socket}'`;
        return [{ ...at, message: `${both}, '${one.site.haproxy?.backend}': write another backend in [haproxy]` }];
      }),
  );

const sharedSocket = (one: OwnHaproxy | undefined, other: OwnHaproxy | undefined): string | undefined =>
  one?.backend === other?.backend
    ? one?.processes.find(({ socket }) => other?.processes.some(each => each.socket === socket))?.socket
    : undefined;
