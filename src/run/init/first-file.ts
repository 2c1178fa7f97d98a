import { posix } from 'node:path';
import { PhpZdError, valueUnless } from '../../base/errors.ts';
import { paths, siteFile } from '../../base/paths.ts';
import type { WebServer } from '../../render/snippets/snippet.ts';
import { documentRoots } from '../../site/read-place.ts';
import { modeOfSiteFile } from '../../site/secrets.ts';
import { modeOf } from '../site/open-secrets.ts';
import type { Ports } from '../site/ports.ts';

/** Values for a first site file that the host suggests; undefined where it suggests none. */
export interface Suggestions {
  readonly release: string | undefined;
  readonly user: string | undefined;
  /** The installed versions of PHP, the newest first. */
  readonly php: readonly string[];
  /** The directories of the release that may be the document root, the likeliest first. */
  readonly roots: readonly string[];
  readonly webServer: WebServer | undefined;
}

/** Rejects with `site-exists` when the site has a file. */
export const requireNewSite = async ({ files }: Ports, site: string): Promise<void> => {
  const file = siteFile(site);
  if (await files.exists(file)) throw new PhpZdError('site-exists', { site, file });
};

/** What the host suggests. `release` is the release's path, if the operator has named it already. */
export const suggestAnswers = async (ports: Ports, site: string, release: string | undefined): Promise<Suggestions> => {
  const { host } = ports;
  const usual = `/srv/${site}/current`;
  const found = release ?? (host.isDirectory(usual) ? usual : undefined);
  return {
    release: found,
    user: (found && (await ownerOf(ports, found))) ?? (host.user(site) === undefined ? undefined : site),
    php: host
      .phpBinaries()
      .map(({ version }) => version)
      .sort((a, b) => b.localeCompare(a, 'en', { numeric: true })),
    roots: rootsIn(ports, found),
    webServer: programs.find(([, program]) => host.isExecutable(program))?.[0],
  };
};

/** The directories of the release that have an index.php. */
const rootsIn = ({ host }: Ports, release: string | undefined): readonly string[] => {
  const resolved = release === undefined ? undefined : host.resolveDirectory(release);
  return resolved === undefined
    ? []
    : documentRoots.filter(root => host.isFile(posix.join(resolved, root, 'index.php')));
};

/** The web servers to look for. HAProxy is not among them: every host of php-zd has it, for php-zd. */
const programs: readonly (readonly [WebServer, string])[] = [
  ['nginx', '/usr/sbin/nginx'],
  ['apache', '/usr/sbin/apache2'],
  ['caddy', '/usr/bin/caddy'],
];

/** The user who owns the release; undefined when that is root, who runs no site. */
const ownerOf = async ({ commands }: Ports, path: string): Promise<string | undefined> => {
  // A release that is not there has no owner. The check of the site file reports it later.
  const said = await valueUnless(
    () => commands.run('stat', ['--dereference', '--format=%U', '--', path]),
    'command-failed',
  );
  const owner = said?.trim();
  return owner === 'root' || owner === 'UNKNOWN' ? undefined : owner;
};

/**
 * Afterwards the site has its file, whole, which only root may read where that has variables, or where only root may read what it
 * was made from.
 */
export const writeSiteFile = async (
  ports: Ports,
  site: string,
  { text, madeFrom }: { readonly text: string; readonly madeFrom: readonly string[] },
): Promise<void> => {
  const modes = await Promise.all(madeFrom.map(file => modeOf(ports, file)));
  const mode = modes.every(each => (each & 0o004) !== 0) ? modeOfSiteFile(text) : 0o640;
  await ports.files.makeDirectory(paths.sites);
  await ports.files.write(siteFile(site), text, { mode });
};
