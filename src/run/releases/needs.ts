import { valueUnless } from '../../base/errors.ts';
import { execUnit, paths, replicaUnit, slotOfUnit } from '../../base/paths.ts';
import type { SlotHoldReason } from '../../plan/observed.ts';
import { areSame, type FileIdentity } from '../../ports/files.ts';
import type { Site } from '../../site/site.ts';
import { type GenerationMeta, linkedGeneration, readMeta, releaseOf } from '../generation/generation.ts';
import { pinnedSlots } from '../generation/slot-numbers.ts';
import { findWayBack } from '../generation/way-back.ts';
import { listSites, readSiteFile } from '../site/load-site.ts';
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

/** What all sites of the host need: several may take their releases from one place. */
export interface Needs {
  /** The releases that replicas take when they start again. */
  readonly pinned: readonly Use[];
  /** What running processes see, whatever their pins say by now (facts.md M1). */
  readonly views: readonly View[];
  /** Releases that sites come back on, that they could roll back to, or that their links lead to. */
  readonly named: ReadonlySet<string>;
  /** The sites with a good file, as they were read for that. */
  readonly sites: ReadonlyMap<string, Site>;
}

interface View extends Omit<Use, 'release'> {
  readonly seen: readonly FileIdentity[];
}

/** Looked at once for however many sites are listed: what it costs grows with the number of sites already. */
export const observeNeeds = async (ports: Ports): Promise<Needs> => {
  const sites = [...new Set([...(await listSites(ports)), ...(await ports.files.list(paths.state))])];
  const read = await Promise.all(sites.map(async name => [name, await readGood(ports, name)] as const));
  const good = new Map(read.flatMap(([name, site]) => (site === undefined ? [] : [[name, site] as const])));
  const each = await Promise.all(sites.map(site => needsOf(hostedByName(site, ports), good.get(site))));
  return {
    sites: good,
    pinned: each.flatMap(({ pinned }) => pinned),
    views: each.flatMap(({ views }) => views),
    named: new Set(each.flatMap(({ named }) => named)),
  };
};

const needsOf = async (run: Hosted, site: Site | undefined) => ({
  // A site whose file is broken names none that a reload could take.
  named: [...(await comesBackOn(run)), ...(site ? [run.ports.host.resolveDirectory(site.link) ?? site.link] : [])],
  pinned: await pinnedReleases(run),
  views: await viewsOf(run, await metasOf(run)),
});

/** Who has which of these releases. */
export const usesOf = async (
  { files }: Pick<Ports, 'files'>,
  { pinned, views }: Needs,
  releases: readonly string[],
): Promise<readonly Use[]> => {
  const identities = await Promise.all(releases.map(async release => ({ release, is: await files.identity(release) })));
  const seen = views.flatMap(({ seen: shown, ...view }) =>
    identities.filter(({ is }) => shown.some(each => areSame(each, is))).map(({ release }) => ({ ...view, release })),
  );
  const uses = [...pinned, ...seen];
  return uses.filter((use, index) => uses.findIndex(other => isSame(use, other)) === index);
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
  const { release: back, missed } = await findWayBack(hosted);
  return [...(await Promise.all(releases)), back, ...missed].filter(release => release !== undefined);
};

const readGood = async (ports: Ports, name: string): Promise<Site | undefined> => {
  const parsed = await valueUnless(() => readSiteFile(ports, name), 'site-unknown');
  return parsed === undefined || 'problems' in parsed ? undefined : parsed.site;
};

/** The releases that replicas take when they start again. */
const pinnedReleases = async (hosted: Hosted): Promise<readonly Use[]> => {
  const slots = await pinnedSlots(hosted);
  const uses = slots.map(async slot => {
    const release = await releaseOf(hosted, await linkedGeneration(hosted, hosted.paths.pin(slot)));
    return release === undefined
      ? []
      : [{ site: hosted.site.name, slot, hold: await readSlotHold(hosted, slot), release }];
  });
  return (await Promise.all(uses)).flat();
};

const viewsOf = async (hosted: Hosted, metas: readonly GenerationMeta[]): Promise<readonly View[]> => {
  const { site, ports } = hosted;
  const mounts = [...new Set(mountsOf(metas))];
  const units = await ports.systemd.glance([replicaUnit(site.name, '*'), execUnit(site.name, '*')]);
  const views = units.map(async ({ unit, mainPid }): Promise<View> => {
    const slot = slotOfUnit(site.name, unit);
    const hold = slot === undefined ? undefined : await readSlotHold(hosted, slot);
    const seen =
      mainPid === 0 ? [] : await Promise.all(mounts.map(each => ports.files.identityInProcess(mainPid, each)));
    return { site: site.name, slot, hold, seen: seen.filter(identity => identity !== undefined) };
  });
  return await Promise.all(views);
};

const mountsOf = (metas: readonly GenerationMeta[]): readonly string[] =>
  metas.flatMap(({ mount, formerMount }) => [mount, ...(formerMount ? [formerMount] : [])]);
