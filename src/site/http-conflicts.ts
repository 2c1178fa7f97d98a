import type { SitePositions } from './parse.ts';
import type { Problem } from './problem.ts';
import type { HttpPlace, Site } from './site.ts';

interface Placed {
  readonly site: Pick<Site, 'name' | 'listen'>;
  readonly positions: Pick<SitePositions, 'http'>;
}

/** The sites that cannot both listen where their files say, each at the line of every site that takes part. */
export const findHttpConflicts = (sites: readonly Placed[]): readonly Problem[] =>
  sites.flatMap(one =>
    sites
      .filter(other => other !== one)
      .flatMap(other => {
        const place = one.site.listen.http?.at;
        const { http } = one.positions;
        if (place === undefined || http === undefined || !isTakenBy(place, other)) return [];
        const both = `sites '${one.site.name}' and '${other.site.name}' listen at one place`;
        return [{ ...http, message: `${both}, '${placeText(place)}': write another http in [listen]` }];
      }),
  );

const isTakenBy = (place: HttpPlace, { site: { listen } }: Placed): boolean =>
  (place.kind === 'socket' && place.path === listen.fastcgi) ||
  (listen.http !== undefined && isSamePlace(place, listen.http.at));

const isSamePlace = (one: HttpPlace, other: HttpPlace): boolean => {
  if (one.kind === 'socket' || other.kind === 'socket')
    return one.kind === other.kind && placeText(one) === placeText(other);
  const hosts = [one.host, other.host].map(plainHost);
  return one.port === other.port && (hosts[0] === hosts[1] || hosts.some(isEvery));
};

/** The place as the site file has it. */
export const placeText = (place: HttpPlace): string =>
  place.kind === 'socket' ? place.path : `${place.host}:${place.port}`;

/** An address in the one form that URLs have it in: of IPv6 there are several. */
export const plainHost = (host: string): string => (host === '*' ? host : new URL(`http://${host}`).hostname);

/** Whether the host stands for every address of its kind, or of both: nobody else can have the port then. */
export const isEvery = (host: string): boolean => ['*', '0.0.0.0', '[::]'].includes(host);
