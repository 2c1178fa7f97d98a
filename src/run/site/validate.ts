import { PhpZdError } from '../../base/errors.ts';
import { REPLICA_VARIABLE, renderFpmConfig, renderPhpIni } from '../../render/fpm-config.ts';
import { renderHaproxy } from '../../render/haproxy.ts';
import { slotsOf } from '../../site/site.ts';
import type { HostedSite } from './site-run.ts';

/**
 * Asks the programs themselves about what would be rendered: `php-fpm -t` and `haproxy -c`, on files of our own that nothing
 * runs on. Rejects with `command-failed`. `directory` is a place to write them, removed by the caller.
 */
export const validateRendered = async (hosted: HostedSite, directory: string, balancerBase: string): Promise<void> => {
  const { site, paths, ports } = hosted;
  const context = { paths, program: ports.program };
  const servers = slotsOf(site).map(slot => ({ slot, maxconn: site.maxChildren }));
  await ports.files.makeDirectory(directory, 0o700);
  // Run by root FPM wants to know whom to become; in service it is nobody but the site's user anyway.
  const fpmConfig = `${renderFpmConfig(site, { ...context, log: `${directory}/log` })}user = ${site.user}\ngroup = ${site.group}\n`;
  await ports.files.write(`${directory}/php-fpm.conf`, fpmConfig, { mode: 0o600 });
  await ports.files.write(`${directory}/site.ini`, renderPhpIni(site), { mode: 0o600 });
  await ports.files.write(`${directory}/haproxy.cfg`, renderHaproxy(site, context, servers), { mode: 0o600 });
  await ports.commands.run(site.php.binary, ['-t', '--fpm-config', `${directory}/php-fpm.conf`, '--force-stderr'], {
    PHP_INI_SCAN_DIR: `:${directory}`,
    [REPLICA_VARIABLE]: '1',
  });
  await ports.commands.run('haproxy', ['-c', '-f', balancerBase, '-f', `${directory}/haproxy.cfg`]);
};

/** Where the web server is to find the site's socket there is nothing, or our link to it. Rejects with `socket-taken`. */
export const requireFreeSocket = async ({ site, paths, ports }: HostedSite): Promise<void> => {
  const path = site.listen.fastcgi;
  if (!(await ports.files.exists(path)) && (await ports.files.readLink(path)) === undefined) return;
  if ((await ports.files.readLink(path)) === paths.front) return;
  throw new PhpZdError('socket-taken', { path });
};

/** The release that the site's link names now, with every link followed: looked up once, at the start of a roll. */
export const resolveRelease = async ({ site, ports }: HostedSite): Promise<string> => {
  const release = ports.host.resolveDirectory(site.link);
  if (release === undefined) throw new PhpZdError('release-missing', { path: site.link });
  await requireRelease({ site, ports }, release);
  return release;
};

/**
 * A release has what every release of the site needs: its front controller, and the places that [shared] is bound over. Rejects
 * with `release-missing`, `release-incomplete`.
 */
export const requireRelease = async (
  { site, ports }: Pick<HostedSite, 'site' | 'ports'>,
  release: string,
): Promise<void> => {
  if (!ports.host.isDirectory(release)) throw new PhpZdError('release-missing', { path: release });
  const missing = [site.index, ...(site.access === 'read-only' ? site.shared.keys() : [])].filter(
    path => !ports.host.isFile(`${release}/${path}`) && !ports.host.isDirectory(`${release}/${path}`),
  );
  if (missing.length > 0) throw new PhpZdError('release-incomplete', { path: release, missing });
};
