import { paths as hostPaths, siteUnit } from '../../base/paths.ts';
import { loadPromoted, writeGenerated } from '../generation/generation.ts';
import { hostedByName, type NamedRun } from '../site/site-run.ts';
import { isBalancers, sharedFiles } from './slot-files.ts';

/**
 * Before HAProxy reads all files anew: a site that runs and whose file somebody removed would lose its visitors to another one's roll. It is
 * written as the site promoted it.
 */
export const keepNeighbours = async (run: NamedRun): Promise<void> => {
  const { ports, site, emit } = run;
  for (const name of await ports.files.list(hostPaths.run)) {
    const neighbour = hostedByName(name, ports);
    const { balancerConfig, balancer } = neighbour.paths;
    if (name === site.name || !(await ports.files.exists(balancer)) || (await ports.files.exists(balancerConfig)))
      continue;
    // One that is started or removed just now has its file written or removed by who does that.
    if ((await ports.systemd.activeState(siteUnit(name))) !== 'active') continue;
    const promoted = await loadPromoted(neighbour);
    if (promoted === undefined) continue;
    const files = (await sharedFiles(neighbour, promoted.generation)).filter(isBalancers);
    for (const file of files) await writeGenerated(ports, file);
    emit({ kind: 'applied', files: files.map(({ path }) => path) });
  }
};
