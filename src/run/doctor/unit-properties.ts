import { replicaUnit } from '../../base/paths.ts';
import type { SiteScene } from './scene.ts';

/** What systemd made of a replica's unit, the operator's drop-ins included: systemctl(1), show. */
export const unitProperties = async ({ ports, site, running }: SiteScene): Promise<ReadonlyMap<string, string>> => {
  const [slot = 1] = await running();
  const lines = (await ports.commands.run('systemctl', ['show', replicaUnit(site.name, slot)])).split('\n');
  return new Map(lines.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
};
