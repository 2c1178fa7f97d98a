import { isError } from '../../base/errors.ts';
import { execUnit, paths, replicaUnit, slotOfUnit } from '../../base/paths.ts';
import type { SlotHoldReason } from '../../plan/observed.ts';
import { type GenerationMeta, linkedGeneration, readMeta, releaseOf } from '../generation/generation.ts';
import { pinnedSlots } from '../generation/slot-numbers.ts';
import { findWayBack } from '../generation/way-back.ts';
import { listSites, loadSite } from '../site/load-site.ts';
import type { Ports } from '../site/ports.ts';
import { type Hosted, hostedByName } from '../site/site-run.ts';
import { readSlotHold } from '../slots/hold.ts';

/** A replica, or a command in its view (no slot), that has a release. */
export interface Use {
  readonly site: string;
  readonly slot: number | undefined;
  readonly hold: SlotHoldReason | undefined;
  readonly release: string;
}

/** What all sites of the host need of these directories: several may take their releases from one place. */
export interface Needs {
  readonly uses: readonly Use[];
  /** Releases that sites come back on, that they could roll back to, or that their links lead to. */
  readonly named: ReadonlySet<string>;
}

export const observeNeeds = async (ports: Ports, releases: readonly string[]): Promise<Needs> => {
  const uses: Use[] = [];
  const named = new Set<string>();
  const sites = [...new Set([...(await listSites(ports)), ...(await ports.files.list(paths.state))])];
  for (const site of sites) {
    const run = hostedByName(site, ports);
    const metas = await metasOf(run);
    for (const release of [...(await comesBackOn(run)), ...(await linkedBy(ports, site))]) named.add(release);
    uses.push(...(await pinned(run)), ...(await seen(run, metas, releases)));
  }
  return { uses: uses.filter((use, index) => uses.findIndex(other => isSame(use, other)) === index), named };
};

const isSame = (a: Use, b: Use): boolean => a.site === b.site && a.slot === b.slot && a.release === b.release;

const metasOf = async (hosted: Hosted): Promise<readonly GenerationMeta[]> => {
  const ids = await hosted.ports.files.list(hosted.paths.generations);
  return (await Promise.all(ids.map(id => readMeta(hosted, id)))).filter(meta => meta !== undefined);
};

/**
 * The releases of the promoted and the previous generation, and the one that a rollback goes to. Any other generation is only
 * there until the next settle.
 */
const comesBackOn = async (hosted: Hosted): Promise<readonly string[]> => {
  const links = [hosted.paths.promoted, hosted.paths.previous];
  const releases = links.map(async link => await releaseOf(hosted, await linkedGeneration(hosted, link)));
  const { release: back } = await findWayBack(hosted);
  return [...(await Promise.all(releases)), back].filter(release => release !== undefined);
};

/** The release that the site's link leads to. A site whose file is broken names none that a reload could take. */
const linkedBy = async (ports: Ports, name: string): Promise<readonly string[]> => {
  try {
    const { site } = await loadSite(ports, name);
    return [ports.host.resolveDirectory(site.link) ?? site.link];
  } catch (error) {
    if (isError(error, 'site-invalid', 'site-unknown')) return [];
    throw error;
  }
};

/** The releases that replicas take when they start again. */
const pinned = async (hosted: Hosted): Promise<readonly Use[]> => {
  const slots = await pinnedSlots(hosted);
  const uses = slots.map(async slot => {
    const release = await releaseOf(hosted, await linkedGeneration(hosted, hosted.paths.pin(slot)));
    return release === undefined
      ? []
      : [{ site: hosted.site.name, slot, hold: await readSlotHold(hosted, slot), release }];
  });
  return (await Promise.all(uses)).flat();
};

/** The releases that running processes see, whatever their pins say by now (facts.md M1). */
const seen = async (hosted: Hosted, metas: readonly GenerationMeta[], releases: readonly string[]) => {
  const { site, ports } = hosted;
  const mounts = new Set(mountsOf(metas));
  const patterns = [replicaUnit(site.name, '*'), execUnit(site.name, '*')];
  const units = (await Promise.all(patterns.map(pattern => ports.systemd.units(pattern)))).flat();
  const uses: Use[] = [];
  for (const unit of units) {
    const { mainPid } = await ports.systemd.unit(unit);
    const slot = slotOfUnit(site.name, unit);
    const hold = slot === undefined ? undefined : await readSlotHold(hosted, slot);
    const found = mainPid === 0 ? [] : await releasesAt(ports, { pid: mainPid, mounts, releases });
    uses.push(...found.map(release => ({ site: site.name, slot, hold, release })));
  }
  return uses;
};

/** The mounts of every generation that there is: also one that only a standby or a parked replica runs. */
export const mountsInUse = async (hosted: Hosted): Promise<readonly string[]> => mountsOf(await metasOf(hosted));

const mountsOf = (metas: readonly GenerationMeta[]): readonly string[] =>
  metas.flatMap(({ mount, formerMount }) => [mount, ...(formerMount ? [formerMount] : [])]);

interface View {
  readonly pid: number;
  readonly mounts: ReadonlySet<string>;
  readonly releases: readonly string[];
}

const releasesAt = async ({ files }: Ports, { pid, mounts, releases }: View): Promise<readonly string[]> => {
  const views = await Promise.all([...mounts].map(mount => files.identityInProcess(pid, mount)));
  const found: string[] = [];
  for (const release of releases) {
    const identity = await files.identity(release);
    if (views.some(view => view && view.inode === identity?.inode && view.device === identity.device))
      found.push(release);
  }
  return found;
};
