import { dirname } from 'node:path';
import { PhpZdError } from '../../base/errors.ts';
import type { Site } from '../../site/site.ts';
import type { Credentials } from '../ask/running-servers.ts';
import type { Ports } from '../site/ports.ts';
import { parseSaid, placesIn, type Said } from './as-users-said.ts';
import { pathPattern, pathPlaces } from './named-paths.ts';

/** Longer than units/look-as-users.pl takes by its own bounds. */
const DEADLINE_MS = 28_000;

/** A release of a site. */
export interface SiteRelease {
  readonly site: Site;
  readonly release: string;
}

/** A user, and the releases that are looked at as that user. */
export interface Looker {
  readonly as: Credentials;
  /** Paths that the user may be able to write to. */
  readonly writes: readonly string[];
  readonly releases: readonly SiteRelease[];
}

/** What a site's user finds of a release. */
export interface ReleaseLook {
  /** Whether that user comes to the release and may read its index. */
  readonly isReadable: boolean;
  /** What the user does not come to of [shared], and what the user may not write to of [writable]. */
  readonly unreached: readonly string[];
  readonly unwritable: readonly string[];
  /** The paths in texts, as `pathsInScan` reads them. */
  readonly paths: string;
}

/** What users may do on a host, and find there. Throws `command-failed` for a user as whom nobody could look. */
export interface AsUsers {
  mayRead(as: Credentials, path: string): boolean;
  mayWrite(as: Credentials, path: string): boolean;
  /** Undefined for a release that nobody asked about. */
  lookAt(of: SiteRelease): ReleaseLook | undefined;
}

/** Looks as each user whether the paths may be read, and at what is that user's: one process for a whole host. For root alone. */
export const lookAsUsers = async (
  ports: Ports,
  lookers: readonly Looker[],
  paths: readonly string[],
): Promise<AsUsers> => {
  // Root need not be asked.
  const users = lookers.filter(({ as }) => as.uid !== 0);
  const script = `${dirname(ports.program)}/look-as-users.pl`;
  const words = [...paths.map(path => `p${path}`), ...users.flatMap(wordsOf)];
  const text = users.length === 0 ? '' : await ports.commands.run('perl', [script, ...words], {}, DEADLINE_MS);
  const said = parseSaid(text);
  const lost = ({ uid }: Credentials) =>
    new PhpZdError('command-failed', { command: `perl ${script}`, status: `no end as user ${uid}`, output: '' });
  const saidBy = (as: Credentials): Said => {
    const found = said.get(users.findIndex(user => userWord(user.as) === userWord(as)));
    if (found === undefined) throw lost(as);
    return found;
  };
  return {
    mayRead: (as, path) => as.uid === 0 || saidBy(as).readable[paths.indexOf(path)] === '1',
    mayWrite: (as, path) => as.uid === 0 || saidBy(as).writable[writesOf(users, as).indexOf(path)] === '1',
    lookAt: of => {
      const isMeant = (each: SiteRelease) => each.site.name === of.site.name && each.release === of.release;
      const user = users.find(({ releases }) => releases.some(isMeant));
      if (user === undefined) return undefined;
      const found = saidBy(user.as).releases.get(user.releases.findIndex(isMeant));
      if (found === undefined) throw lost(user.as);
      const { isReadable, paths } = found;
      const unreached = placesIn(found.reached, [...of.site.shared.values()]);
      return { isReadable, unreached, unwritable: placesIn(found.writable, writableOf(of)), paths };
    },
  };
};

const writesOf = (users: readonly Looker[], as: Credentials): readonly string[] =>
  users.find(user => userWord(user.as) === userWord(as))?.writes ?? [];

const userWord = ({ uid, gid, groups }: Credentials): string => `u${uid}:${gid}:${groups.join(',')}`;

const wordsOf = ({ as, writes, releases }: Looker): readonly string[] => [
  ...[userWord(as), ...writes.map(path => `q${path}`)],
  ...releases.flatMap(releaseWords),
];

const releaseWords = (of: SiteRelease): readonly string[] => {
  const { index, shared, environmentFile } = of.site;
  const texts = [...shared.values(), ...(environmentFile === undefined ? [] : [environmentFile])];
  return [
    ...[`r${of.release}`, `i${index}`, ...[...shared.values()].map(path => `s${path}`)],
    ...writableOf(of).map(path => `w${path}`),
    ...[`m${pathPattern(of.site)}`, ...pathPlaces(of.site).map(place => `n${place}`)],
    ...texts.map(file => `f${file}`),
  ];
};

const writableOf = ({ site, release }: SiteRelease): readonly string[] =>
  site.writable.map(path => (path.startsWith('/') ? path : `${release}/${path}`));
