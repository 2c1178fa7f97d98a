import { posix } from 'node:path';
import type { Host } from './host.ts';
import { isAtOrBelow } from './paths.ts';
import type { GivenSetting } from './php-settings.ts';
import { refuse, type Source } from './read.ts';
import type { Site } from './site.ts';

/** The release lies at the mount, and PHP follows links before it compares paths. */
export const judgeBasedir = (
  source: Source,
  site: Pick<Site, 'mount' | 'link'>,
  { value, written, at }: GivenSetting,
): void => {
  const better = basedirWithMount(source.host, site, value);
  if (better === undefined) return;
  refuse(
    source,
    at,
    `'${written}' leaves out '${site.mount}', where a replica has its release, and PHP would answer "Primary script unknown": ` +
      `write ${written.startsWith('php_') ? written : 'ini[open_basedir]'} = ${better}`,
  );
};

/** An open_basedir in which a replica's release is; undefined when it is in there already. */
export const basedirWithMount = (
  host: Host,
  { mount, link }: Pick<Site, 'mount' | 'link'>,
  value: string,
): string | undefined => {
  const entries = value.split(':').filter(entry => entry !== '');
  const covers = (entry: string): boolean => {
    const path = posix.normalize(entry).replace(/(?<=.)\/$/, '');
    const isIn = (directory: string) => isAtOrBelow(mount, directory);
    return isIn(path) || isIn(host.resolveDirectory(path) ?? path);
  };
  if (entries.length === 0 || entries.some(entry => !entry.startsWith('/') || covers(entry))) return undefined;
  const others = entries.filter(entry => !isAtOrBelow(posix.normalize(entry).replace(/\/$/, ''), link));
  return [`${mount}/`, ...others].join(':');
};
