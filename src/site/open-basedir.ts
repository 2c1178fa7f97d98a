import { posix } from 'node:path';
import type { Host } from './host.ts';
import { isAtOrBelow } from './paths.ts';
import type { GivenSetting } from './php-settings.ts';
import { refuse, type Source } from './read.ts';
import type { Site } from './site.ts';

/** The one that no .user.ini of a release changes. */
export const BASEDIR_OVER_USER_INI = 'php_admin_value[open_basedir]';

/** Where a replica has its release; the front controller, where it is known, is what PHP has to open. */
type Place = Pick<Site, 'mount' | 'link'> & { readonly index?: string };

/** The release lies at the mount, and PHP follows links before it compares paths. */
export const judgeBasedir = (source: Source, site: Place, { value, written, at }: GivenSetting): void => {
  const better = basedirWithMount(source.host, site, value);
  if (better === undefined) return;
  refuse(
    source,
    at,
    `'${written}' leaves out '${site.mount}', where a replica has its release, and PHP would answer "Primary script unknown": ` +
      `write ${written.startsWith('php_') ? written : 'ini[open_basedir]'} = ${better}`,
  );
};

/**
 * An open_basedir in which a replica's release is: what it has of the release by the place below the mount, and by its own too where
 * that is the same release for ever; undefined when that is in it already.
 */
export const basedirWithMount = (host: Host, { mount, link, index = '' }: Place, value: string): string | undefined => {
  const entries = value.split(':').filter(entry => entry !== '');
  const script = posix.join(mount, posix.dirname(index));
  const covers = (entry: string): boolean => {
    const path = withoutSlash(entry);
    const isIn = (directory: string) => isAtOrBelow(script, directory);
    return isIn(path) || isIn(host.resolveDirectory(path) ?? path);
  };
  if (entries.length === 0 || entries.some(entry => !entry.startsWith('/') || covers(entry))) return undefined;
  const isLink = host.resolveDirectory(link) !== link;
  const placed = entries.flatMap(entry => {
    const inMount = belowMount({ mount, link }, entry);
    if (inMount === undefined) return entry;
    const placed = inMount === mount ? `${mount}/` : inMount;
    return isLink ? placed : [placed, entry];
  });
  const isSeen = placed.some(entry =>
    index === '' ? isAtOrBelow(entry, mount) || entry === `${mount}/` : covers(entry),
  );
  return [...(isSeen ? [] : [`${mount}/`]), ...new Set(placed)].join(':');
};

/** The same place in a replica's own release; undefined for a path out of the release. */
export const belowMount = ({ mount, link }: Pick<Site, 'mount' | 'link'>, path: string): string | undefined => {
  if (!path.startsWith('/') || !isAtOrBelow(withoutSlash(path), link)) return undefined;
  const place = posix.join(mount, posix.relative(link, withoutSlash(path)));
  return path.endsWith('/') ? `${place}/` : place;
};

const withoutSlash = (path: string): string => posix.normalize(path).replace(/(?<=.)\/$/, '');
