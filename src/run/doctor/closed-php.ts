import { dirname } from 'node:path';
import { grouped } from '../../base/grouped.ts';
import { openingOf, readerOf } from '../../site/closed-files.ts';
import type { Site } from '../../site/site.ts';
import { extensionDirectories, readOfPhp } from '../site/closed-php.ts';
import type { Ports } from '../site/ports.ts';
import type { Facts } from './check.ts';
import type { HostUsers } from './host-users.ts';

interface Closed {
  readonly site: Site;
  readonly paths: readonly string[];
}

/** What the users of sites may not read of that: a finding for all sites that lack the same. */
export const findClosedPhp = async (
  ports: Ports,
  sites: readonly Site[],
  users: HostUsers,
): Promise<readonly Facts[]> => {
  if (sites.length === 0) return [];
  const directories = await extensionDirectories(ports);
  const { mayRead } = await users.may();
  const ini: Closed[] = [];
  const extensions: Closed[] = [];
  for (const site of sites) {
    const as = await users.of(site);
    if (as === undefined) continue;
    const read = readOfPhp(ports, site, directories);
    const isClosed = (path: string) => !mayRead(as, path);
    ini.push({ site, paths: read.ini.filter(isClosed) });
    extensions.push({ site, paths: ownExtensions(ports, site, directories, read.extensions.filter(isClosed)) });
  }
  return [...factsOf(ports, ini, sites), ...factsOf(ports, extensions, undefined)];
};

/** A host may have several versions of PHP, with a directory of extensions each. */
const ownExtensions = ({ host }: Ports, { php }: Site, directories: readonly string[], closed: readonly string[]) => {
  const own = closed.length === 0 ? undefined : host.phpExtensions(php.binary);
  return closed.filter(path => !directories.includes(dirname(path)) || dirname(path) === own);
};

const factsOf = (ports: Ports, all: readonly Closed[], beside: readonly Site[] | undefined): readonly Facts[] => {
  const found = all.filter(({ paths }) => paths.length > 0);
  return [...grouped(found, ({ paths }) => JSON.stringify(paths)).values()].flatMap(same => {
    const [first] = same;
    if (first === undefined) return [];
    const { site, paths } = first;
    const opening = openingOf(ports.host, paths, readerOf(ports.host, site, beside));
    return [{ closed: paths, isIni: beside !== undefined, sites: same.map(each => each.site.name), ...opening }];
  });
};
