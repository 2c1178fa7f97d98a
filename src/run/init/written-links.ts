import { dirname, posix } from 'node:path';
import type { Answer } from '../../render/adopted-site-file.ts';
import { isCommonDirectory } from '../../site/common-directories.ts';
import { absolutePathProblem, isAtOrBelow, relativePathProblem } from '../../site/paths.ts';
import { askAsUser } from '../site/as-user.ts';
import { isHidden } from '../site/links.ts';
import type { HostedSite } from '../site/site-run.ts';
import { findUnwritable } from '../site/writable.ts';

/** A link in a release to what the site's user may write on the host, or read, and a replica may not. */
export interface OuterLink {
  /** In the release. */
  readonly path: string;
  /** What the link leads to, every link followed. */
  readonly real: string;
  readonly isFile: boolean;
  readonly isWritten: boolean;
  /** Whether a replica does not even see it. */
  readonly isUnseen: boolean;
}

type Looking = Pick<HostedSite, 'site' | 'ports'>;

/**
 * The links of a release, such as storage -> ../../shared/storage, behind which the site could write beside php-zd, and can only read
 * in a replica; and those to where a replica sees nothing. Asked of the kernel, as the site's user: none where nobody may become that.
 */
export const findOuterLinks = async (of: Looking, release: string): Promise<readonly OuterLink[]> => {
  const { ports } = of;
  if (!ports.isRoot) return [];
  const said = await askAsUser(of, ['/bin/sh', `${dirname(ports.program)}/look-at-links.sh`, release]);
  const parts = said.split('\0');
  const found = Array.from({ length: Math.floor(parts.length / 4) }, (_, at) => parts.slice(4 * at, 4 * at + 4));
  const links = found.flatMap(([path = '', target = '', kind = '', access]): readonly OuterLink[] => {
    const led = posix.resolve(release, posix.dirname(path), target);
    const directory = ports.host.resolveDirectory(kind === 'd' ? led : posix.dirname(led));
    if (directory === undefined || (kind !== 'd' && kind !== 'f')) return [];
    const real = kind === 'd' ? directory : posix.join(directory, posix.basename(led));
    const link = { path, real, isFile: kind === 'f', isWritten: access === 'w', isUnseen: isHidden(real) };
    return (link.isWritten || link.isUnseen) && isOuter(of, release, real) ? [link] : [];
  });
  // Those that may be written come first.
  const first = new Map([...links].reverse().map(link => [link.path, link]));
  return [...first.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
};

/** Whether a path is none that a replica has, and no other release's: what lies there goes with that. */
const isOuter = ({ site, ports }: Looking, release: string, real: string): boolean => {
  const { shared, writable, home, releases, index, mount } = site;
  const own = [
    release,
    mount,
    '/tmp',
    '/var/tmp',
    '/dev',
    '/proc',
    '/run',
    ...shared.values(),
    ...writable,
    ...(home ? [home] : []),
  ];
  if (own.some(directory => isAtOrBelow(real, directory))) return false;
  const [other = ''] = isAtOrBelow(real, releases) ? posix.relative(releases, real).split('/') : [];
  const isRelease = other !== '' && release !== releases && ports.host.isFile(posix.join(releases, other, index));
  return !isRelease && !(posix.basename(releases) === 'releases' && other !== '');
};

export interface Grants {
  /** Lines by which a replica has what lies there. */
  readonly lines: readonly Answer[];
  /** What is shared by nobody, with the line that would do it; undefined where no line can name it. */
  readonly left: readonly { readonly link: OuterLink; readonly line: string | undefined }[];
}

const MOST = 50;

/**
 * The lines that let a replica write where these links lead, and see what it would not. Of a file its directory, where the user may write to
 * that, and it has no other of these: a database has files beside it. A file of a configuration, such as .env, is left where a replica sees it:
 * a site writes it rarely, and shared alone nobody can put another one in its place.
 */
export const grantsFor = async (of: Looking, links: readonly OuterLink[]): Promise<Grants> => {
  const nameable = links.filter(link => isNameable(of, link)).slice(0, MOST);
  const homes = nameable.filter(isDatabase).map(({ real }) => posix.dirname(real));
  const alone = [...new Set(homes)].filter(directory => isAlone(of, directory, nameable));
  const unwritable = alone.length === 0 ? [] : await findUnwritable(of, alone);
  const given = alone.filter(directory => !unwritable.includes(directory));
  const shared = nameable.filter(link => !link.isFile || (link.isUnseen && !isDatabase(link)));
  const isGiven = (link: OuterLink) => shared.includes(link) || given.includes(posix.dirname(link.real));
  const isLine = (link: OuterLink) => nameable.includes(link) && !link.isUnseen;
  return {
    lines: [
      ...shared.map(({ path, real }) => ({ section: 'shared', key: path, value: real }) as const),
      ...given.map(directory => ({ section: 'writable', key: directory, value: 'yes' }) as const),
    ],
    left: links
      .filter(link => !isGiven(link))
      .map(link => ({ link, line: isLine(link) ? `${link.path} = ${link.real} in [shared]` : undefined })),
  };
};

/** A file that the site writes, with others beside it. */
const isDatabase = ({ real, isFile, isWritten }: OuterLink): boolean => isFile && isWritten && isData(real);

const isData = (file: string): boolean => !/^\.|\.(?:php|ya?ml|ini|json|xml|neon|conf)$/.test(posix.basename(file));

/** What has the releases in it and is laid into a view, since that would not see it, would cover the release there. */
const isNameable = (of: Looking, { path, real, isUnseen }: OuterLink): boolean =>
  relativePathProblem(path) === undefined &&
  absolutePathProblem(real) === undefined &&
  !isCommonDirectory(real) &&
  !(isUnseen && holdsReleases(of, real));

const holdsReleases = ({ site, ports }: Looking, directory: string): boolean =>
  [site.releases, site.link, site.mount, ports.host.resolveDirectory(site.link) ?? ''].some(path =>
    isAtOrBelow(path, directory),
  );

const isAlone = (of: Looking, directory: string, links: readonly OuterLink[]): boolean => {
  const hasOthers = links.some(link => isAtOrBelow(link.real, directory) && !isDatabase(link));
  const isKept = ['/home', '/root', '/etc', '/usr'].some(root => isAtOrBelow(directory, root));
  return !hasOthers && !isKept && !holdsReleases(of, directory) && !isCommonDirectory(directory);
};
