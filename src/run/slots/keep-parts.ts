import { paths as hostPaths, siteUnit } from '../../base/paths.ts';
import { loadPromoted, writeGenerated } from '../generation/generation.ts';
import type { Ports } from '../site/ports.ts';
import { hostedByName } from '../site/site-run.ts';
import { isBalancers, sharedFiles } from './slot-files.ts';

/** A site, and what was written of it. */
export interface KeptPart {
  readonly site: string;
  readonly files: readonly string[];
}

/** Which parts are written anew: those that are not there, or also those that are not as they are to be. */
export type PartsToKeep = 'lost' | 'changed';

/**
 * Before HAProxy reads the parts of all sites: one that runs and whose part somebody removed, or spoilt, would lose its visitors. Afterwards
 * each has a part as the site promoted it. units/keep-parts.sh asks for it in each start and each reload of HAProxy, whoever wants that.
 */
export const keepParts = async (ports: Ports, which: PartsToKeep): Promise<readonly KeptPart[]> => {
  const kept: KeptPart[] = [];
  for (const site of await ports.files.list(hostPaths.run)) {
    const hosted = hostedByName(site, ports);
    const { balancerConfig, balancer } = hosted.paths;
    if (!(await ports.files.exists(balancer))) continue;
    // An empty one is none to HAProxy.
    if (which === 'lost' && ((await ports.files.read(balancerConfig)) ?? '') !== '') continue;
    // Of one that starts, rolls or is removed just now the part is written or removed by who does that.
    if ((await ports.systemd.activeState(siteUnit(site))) !== 'active') continue;
    const promoted = await loadPromoted(hosted);
    if (promoted === undefined) continue;
    const files: string[] = [];
    for (const file of (await sharedFiles(hosted, promoted.generation)).filter(isBalancers)) {
      if (await writeGenerated(ports, file)) files.push(file.path);
    }
    if (files.length > 0) kept.push({ site, files });
  }
  return kept;
};
