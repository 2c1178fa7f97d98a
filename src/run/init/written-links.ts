import { dirname, posix } from 'node:path';
import type { Answer } from '../../render/adopted-site-file.ts';
import { isCommonDirectory } from '../../site/common-directories.ts';
import { absolutePathProblem, isAtOrBelow, relativePathProblem } from '../../site/paths.ts';
import { askAsUser } from '../site/as-user.ts';
import type { HostedSite } from '../site/site-run.ts';
import { findUnwritable } from '../site/writable.ts';

/** A link in a release to what the site's user may write on the host, and a replica may not. */
export interface WrittenLink {
  /** In the release. */
  readonly path: string;
  /** What the link leads to, every link followed. */
  readonly real: string;
  readonly isFile: boolean;
}

type Looking = Pick<HostedSite, 'site' | 'ports'>;

/**
 * The links of a release, such as storage -> ../../shared/storage, behind which the site could write beside php-zd, and can only read
 * in a replica. Asked of the kernel, as the site's user: none where nobody may become that.
 */
export const findWrittenLinks = async (of: Looking, release: string): Promise<readonly WrittenLink[]> => {
  const { ports } = of;
  if (!ports.isRoot) return [];
  const said = await askAsUser(of, ['/bin/sh', `${dirname(ports.program)}/look-at-links.sh`, release]);
  const parts = said.split('\0');
  const found = Array.from({ length: Math.floor(parts.length / 3) }, (_, at) => parts.slice(3 * at, 3 * at + 3));
  return found
    .flatMap(([path = '', target = '', kind = '']): readonly WrittenLink[] => {
      const led = posix.resolve(release, posix.dirname(path), target);
      const directory = ports.host.resolveDirectory(kind === 'd' ? led : posix.dirname(led));
      if (directory === undefined || (kind !== 'd' && kind !== 'f')) return [];
      const real = kind === 'd' ? directory : posix.join(directory, posix.basename(led));
      return isWritten(of, release, real) ? [{ path, real, isFile: kind === 'f' }] : [];
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
};

/** Whether a path is one that a replica cannot write, and no other release's: what lies there goes with that. */
const isWritten = ({ site, ports }: Looking, release: string, real: string): boolean => {
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
  /** Lines that let a replica write there. */
  readonly lines: readonly Answer[];
  /** What is shared by nobody, with the line that would do it; undefined where no line can name it. */
  readonly left: readonly { readonly link: WrittenLink; readonly line: string | undefined }[];
}

const MOST = 50;

/**
 * The lines that let a replica write where these links lead. Of a file its directory, where the user may write to that, and it has no other
 * of these: a database has files beside it. A file of a configuration, such as .env, is left: a site writes it rarely, and shared alone
 * nobody can put another one in its place.
 */
export const grantsFor = async (of: Looking, links: readonly WrittenLink[]): Promise<Grants> => {
  const nameable = links.filter(isNameable).slice(0, MOST);
  const homes = nameable.filter(({ real, isFile }) => isFile && isData(real)).map(({ real }) => posix.dirname(real));
  const alone = [...new Set(homes)].filter(directory => isAlone(of, directory, nameable));
  const unwritable = alone.length === 0 ? [] : await findUnwritable(of, alone);
  const given = alone.filter(directory => !unwritable.includes(directory));
  const isGiven = ({ real, isFile }: WrittenLink) => !isFile || given.includes(posix.dirname(real));
  return {
    lines: [
      ...nameable
        .filter(({ isFile }) => !isFile)
        .map(({ path, real }) => ({ section: 'shared', key: path, value: real }) as const),
      ...given.map(directory => ({ section: 'writable', key: directory, value: 'yes' }) as const),
    ],
    left: links
      .filter(link => !nameable.includes(link) || !isGiven(link))
      .map(link => ({ link, line: isNameable(link) ? `${link.path} = ${link.real} in [shared]` : undefined })),
  };
};

const isData = (file: string): boolean => !/^\.|\.(?:php|ya?ml|ini|json|xml|neon|conf)$/.test(posix.basename(file));

const isNameable = ({ path, real }: WrittenLink): boolean =>
  relativePathProblem(path) === undefined && absolutePathProblem(real) === undefined && !isCommonDirectory(real);

const isAlone = ({ site, ports }: Looking, directory: string, links: readonly WrittenLink[]): boolean => {
  const isIn = (path: string) => isAtOrBelow(path, directory);
  const hasOthers = links.some(({ real, isFile }) => isIn(real) && !(isFile && isData(real)));
  const isHidden = ['/home', '/root', '/etc', '/usr'].some(root => isAtOrBelow(directory, root));
  const holdsReleases = [site.releases, site.link, ports.host.resolveDirectory(site.link) ?? ''].some(isIn);
  return !hasOthers && !isHidden && !holdsReleases && !isCommonDirectory(directory);
};
