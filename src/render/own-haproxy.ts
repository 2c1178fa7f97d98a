import { ownServer } from '../base/own-haproxies.ts';
import { sitePaths } from '../base/paths.ts';
import { type OwnHaproxy, type Site, slotsOf } from '../site/site.ts';
import { renderBalance, serverPlace } from './balance.ts';

/** What one of several processes may give a replica at once: all of them together no more than it has children (facts.md H2). */
export const ownMaxconn = ({ maxChildren }: Pick<Site, 'maxChildren'>, { processes }: OwnHaproxy): number =>
  Math.max(1, Math.floor(maxChildren / processes.length));

/** What the site's backend in a HAProxy of the operator's must have, in lines of HAProxy's configuration, comments included. */
export const renderOwnBackend = (site: Site, haproxy: OwnHaproxy, indent: string): string => {
  const slots = slotsOf(site);
  const { queueTimeoutMs } = site.listen;
  const protocol = haproxy.mode === 'http' ? ' proto fcgi' : '';
  const server = (slot: number) =>
    `server ${ownServer(haproxy, slot)} ${serverPlace(sitePaths(site.name).gate(slot))} maxconn ${ownMaxconn(site, haproxy)}${protocol}`;
  const lines = [
    // A "defaults" section may say otherwise of these.
    `mode ${haproxy.mode}`,
    ...(haproxy.mode === 'http' ? ['retry-on conn-failure'] : []),
    'no option persist',
    ...slots.map(server),
  ];
  const [mode = '', ...others] = lines.map(line => `${indent}${line}\n`);
  return `${mode}${renderBalance({ servers: slots.length, queueTimeoutMs, downInterval: '25ms', indent })}${others.join('')}`;
};
