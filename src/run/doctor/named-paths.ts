import { posix } from 'node:path';
import { beginOf } from '../../base/begin-of.ts';
import { withoutControls } from '../../base/printable.ts';
import { isAtOrBelow, normalizePath } from '../../site/paths.ts';
import type { Site } from '../../site/site.ts';
import type { Ports } from '../site/ports.ts';

/**
 * Where a path leads that somebody wrote: through the site's link, to another release, to the site's own release by its place on the
 * host, or to a home that a replica does not see.
 */
export type Leads = 'link' | 'other' | 'own' | 'home';

/** A path of the host in a text that a replica, or a job of the site's, goes by. */
export interface NamedPath {
  /** The file with the line, or the name of a setting. */
  readonly at: string;
  readonly path: string;
  readonly leads: Leads;
}

/** A site, and the release that its link names. */
export interface OnRelease {
  readonly site: Site;
  readonly release: string;
  readonly ports: Pick<Ports, 'host'>;
}

const SLASH = '\\\\{0,3}/';
const TAIL = '[A-Za-z0-9._@+%\\\\/-]{0,200}';
const PATH_LENGTH = 200;

/** A path as JSON and PHP may write it too, with a backslash before each slash. Read alike by Perl and by JavaScript. */
const escaped = (path: string): string => path.replace(/[.+*?^$()[\]{}|\\]/g, '\\$&').replaceAll('/', SLASH);

type Places = Pick<Site, 'link' | 'releases'>;

/** What one of the paths begins with. */
export const pathPlaces = ({ link, releases }: Places): readonly string[] => [
  escaped(link),
  `${escaped(releases)}${SLASH}[A-Za-z0-9_@+]`,
  `${escaped('/home/')}[A-Za-z0-9_]`,
];

/** What finds the paths in a text, with the character before each. */
export const pathPattern = (site: Places): string => `(^|[^A-Za-z0-9._~-])(${pathPlaces(site).join('|')})${TAIL}`;

/** The path in what the pattern found; undefined for one that leads a replica where it leads on the host, for ever. */
export const judgePath = (on: OnRelease, found: string): Omit<NamedPath, 'at'> | undefined => {
  const begin = found.search(/\\{0,3}\//);
  // Behind a backslash that is no slash's begins something else, such as a line break in PHP's words.
  const [plain = ''] = found
    .slice(Math.max(0, begin))
    .replace(/\\{1,3}\//g, '/')
    .split('\\');
  const path = normalizePath(plain.replace(/\.{1,3}$/, ''));
  const leads = begin < 0 ? undefined : leadsOf(on, path);
  return leads && { path: withoutControls(beginOf(path, PATH_LENGTH)), leads };
};

const leadsOf = ({ site, release, ports: { host } }: OnRelease, path: string): Leads | undefined => {
  const { link, releases, mount, home, writable, shared } = site;
  const seen = [mount, ...(home === undefined ? [] : [home]), ...writable];
  if (seen.some(directory => isAtOrBelow(path, directory))) return undefined;
  if (link !== release && isAtOrBelow(path, link)) return 'link';
  if (isAtOrBelow(path, '/home'))
    return host.isDirectory(posix.join('/', ...path.split('/').slice(0, 3))) ? 'home' : undefined;
  if ([...shared.values()].some(source => isAtOrBelow(path, source))) return undefined;
  if (link === release)
    return isAtOrBelow(path, release) && isWritten(site, posix.relative(release, path)) ? 'own' : undefined;
  if (isAtOrBelow(path, release)) return 'own';
  return isAtOrBelow(path, releases) && path !== releases ? 'other' : undefined;
};

/** Whether the site may write there, by where a replica has its release. */
const isWritten = ({ access, shared, writable }: Site, path: string): boolean =>
  access === 'read-write' || [...shared.keys(), ...writable].some(each => isAtOrBelow(path, each));

/** Nearly no text does, and a pattern of a site's own takes long to compile. */
const mayName = ({ link, releases }: Places, text: string): boolean => {
  const plain = text.replaceAll('\\', '');
  return [link, releases, '/home/'].some(place => plain.includes(place.replaceAll('\\', '')));
};

const patterns = new WeakMap<Site, RegExp>();

/** Compiled once for a site, whose texts are many. */
const patternOf = (site: Site): RegExp => {
  const pattern = patterns.get(site) ?? new RegExp(pathPattern(site), 'g');
  patterns.set(site, pattern);
  return pattern;
};

/** The paths in one text, by line. */
export const pathsInText = (on: OnRelease, file: string, text: string): readonly NamedPath[] => {
  if (!mayName(on.site, text)) return [];
  const pattern = patternOf(on.site);
  return text.split('\n').flatMap((line, index) =>
    [...line.matchAll(pattern)].flatMap(([found]) => {
      const judged = judgePath(on, found);
      return judged === undefined ? [] : [{ at: `${file}:${index + 1}`, ...judged }];
    }),
  );
};

/** The paths in what units/look-as-users.pl says of a release, and whether it did not look at all. */
export const pathsInScan = (
  on: OnRelease,
  said: string,
): { readonly named: readonly NamedPath[]; readonly isPart: boolean } => {
  const named = said.split('\n').flatMap(entry => {
    const [file = '', match = ''] = entry.split('\0');
    const [, line, found = ''] = /^(\d{1,9}):(.*)$/s.exec(match) ?? [];
    const judged = line === undefined || file === '' ? undefined : judgePath(on, found);
    return judged === undefined ? [] : [{ at: `${withoutControls(file.replace(/^\.\//, ''))}:${line}`, ...judged }];
  });
  return { named, isPart: said.endsWith('\0more\n') };
};
