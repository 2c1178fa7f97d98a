import { httpSocketUnit, httpUnit } from '../../base/paths.ts';
import type { Generation } from '../generation/generation.ts';
import type { Hosted } from '../site/site-run.ts';

/**
 * Afterwards the site is reached over HTTP as the generation wants it, or not at all. Where it is reached already, and is to be at the
 * same place, no connection ends for it. Another place is listened at once the requests at the former one have ended.
 */
export const bringHttp = async (hosted: Hosted, goal: Generation): Promise<void> => {
  if (goal.site.listen.http === undefined) return await endHttp(hosted);
  const { paths, ports, site } = hosted;
  const { systemd } = ports;
  const [socket, service] = [httpSocketUnit(site.name), httpUnit(site.name)];
  const [isOtherPlace, isOtherConfig] = [await isUntold(hosted, 'socket'), await isUntold(hosted, 'config')];
  if (isOtherPlace) await stop(hosted, [service, socket]);
  await start(hosted, socket);
  await told(hosted, paths.httpSocket, paths.toldHttpSocket);
  const activeState = await systemd.activeState(service);
  if (activeState !== 'active' && activeState !== 'reloading') await systemd.start(service);
  else if (isOtherConfig) await systemd.reload(service);
  await told(hosted, paths.httpConfig, paths.toldHttpConfig);
};

/** Whether the file says something else than when its unit was last told, which is kept: a roll may be killed in between. */
const isUntold = async ({ paths, ports: { files } }: Hosted, what: 'socket' | 'config'): Promise<boolean> => {
  const [file, toldFile] =
    what === 'socket' ? [paths.httpSocket, paths.toldHttpSocket] : [paths.httpConfig, paths.toldHttpConfig];
  return (await files.read(toldFile)) !== (await files.read(file));
};

const told = async ({ ports: { files } }: Hosted, file: string, toldFile: string): Promise<void> => {
  const text = await files.read(file);
  if (text !== undefined && text !== (await files.read(toldFile))) await files.write(toldFile, text, { mode: 0o600 });
};

const endHttp = async (hosted: Hosted): Promise<void> => {
  const { paths, ports, site } = hosted;
  const { files, systemd } = ports;
  if (!(await files.exists(paths.httpSocket))) return;
  await stop(hosted, [httpUnit(site.name), httpSocketUnit(site.name)]);
  // The file that tells of all this goes last.
  const all = [paths.toldHttpSocket, paths.toldHttpConfig, paths.httpConfig, paths.httpSocket];
  for (const path of all) await files.remove(path);
  await systemd.daemonReload();
};

/** In this order: a socket whose service runs is not started anew. */
const stop = async ({ ports: { systemd } }: Hosted, units: readonly string[]): Promise<void> => {
  for (const unit of units) {
    if ((await systemd.unit(unit)).activeState !== 'inactive') await systemd.stop(unit);
  }
};

const start = async ({ ports: { systemd } }: Hosted, unit: string): Promise<void> => {
  if ((await systemd.activeState(unit)) !== 'active') await systemd.start(unit);
};
