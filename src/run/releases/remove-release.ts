import { basename, dirname, join, resolve } from 'node:path';
import { siteUnit } from '../../base/paths.ts';
import { isAtOrBelow } from '../../site/paths.ts';
import { isUnderWay } from '../ask/unit-states.ts';
import { hasMount, mountPoints } from '../site/mount-points.ts';
import type { Ports } from '../site/ports.ts';
import type { HostedSite } from '../site/site-run.ts';
import { type Needs, observeNeeds, usesOf } from './needs.ts';
import { listReleases } from './releases.ts';

/** Begins the name of a release that is hidden, whole, until it is sure that nobody wants it. */
const HIDDEN = '.pruning-';
/** Begins the name of one that is being removed, and may have lost a part already. */
const PRUNED = '.pruned-';

/** Enough to remove a big release from a slow disk. */
const REMOVE_DEADLINE_MS = 600_000;

/**
 * Removes a release that nobody had a use for a moment ago, as `before` says. A roll or a flip may have come since. So the release is hidden
 * first: what begins from then on is refused as missing, and what began before is seen. False when the release is wanted after all: it is
 * back in its place then. Rejects with `command-failed`, and whatever the look rejects with.
 */
export const removeRelease = async (hosted: HostedSite, release: string, before: Needs): Promise<boolean> => {
  await move(hosted, release, hiddenOf(release));
  return await removeHidden(hosted, release, before);
};

/** Ends what prunes that were broken off have left: one that is whole is judged once more, one that is half removed goes. */
export const finishRemovals = async (hosted: HostedSite): Promise<void> => {
  const beside = [...(await listReleases(hosted)).keys()];
  const points = await mountPoints(hosted.ports);
  const left = beside.filter(path => !hasMount(points, path));
  for (const path of left.filter(each => basename(each).startsWith(PRUNED))) await remove(hosted, path);
  for (const path of left.filter(each => basename(each).startsWith(HIDDEN))) {
    const release = join(dirname(path), basename(path).slice(HIDDEN.length));
    await removeHidden(hosted, release, await observeNeeds(hosted.ports));
  }
};

const hiddenOf = (release: string): string => join(dirname(release), `${HIDDEN}${basename(release)}`);

const removeHidden = async (hosted: HostedSite, release: string, before: Needs): Promise<boolean> => {
  const hidden = hiddenOf(release);
  let isUnwanted = false;
  try {
    isUnwanted = !(await isWanted(hosted, release, before));
  } finally {
    if (!isUnwanted) await move(hosted, hidden, release);
  }
  if (!isUnwanted) return false;
  const pruned = join(dirname(release), `${PRUNED}${basename(release)}`);
  await move(hosted, hidden, pruned);
  await remove(hosted, pruned);
  return true;
};

/**
 * Whether any site of the host has come to the release that is hidden, or is on its way: a roll that had found it before goes on, or has
 * promoted it, and a link that was flipped to it leads to nothing now.
 */
const isWanted = async (hosted: HostedSite, release: string, before: Needs): Promise<boolean> => {
  const { ports, site } = hosted;
  const sites = [site, ...before.sites.values()];
  // First: a roll that has ended before has left what it promoted.
  for (const name of new Set(sites.filter(({ releases }) => releases === site.releases).map(each => each.name))) {
    if (isUnderWay(await ports.systemd.activeState(siteUnit(name)))) return true;
  }
  const hidden = hiddenOf(release);
  const needs = await observeNeeds(ports);
  const links = await Promise.all(sites.map(({ link }) => endOf(ports, link)));
  const uses = await usesOf(ports, needs, [hidden]);
  return (
    links.some(end => isAtOrBelow(end, release)) ||
    needs.named.has(release) ||
    uses.some(use => use.release === release || use.release === hidden) ||
    hasMount(await mountPoints(ports), hidden)
  );
};

/** As the kernel follows no more (path_resolution(7)). */
const MOST_LINKS = 40;

/** Where a link leads, also to nothing. */
const endOf = async ({ files, host }: Ports, link: string): Promise<string> => {
  let path = link;
  for (let followed = 0; followed < MOST_LINKS; followed += 1) {
    path = join(host.resolveDirectory(dirname(path)) ?? dirname(path), basename(path));
    const target = await files.readLink(path);
    if (target === undefined) return path;
    path = resolve(dirname(path), target);
  }
  return path;
};

/**
 * The directory above is entered once and looked at from inside: its owner cannot put a link in its place meanwhile. Within a release
 * rm(1) follows no link.
 */
const ENTER = 'cd -P -- "$1" && [ "$(pwd -P)" = "$1" ] || { echo "$1 is not what it was" >&2; exit 1; }';
const MOVE = `${ENTER}; exec mv -T -- "$2" "$3"`;
const REMOVE = `${ENTER}; exec rm -rf --one-file-system -- "$2"`;

const move = async ({ ports }: HostedSite, from: string, to: string): Promise<void> => {
  await ports.commands.run('sh', ['-c', MOVE, 'php-zd-prune', dirname(from), basename(from), basename(to)]);
};

const remove = async ({ ports }: HostedSite, path: string): Promise<void> => {
  const args = ['-c', REMOVE, 'php-zd-prune', dirname(path), basename(path)];
  await ports.commands.run('sh', args, {}, REMOVE_DEADLINE_MS);
};
