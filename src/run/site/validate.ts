import { PhpZdError } from '../../base/errors.ts';
import { REPLICA_VARIABLE, renderFpmConfig, renderPhpIni } from '../../render/fpm-config.ts';
import { renderHaproxy } from '../../render/haproxy.ts';
import { slotsOf } from '../../site/site.ts';
import type { HostedSite } from './site-run.ts';

/**
 * Has `php-fpm -t` and `haproxy -c` judge what would be rendered, in files that nothing runs on. `directory` is the place for
 * these files, removed by the caller. Rejects with `command-failed`.
 */
export const validateRendered = async (hosted: HostedSite, directory: string, balancerBase: string): Promise<void> => {
  const { site, paths, ports } = hosted;
  const context = { paths, program: ports.program };
  const servers = slotsOf(site).map(slot => ({ slot, maxconn: site.maxChildren }));
  await ports.files.makeDirectory(directory, 0o700);
  // FPM that root runs wants to be told whom to become. In service the unit runs it as the site's user.
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

/**
 * Rejects with `socket-taken` unless there is nothing, or php-zd's own link, where the web server looks for the site's socket.
 */
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
 * Rejects with `release-missing`, or with `release-incomplete` when the directory lacks what every release of the site needs:
 * the front controller, and the places that [shared] is bound over.
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
