import type { Site } from '../site/site.ts';
import { renderHeader } from './generated.ts';

/**
 * A drop-in of the site's own unit: the site starts after the file systems that its files lie on, which may come late at a boot, from the
 * network for example. Not RequiresMountsFor=, with which the site would be stopped when somebody unmounts one of them: its replicas
 * have their release until they stop.
 */
export const renderMountsNeeded = (site: Site): string => {
  const units = [...new Set(placesOf(site).flatMap(mountUnitsOf))].sort().join(' ');
  return `${renderHeader(site, '#')}
[Unit]
Wants=${units}
After=${units}
`;
};

/** Where on the host the site's files lie, apart from php-zd's own. */
const placesOf = ({ link, releases, shared, writable, environmentFile, home }: Site): readonly string[] => [
  ...[link, releases, ...shared.values(), ...writable.filter(path => path.startsWith('/'))],
  ...[environmentFile, home].filter(path => path !== undefined),
];

/** The names of mount units (systemd.mount(5)) for the path and each directory above it. Most are none, which Wants= bears. */
const mountUnitsOf = (path: string): readonly string[] => {
  const parts = path.split('/').filter(part => part !== '');
  return parts.map(
    (_, at) =>
      `${parts
        .slice(0, at + 1)
        .map(escapePart)
        .join('-')}.mount`,
  );
};

/** As systemd-escape(1) writes a part of a path: bytes that a unit's name cannot have, and a dot at the beginning. */
const escapePart = (part: string, at: number): string =>
  [...Buffer.from(part)]
    .map((byte, index) => {
      const character = String.fromCharCode(byte);
      const isPlain = /[A-Za-z0-9:_.]/.test(character) && !(character === '.' && index === 0 && at === 0);
      return isPlain ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
