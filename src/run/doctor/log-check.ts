import { replicaUnit } from '../../base/paths.ts';
import { areSame, type FileIdentity } from '../../ports/files.ts';
import { lineOf } from '../../site/lines.ts';
import { linkedGeneration } from '../generation/generation.ts';
import type { Check } from './check.ts';
import type { SiteScene } from './scene.ts';

/** PHP-FPM opens `access.log` when it starts, and each other log whenever it writes (facts.md N144). */
export const logFiles: Check<SiteScene> = {
  severity: 'warning',
  look: async scene => {
    const promoted = await scene.generation();
    const path = promoted === undefined ? undefined : lineOf(promoted.site.pool, 'access.log');
    if (promoted === undefined || path === undefined || path.includes('$')) return [];
    const { run, ports, running } = scene;
    const slots: string[] = [];
    for (const slot of await running()) {
      if ((await linkedGeneration(run, run.paths.pin(slot))) !== promoted.id) continue;
      const unit = replicaUnit(run.site.name, slot);
      const pid = (await ports.systemd.glance([unit])).find(each => each.unit === unit)?.mainPid ?? 0;
      const open = await openIn(scene, pid);
      const there = open.length === 0 ? undefined : await ports.files.identityInProcess(pid, path);
      if (open.length > 0 && !open.some(each => areSame(each, there))) slots.push(String(slot));
    }
    return slots.length === 0 ? [] : [{ path, slots }];
  },
};

/** What the process has open; nothing where it has ended. */
const openIn = async ({ ports: { files } }: SiteScene, pid: number): Promise<readonly FileIdentity[]> => {
  const open = pid === 0 ? [] : await files.list(`/proc/${pid}/fd`);
  const found = await Promise.all(open.map(name => files.identity(`/proc/${pid}/fd/${name}`)));
  return found.filter(each => each !== undefined);
};
