import {
  type ClosedFiles,
  closedFilesProblem,
  extensionPaths,
  howToOpen,
  iniPaths,
  openingOf,
  readerOf,
} from '../../site/closed-files.ts';
import type { Problem } from '../../site/problem.ts';
import type { Site } from '../../site/site.ts';
import { readAllSites, SiteProblems } from './load-site.ts';
import type { Ports } from './ports.ts';
import type { HostedSite } from './site-run.ts';

type Of = Pick<HostedSite, 'site' | 'ports'>;
/** What is asked of a PHP, and not of a site. */
interface OfPhp {
  readonly site: Pick<Site, 'php'>;
  readonly ports: Ports;
}

/** Where Debian's packages have PHP's extensions, a directory for each of PHP's interfaces. */
const EXTENSIONS = '/usr/lib/php';

export const extensionDirectories = async ({ files }: Pick<Ports, 'files'>): Promise<readonly string[]> =>
  (await files.list(EXTENSIONS)).filter(name => /^\d{8}$/.test(name)).map(name => `${EXTENSIONS}/${name}`);

/** What PHP-FPM of each site must read of the host's: by the kind of it, since PHP passes over the one and warns of the other. */
export interface ReadOfPhp {
  readonly ini: readonly string[];
  readonly extensions: readonly string[];
}

/** Of the extensions those that are there: where PHP looks for them it knows itself. */
export const readOfPhp = ({ host }: Pick<Ports, 'host'>, site: Site, directories: readonly string[]): ReadOfPhp => {
  const files = host.phpIniFiles(site.php);
  return { ini: iniPaths(files), extensions: extensionPaths(files, site.php.ini, directories).filter(host.isFile) };
};

/** Who may do what with the host's php.ini, the files beside it, and their ways: a replica that may not read them does without. */
export const iniRights = ({ site, ports: { host } }: OfPhp): unknown =>
  host.stepsTo(iniPaths(host.phpIniFiles(site.php)));

/** The same of the extensions that PHP is to load. */
export const extensionRights = ({ site, ports: { host } }: Of, directories: readonly string[]): unknown =>
  host.stepsTo(extensionPaths(host.phpIniFiles(site.php), site.php.ini, directories));

/** Files that the site's user may not read, with what lets that user. */
const closedTo = async ({ site, ports }: Of, paths: readonly string[]): Promise<ClosedFiles> => {
  const all = (await readAllSites(ports)).map(({ site: each }) => each);
  return { user: site.user, paths, opening: openingOf(ports.host, paths, readerOf(ports.host, site, all)) };
};

export const closedPhpProblem = async (of: Of, paths: readonly string[]): Promise<Problem> =>
  closedFilesProblem(await closedTo(of, paths));

/** Rejects with `site-invalid`, a `SiteProblems`, where replicas would do without lines of php.ini: a function that is disabled would be none any more. */
export const requireOpenPhp = async (
  of: Of,
  { closedPhp }: { readonly closedPhp: readonly string[] },
): Promise<void> => {
  if (closedPhp.length > 0) throw new SiteProblems(of.site.name, [await closedPhpProblem(of, closedPhp)]);
};

/** What lets the site's user read a file of a package's, which is everybody's to read. */
export const howToLetIn = ({ site, ports: { host } }: Of, path: string): string =>
  `'${site.user}' may not read ${path}: ${howToOpen(openingOf(host, [path], readerOf(host, site, undefined)))}`;
