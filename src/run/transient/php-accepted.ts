import { createHash } from 'node:crypto';
import { unlessFull } from '../record/unless-full.ts';
import { extensionDirectories, extensionRights, iniRights } from '../site/closed-php.ts';
import type { HostedSite, SiteRun } from '../site/site-run.ts';
import { requireFpmAccepts } from './fpm-accepts.ts';
import type { ViewRequest } from './view.ts';

/** A hash. */
const MOST_BYTES = 1024;

/**
 * As `requireFpmAccepts`, of a generation that PHP-FPM has accepted before only where the host has PHP load or set something else now:
 * a generation keeps the site's own lines, and not the host's php.ini. Tells what PHP warns of.
 */
export const requireHostsPhp = async (
  run: SiteRun,
  request: Omit<ViewRequest, 'unit'>,
  isAccepted: boolean,
): Promise<void> => {
  const now = await hostsPhp(run);
  const last = await acceptedPhp(run);
  if (isAccepted && last === now) return;
  const warnings = await requireFpmAccepts(run, request);
  if (warnings.length > 0) run.emit({ kind: 'warnings', warnings });
  if (last === now) return;
  // Somebody may have removed all that php-zd keeps of the site.
  await unlessFull(run.ports.files.makeDirectory(run.paths.state));
  await unlessFull(run.ports.files.write(run.paths.acceptedPhp, now, { mode: 0o644 }));
};

/** What `hostsPhp` was when the site's last roll found it good. */
export const acceptedPhp = async ({ ports, paths }: HostedSite): Promise<string | undefined> =>
  await ports.files.read(paths.acceptedPhp, MOST_BYTES);

/** What the host has PHP load and set, as a hash: php.ini with the files beside it, which extensions there are, and who may read all that. */
export const hostsPhp = async (hosted: HostedSite): Promise<string> => {
  const { ports, site } = hosted;
  const directories = await extensionDirectories(ports);
  const extensions = await Promise.all(directories.map(directory => ports.files.list(directory)));
  const rights = [iniRights(hosted), extensionRights(hosted, directories)];
  const text = JSON.stringify([site.php.binary, ports.host.phpIniFiles(site.php), directories, extensions, rights]);
  return `${createHash('sha256').update(text).digest('hex')}\n`;
};
