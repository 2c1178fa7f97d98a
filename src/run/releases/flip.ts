import { dirname, isAbsolute, relative } from 'node:path';
import { PhpZdError } from '../../base/errors.ts';
import { promotedMeta } from '../generation/generation.ts';
import { type HistoryEntry, readHistory } from '../record/history.ts';
import { type LastRoll, readLastRoll } from '../record/last-roll.ts';
import type { HostedSite } from '../site/site-run.ts';

/** The site's link, pointed at a release that is still to be rolled to. */
export interface Flip {
  readonly link: string;
  readonly release: string;
  /** The release that was promoted when the link was flipped. */
  readonly former: string | undefined;
  /** Whether a roll that ended after the flip has brought this release to every replica. */
  wasRolledTo(): Promise<boolean>;
  undo(): Promise<Undone>;
}

/**
 * What became of a flip that was undone. `back`: the link names the promoted release again (undefined: there is no link, as
 * before). `promoted`, `not-ours`: the link was left alone, because the release is promoted after all, or because somebody has
 * pointed the link elsewhere meanwhile.
 */
export type Undone =
  | { readonly kind: 'back'; readonly names: string | undefined }
  | { readonly kind: 'promoted' }
  | { readonly kind: 'not-ours' };

/**
 * Points the site's link at the release, in one step, with a relative target if it had one. Makes the link when it is not
 * there. Rejects with `not-a-link` {path}.
 */
export const flipTo = async (hosted: HostedSite, release: string): Promise<Flip> => {
  const { site, ports } = hosted;
  const link = site.link;
  const written = await ports.files.readLink(link);
  if (written === undefined && (await ports.files.exists(link))) throw new PhpZdError('not-a-link', { path: link });
  const former = (await promotedMeta(hosted))?.release;
  const target = writtenAs(hosted, written, release);
  // Told apart by their names: the wall clock may be put back between the flip and the roll.
  const earlier = new Set((await readRolls(hosted)).map(roll => roll.id));
  await ports.files.link(link, target);
  const wasRolledTo = async () =>
    (await readRolls(hosted)).some(
      roll => !earlier.has(roll.id) && roll.release === release && roll.outcome === 'rolled',
    );
  return { link, release, former, wasRolledTo, undo: () => undo(hosted, { release, target, written }) };
};

/** Those of the history, and the last one, for which that may have had no room. */
const readRolls = async (hosted: HostedSite): Promise<readonly (HistoryEntry | LastRoll)[]> => {
  const last = await readLastRoll(hosted);
  return [...(await readHistory(hosted)), ...(last === undefined ? [] : [last])];
};

interface WrittenLink {
  readonly release: string;
  /** The target that the flip wrote. */
  readonly target: string;
  /** The link's target before; undefined when there was no link. */
  readonly written: string | undefined;
}

/**
 * Points the link at the promoted release, which may be another one than the link named before the flip: a roll to that one may
 * have failed.
 */
const undo = async (hosted: HostedSite, { release, target, written }: WrittenLink): Promise<Undone> => {
  const { site, ports } = hosted;
  if ((await ports.files.readLink(site.link)) !== target) return { kind: 'not-ours' };
  const promoted = (await promotedMeta(hosted))?.release;
  if (promoted === release) return { kind: 'promoted' };
  if (promoted === undefined && written === undefined) {
    await ports.files.remove(site.link);
    return { kind: 'back', names: undefined };
  }
  const back = promoted === undefined ? written : writtenAs(hosted, written, promoted);
  await ports.files.link(site.link, back ?? target);
  return { kind: 'back', names: promoted ?? back };
};

/** A release as the target of the site's link, relative if the link's target was. */
const writtenAs = (hosted: HostedSite, written: string | undefined, release: string): string => {
  if (written === undefined || isAbsolute(written)) return release;
  return relative(directoryOf(hosted), release);
};

/** The directory that the link really lies in, from which a relative target leads. */
const directoryOf = ({ site, ports }: HostedSite): string =>
  ports.host.resolveDirectory(dirname(site.link)) ?? dirname(site.link);
