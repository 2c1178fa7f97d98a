import { dirname } from 'node:path';
import { isError, PhpZdError } from '../../base/errors.ts';
import { siteUnit } from '../../base/paths.ts';
import { areSame } from '../../ports/files.ts';
import { type Identities, renderIdentity } from '../../render/identity.ts';
import { iniPaths } from '../../site/closed-files.ts';
import { prefixesOf } from '../../site/paths.ts';
import type { Site } from '../../site/site.ts';
import { askAsUser } from './as-user.ts';
import { requireOpenPhp } from './closed-php.ts';
import type { Ports } from './ports.ts';
import { requireRoom } from './room.ts';
import type { HostedSite } from './site-run.ts';
import { findUnwritable, requireWritable } from './writable.ts';

/** A release that was found fit, and what it was then. */
export interface FitRelease {
  readonly path: string;
  /** Places of [shared] that are links in the release: nothing is bound over them. */
  readonly linked: readonly string[];
  /** What a view of the release must show (`renderIdentity`). Undefined where the site's user cannot be asked. */
  readonly identity: string | undefined;
  /** The host's files of php.ini, as far as that user may not read them. */
  readonly closedPhp: readonly string[];
}

/** How units/look-at-release.sh ends. */
const UNREADABLE = '3';

type Looking = Pick<HostedSite, 'site' | 'ports'>;

/** What a site's user finds of a release. */
export interface UsersLook {
  /** Undefined where nobody can be asked: not everybody may become that user. Rejects with `release-unfit`. */
  readonly come: (of: Looking, release: string) => Promise<ComeTo | undefined>;
  /** Those of the places that the user may not write to. */
  readonly unwritable: (of: Looking, places: readonly string[]) => Promise<readonly string[]>;
}

/** What a site's user comes to. */
export interface ComeTo {
  readonly identities: Identities;
  readonly closedPhp: readonly string[];
}

/** The release that the site's link names now, with every link followed: looked up once, at the start of a roll. */
export const findRelease = async ({ site, ports }: HostedSite): Promise<FitRelease> => {
  return await requireFitRelease({ site, ports }, resolveNamed(ports, site.link));
};

/** The directory that somebody names, links followed. Rejects with `release-missing`, or with `release-unfit` for its name. */
export const resolveNamed = ({ host }: Pick<Ports, 'host'>, named: string): string => {
  const release = host.resolveDirectory(named);
  if (release !== undefined) return release;
  const character = host.unseenIn(named);
  if (character === undefined) throw new PhpZdError('release-missing', { path: named });
  throw new PhpZdError('release-unfit', { path: named, reason: { kind: 'unseen', character } });
};

export const resolveRelease = async (hosted: HostedSite): Promise<string> => (await findRelease(hosted)).path;

/**
 * Rejects with `release-missing`, or with `release-incomplete` when the directory lacks what every release of the site needs:
 * the front controller, and the places that [shared] is bound over.
 */
export const requireRelease = async ({ site, ports }: Looking, release: string): Promise<void> => {
  if (!ports.host.isDirectory(release)) throw new PhpZdError('release-missing', { path: release });
  const places = [...(site.access === 'read-only' ? site.shared.keys() : []), ...writableIn(site)];
  const missing = [site.index, ...places].filter(
    path => !ports.host.isFile(`${release}/${path}`) && !ports.host.isDirectory(`${release}/${path}`),
  );
  if (missing.length > 0) throw new PhpZdError('release-incomplete', { path: release, missing });
};

/** As `lookAtRelease`. Rejects with `site-invalid`, a `SiteProblems`, too, where replicas would do without lines of the host's php.ini. */
export const requireFitRelease = async (of: Looking, release: string): Promise<FitRelease> => {
  const fit = await lookAtRelease(of, release);
  await requireOpenPhp(of, fit);
  return fit;
};

/**
 * A release that replicas may be given: whole, readable on the whole way by the site's user, as all is that [shared] binds over it,
 * and without a link that leads elsewhere than what is shared. Gives what that user came to: a view shows nothing else. Rejects with
 * `release-missing`, `release-incomplete` or `release-unfit`.
 */
export const lookAtRelease = async (
  of: Looking,
  release: string,
  look: UsersLook = lookBySystemd,
): Promise<FitRelease> => {
  const refuseReplaced = () => {
    if (of.ports.host.resolveDirectory(release) === release) return;
    throw new PhpZdError('release-unfit', { path: release, reason: { kind: 'replaced' } });
  };
  if (of.ports.host.isDirectory(release)) refuseReplaced();
  await requireRelease(of, release);
  const come = await look.come(of, release);
  refuseReplaced();
  await requireWritable(of, release, look.unwritable);
  await requireOwnMount(of, release);
  const linked = await findLinked(of, release);
  const identity = come && renderIdentity(of.site, linked, come.identities);
  return { path: release, linked, identity, closedPhp: come?.closedPhp ?? [] };
};

const writableIn = ({ writable }: Site): readonly string[] => writable.filter(path => !path.startsWith('/'));

/**
 * What the site's user comes to at the path of the release and at those of [shared]. Asked of the kernel, with the user's groups and
 * the file system's access lists, and for the whole path: what root alone can come to is nobody's release. Undefined where nobody
 * can be asked: not everybody may become that user.
 */
const lookAsUser = async (of: Looking, release: string): Promise<ComeTo | undefined> => {
  const { site, ports } = of;
  try {
    const paths = [...site.shared.values()];
    const files = iniPaths(ports.host.phpIniFiles(site.php));
    const script = `${dirname(ports.program)}/look-at-release.sh`;
    const said = await askAsUser(of, ['/bin/sh', script, release, site.index, ...paths, 'php-ini', ...files]);
    const [own = '', ...more] = said.split('\n');
    const shared = more.slice(0, paths.length);
    requireReached(
      of,
      release,
      paths.filter((_, index) => !shared[index]),
    );
    const closed = new Set(more.slice(paths.length));
    return { identities: { release: own, shared }, closedPhp: files.filter((_, at) => closed.has(`closed ${at}`)) };
  } catch (error) {
    if (!isError(error, 'command-failed')) throw error;
    if (error.facts.status !== UNREADABLE) {
      if (!ports.isRoot) return undefined;
      // systemd writes the unit to /run.
      await requireRoom(ports, site.name);
      // Without D-Bus systemd-run(1) fails too, and that is said in other words.
      await ports.systemd.unit(siteUnit(site.name));
      throw error;
    }
    throw unreadable(of, release);
  }
};

/** Rejects where the site's user does not come to all that [shared] binds. */
export const requireReached = ({ site }: Looking, release: string, [missing]: readonly string[]): void => {
  if (missing === undefined) return;
  const reason = { kind: 'unreachable-shared', user: site.user, shared: missing } as const;
  throw new PhpZdError('release-unfit', { path: release, reason });
};

export const unreadable = ({ site }: Looking, release: string): PhpZdError => {
  const reason = { kind: 'unreadable', user: site.user, index: site.index } as const;
  return new PhpZdError('release-unfit', { path: release, reason });
};

/** By units of systemd's that run as the user. */
export const lookBySystemd: UsersLook = { come: lookAsUser, unwritable: findUnwritable };

/** systemd follows a link there, as root, and makes what is missing behind it, anywhere on the host. */
const requireOwnMount = async ({ site, ports }: Looking, release: string): Promise<void> => {
  if ((await ports.files.readLink(site.mount)) === undefined) return;
  throw new PhpZdError('release-unfit', { path: release, reason: { kind: 'linked-place', place: site.mount } });
};

/**
 * The places of [shared] that are links in the release, as deploy tools make them. They lead to what is shared: elsewhere there is
 * nothing that a replica may write to.
 */
const findLinked = async ({ site, ports }: Looking, release: string): Promise<readonly string[]> => {
  const linked: string[] = [];
  for (const [inRelease, onHost] of site.shared) {
    const link = await firstLinkIn(ports.files, release, inRelease);
    if (link === undefined) continue;
    linked.push(inRelease);
    const [led, shared] = await Promise.all(
      [`${release}/${inRelease}`, onHost].map(path => ports.files.identity(path)),
    );
    if (areSame(led, shared)) continue;
    throw new PhpZdError('release-unfit', { path: release, reason: { kind: 'linked-shared', link, shared: onHost } });
  }
  return linked;
};

/** The first part of the path in the release that is a link. */
export const firstLinkIn = async (
  files: Ports['files'],
  release: string,
  path: string,
): Promise<string | undefined> => {
  for (const part of prefixesOf(path)) {
    if ((await files.readLink(`${release}/${part}`)) !== undefined) return part;
  }
  return undefined;
};
