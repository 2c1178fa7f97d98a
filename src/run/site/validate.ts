import { posix } from 'node:path';
import { PhpZdError } from '../../base/errors.ts';
import { paths as hostPaths, replicaUnit } from '../../base/paths.ts';
import { renderHaproxy } from '../../render/haproxy.ts';
import { renderHttpConfig } from '../../render/http.ts';
import { slotsOf } from '../../site/site.ts';
import type { Ports } from './ports.ts';
import type { HostedSite } from './site-run.ts';

/**
 * Has `haproxy -c` judge what would be rendered, in a file that nothing runs on. `directory` is the place for this file, removed by
 * the caller. Rejects with `command-failed`.
 */
export const requireBalancerAccepts = async (
  { site, paths, ports }: HostedSite,
  directory: string,
  balancerBase: string,
): Promise<void> => {
  const web = site.web.server?.kind;
  const servers = slotsOf(site).map(slot => ({ slot, maxconn: site.maxChildren, web }));
  const config = renderHaproxy(site, { paths, program: ports.program }, servers);
  await ports.files.makeDirectory(directory, 0o700);
  await ports.files.write(`${directory}/haproxy.cfg`, config, { mode: 0o600 });
  await ports.commands.run('haproxy', ['-c', '-f', balancerBase, '-f', `${directory}/haproxy.cfg`]);
  const { http } = site.listen;
  if (http === undefined) return;
  const bind = `unix@${directory}/http.sock`;
  const text = renderHttpConfig(site, http, {
    paths,
    program: ports.program,
    lastSlot: servers.length,
    toWeb: web !== undefined,
    bind,
  });
  await ports.files.write(`${directory}/http.cfg`, text, { mode: 0o600 });
  await ports.commands.run('haproxy', [
    '-c',
    '-f',
    posix.join(posix.dirname(balancerBase), 'http.cfg'),
    '-f',
    `${directory}/http.cfg`,
  ]);
};

/**
 * Rejects with `socket-taken` unless there is nothing, or php-zd's own link, where the web server looks for the site's socket.
 */
export const requireFreeSocket = async ({ site, paths, ports }: HostedSite): Promise<void> => {
  const path = site.listen.fastcgi;
  // The link itself, and not where it leads: only root may look there.
  const link = await ports.files.readLink(path);
  if (link === paths.front || (link === undefined && !(await ports.files.exists(path)))) return;
  throw new PhpZdError('socket-taken', { path });
};

/**
 * Rejects with `unit-masked` when an administrator masked one of the replicas, which nobody else takes back.
 */
export const requireUnmasked = async ({ site, ports }: HostedSite): Promise<void> => {
  const units = slotsOf(site).map(slot => replicaUnit(site.name, slot));
  const mayBe = await Promise.all([replicaUnit(site.name, ''), ...units].map(unit => mayBeMasked(ports, unit)));
  if (!mayBe.includes(true)) return;
  const answers = await Promise.all(units.map(unit => ports.systemd.fileState(unit)));
  const masked = units.find((_, index) => answers[index]?.startsWith('masked'));
  if (masked !== undefined) throw new PhpZdError('unit-masked', { unit: masked });
};

/** Only where its file may be such a mask systemd is asked, which takes 4 ms for each unit (facts.md N103). */
const mayBeMasked = async ({ files }: Pick<Ports, 'files'>, unit: string): Promise<boolean> => {
  for (const path of [hostPaths.units, hostPaths.runtimeUnits].map(directory => `${directory}/${unit}`)) {
    if ((await files.readLink(path)) !== undefined || (await files.read(path)) === '') return true;
  }
  return false;
};

/** A masked unit has a link to /dev/null in the place of its file, or a file without a byte (systemd.unit(5)). */
export const isMasked = async ({ files }: Pick<Ports, 'files'>, unitFile: string): Promise<boolean> => {
  const target = await files.readLink(unitFile);
  return target === '/dev/null' || (target === undefined && (await files.read(unitFile)) === '');
};
