import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import * as v from 'valibot';
import { PhpZdError } from '../../base/errors.ts';
import { amount, formatState, MOST_STATE_BYTES, parseState, type StateFormats } from '../../base/state-format.ts';
import type { GeneratedFile, RenderContext } from '../../render/generated.ts';
import { renderLaidMounts } from '../../render/laid-mounts.ts';
import { renderGeneration } from '../../render/site.ts';
import { webViewOf } from '../../render/snippets/web-view.ts';
import { type Site, WEB_SERVERS } from '../../site/site.ts';
import type { FitRelease } from '../site/fit-release.ts';
import { type LoadedSite, parseKept, type SiteTexts } from '../site/load-site.ts';
import type { Ports } from '../site/ports.ts';
import { lookAtLinks } from '../site/shown.ts';
import type { Hosted } from '../site/site-run.ts';
import { isMountInUse } from './mount-in-use.ts';
import { pinnedSlots } from './slot-numbers.ts';

/**
 * A release with its configuration: what a replica takes when it starts, and keeps until it stops. A generation is written
 * once, into a directory of its own, and never changed, so that a replica which crashes in the middle of a roll comes back as
 * it was, and a roll that fails goes back to release and configuration.
 */
export interface Generation {
  /**
   * A hash of the release and of all that the site file says: the same release with the same configuration is the same
   * generation.
   */
  readonly id: string;
  readonly release: string;
  readonly site: Site;
  /** A second mount point of the release, which the web server's configuration may still name. */
  readonly formerMount: string | undefined;
  /** Places of [shared] that are links in the release. */
  readonly linked: readonly string[];
  /** What a view of the release must show (`renderIdentity`). Undefined where that is not known. */
  readonly identity: string | undefined;
  /** URLs below which the site itself writes by a link of the release, for a web server of the replicas' own. */
  readonly written: readonly string[];
}

const generationMeta = v.object({
  release: v.string(),
  mount: v.string(),
  user: v.string(),
  maxChildren: amount,
  replicas: amount,
  formerMount: v.exactOptional(v.string()),
  linked: v.exactOptional(v.pipe(v.array(v.string()), v.readonly())),
  /** Path of its php-fpm. Missing in a generation of php-zd 0.1.0. */
  php: v.exactOptional(v.string()),
  /** The web server of its replicas' own, if they have one. */
  web: v.exactOptional(v.picklist(WEB_SERVERS)),
  written: v.exactOptional(v.pipe(v.array(v.string()), v.readonly())),
  /** The path of the release as the site file names it. */
  link: v.string(),
});

/** What others need to know of a generation without reading its site file. */
export type GenerationMeta = Readonly<v.InferOutput<typeof generationMeta>>;

const formats: StateFormats<GenerationMeta> = [undefined, generationMeta];

/** The generation that a roll to this release would make: nothing is written. */
export const describeGeneration = async (hosted: Hosted, site: Site, fit: FitRelease): Promise<Generation> => {
  const promoted = await promotedMeta(hosted);
  const formerMount = promoted === undefined ? undefined : await findFormerMount(hosted, site, promoted);
  return identify(hosted, { ...viewOf(fit), site, formerMount, written: await findWritten(hosted, site, fit) });
};

/** What a link in the document root leads to, as Laravel's public/storage does, may be what the site writes. */
const findWritten = async ({ ports }: Hosted, site: Site, { path }: FitRelease): Promise<readonly string[]> =>
  site.web.server === undefined ? [] : webViewOf(site, await lookAtLinks(ports, { ...site, link: path })).written;

const viewOf = ({ path: release, linked, identity }: FitRelease) => ({ release, linked, identity });

/**
 * The mount point of the promoted generation, when it is another one; else that generation's own former mount point, as long as
 * the web server still asks for scripts there.
 */
const findFormerMount = async (hosted: Hosted, site: Site, promoted: GenerationMeta): Promise<string | undefined> => {
  const { mount, formerMount } = promoted;
  if (mount !== site.mount) return isBehindLink(hosted, mount) ? undefined : mount;
  if (formerMount === undefined || formerMount === site.mount || isBehindLink(hosted, formerMount)) return undefined;
  return (await isMountInUse(hosted, formerMount)) ? formerMount : undefined;
};

/** Whoever asks for a script at a mount point that was moved comes to the new one by the link that was left. */
const isBehindLink = ({ ports }: Hosted, mount: string): boolean => {
  const directory = dirname(mount);
  return (ports.host.resolveDirectory(directory) ?? directory) !== directory;
};

/** The promoted generation, when this release and this site would make the same one; undefined when something has changed. */
export const asPromoted = async (hosted: Hosted, site: Site, fit: FitRelease): Promise<Generation | undefined> => {
  const formerMount = (await promotedMeta(hosted))?.formerMount;
  const written = await findWritten(hosted, site, fit);
  const generation = identify(hosted, { ...viewOf(fit), site, formerMount, written });
  return generation.id === (await linkedGeneration(hosted, hosted.paths.promoted)) ? generation : undefined;
};

const identify = (hosted: Hosted, generation: Omit<Generation, 'id'>): Generation => {
  const { release, site, formerMount } = generation;
  const rendered = renderGeneration(site, contextOf(hosted, generation)).map(({ text }) => text);
  const files = [...rendered, renderLaidMounts(site, { ...generation, paths: hosted.paths })];
  const text = JSON.stringify({ release, site, formerMount, files }, jsonValue);
  return { ...generation, id: createHash('sha256').update(text).digest('hex').slice(0, 12) };
};

/** Loads what `describeGeneration` needs: node:crypto takes 10 ms, in which somebody else can do his part. */
export const prepareToDescribe = (): void => {
  createHash('sha256');
};

/** Maps and regular expressions as something that JSON can tell apart: by themselves they are empty objects to JSON. */
export const jsonValue = (_: string, value: unknown): unknown => {
  if (value instanceof Map) return [...value];
  return value instanceof RegExp ? String(value) : value;
};

/** Afterwards the generation is on disk, whole. */
export const writeGeneration = async (hosted: Hosted, generation: Generation, texts: SiteTexts): Promise<void> => {
  const { site, release, formerMount, linked, written } = generation;
  const directory = hosted.paths.generation(generation.id);
  for (const file of renderGeneration(site, contextOf(hosted, generation))) {
    await writeGenerated(hosted.ports, { ...file, path: `${directory}/${file.path}` });
  }
  const keep = (name: string, text: string, mode: number) =>
    writeGenerated(hosted.ports, { path: `${directory}/${name}`, text, mode, group: undefined });
  await keep('site.ini', texts.site, 0o600);
  if (texts.defaults !== undefined) await keep('defaults.ini', texts.defaults, 0o600);
  if (texts.include !== undefined) await keep('web-include', texts.include, 0o600);
  if (texts.environment !== undefined) await keep('environment', texts.environment, 0o600);
  if ((await hosted.ports.files.readLink(`${directory}/release`)) !== release) {
    await hosted.ports.files.link(`${directory}/release`, release);
  }
  await keep('mounts', renderLaidMounts(site, { ...generation, paths: hosted.paths }), 0o644);
  await writeIdentity(hosted, generation);
  const { mount, user, maxChildren, replicas, link } = site;
  const meta: GenerationMeta = {
    release,
    mount,
    user,
    maxChildren,
    replicas,
    link,
    php: site.php.binary,
    ...(formerMount && { formerMount }),
    ...(linked.length > 0 && { linked }),
    ...(site.web.server !== undefined && { web: site.web.server.kind }),
    ...(written.length > 0 && { written }),
  };
  // Written last: a generation that has this file is complete.
  await keep('generation.json', formatState(formats, meta), 0o644);
};

/**
 * Writes what a view of the release must show, for units/enter-view.sh: the one thing in a generation that may change, when another
 * roll or a start finds another directory fit.
 */
const writeIdentity = async ({ ports, paths }: Hosted, { id, identity }: Generation): Promise<void> => {
  if (identity === undefined) return;
  const path = identityFile(paths.generation(id));
  await writeGenerated(ports, { path, text: `${identity}\n`, mode: 0o644, group: undefined });
};

/** Whether the directory of the release is another one than that which the generation was made of. */
export const isReplaced = async (hosted: Hosted, id: string, release: string): Promise<boolean> => {
  const known = inodeOf(await readIdentity(hosted, id));
  return known !== undefined && known !== String((await hosted.ports.files.identity(release))?.inode);
};

/** The inode of the release: the first line has the time of birth and that (units/look-at-release.sh). */
export const inodeOf = (identity: string | undefined): string | undefined => {
  const [first = ''] = identity?.split('\n') ?? [];
  return first.split(' ')[1];
};

const readIdentity = async ({ paths, ports }: Hosted, id: string): Promise<string | undefined> =>
  (await ports.files.read(identityFile(paths.generation(id))))?.trimEnd();

const identityFile = (generation: string): string => `${generation}/identity`;

/** Writes a rendered file, unless the file has that text, mode and owner already. True when it was written. */
export const writeGenerated = async (ports: Ports, file: Omit<GeneratedFile, 'reader'>): Promise<boolean> => {
  const { path, text, mode, group } = file;
  const gid = group === undefined ? 0 : gidOf(ports, group, path);
  if (await isAsGenerated(ports, file)) return false;
  await ports.files.makeDirectory(path.slice(0, path.lastIndexOf('/')));
  await ports.files.write(path, text, { mode, gid });
  return true;
};

/** Whether a rendered file is as it is to be, for those too who are to read it. */
export const isAsGenerated = async (ports: Ports, file: Omit<GeneratedFile, 'reader'>): Promise<boolean> =>
  (await hasRights(ports, file)) && (await ports.files.read(file.path)) === file.text;

/**
 * Whether a file has the mode and the owner that it is written with. A copy or a `chmod -R` may have changed them; and a group that was
 * removed and made anew has another number.
 */
const hasRights = async (
  { files, host }: Ports,
  { path, mode, group }: Omit<GeneratedFile, 'reader' | 'text'>,
): Promise<boolean> => {
  const found = await files.rights(path);
  return found?.mode === mode && found.uid === 0 && found.gid === (group === undefined ? 0 : host.group(group)?.gid);
};

/** The files of the generation that others may read, or may not, than those for whom they were written. */
export const wronglyReadable = async (hosted: Hosted, generation: Generation): Promise<readonly string[]> => {
  const directory = hosted.paths.generation(generation.id);
  const everybodys = ['mounts', 'identity', 'generation.json'].map(path => ({ path, mode: 0o644, group: undefined }));
  const wrong: string[] = [];
  for (const file of [...renderGeneration(generation.site, contextOf(hosted, generation)), ...everybodys]) {
    const path = `${directory}/${file.path}`;
    if ((await hosted.ports.files.exists(path)) && !(await hasRights(hosted.ports, { ...file, path })))
      wrong.push(path);
  }
  return wrong;
};

const gidOf = ({ host }: Ports, group: string, path: string): number => {
  const gid = host.group(group)?.gid;
  if (gid === undefined) throw new PhpZdError('group-unknown', { path, group });
  return gid;
};

export const contextOf = (
  { paths, ports }: Hosted,
  { formerMount, written }: Pick<Generation, 'formerMount'> & Partial<Pick<Generation, 'written'>>,
): RenderContext => ({ ...{ paths, formerMount, written }, program: ports.program });

/** What is to know of a generation. Undefined when there is no such generation, only half of it, or one of a newer php-zd. */
export const readMeta = async ({ paths, ports }: Hosted, id: string): Promise<GenerationMeta | undefined> => {
  const path = `${paths.generation(id)}/generation.json`;
  const text = await ports.files.read(path, MOST_STATE_BYTES);
  if (text === undefined) return undefined;
  const last = known.get(path);
  if (last?.text === text) return last.meta;
  const meta = parseState(formats, text);
  known.set(path, { text, meta });
  return meta;
};

/** What each file said last: each of a site's replicas asks for the same one. */
const known = new Map<string, { readonly text: string; readonly meta: GenerationMeta | undefined }>();

/**
 * The release of a generation. Known also for one that a newer php-zd wrote, by the link to the release that every generation
 * has.
 */
export const releaseOf = async (hosted: Hosted, id: string | undefined): Promise<string | undefined> => {
  if (id === undefined) return undefined;
  const { ports, paths } = hosted;
  return (await readMeta(hosted, id))?.release ?? (await ports.files.readLink(`${paths.generation(id)}/release`));
};

/** The id of the generation that a pin, `promoted` or `previous` names. */
export const linkedGeneration = async ({ ports }: Hosted, link: string): Promise<string | undefined> => {
  const target = await ports.files.readLink(link);
  return target === undefined ? undefined : basename(target);
};

export const promotedMeta = async (hosted: Hosted): Promise<GenerationMeta | undefined> => {
  const id = await linkedGeneration(hosted, hosted.paths.promoted);
  return id === undefined ? undefined : await readMeta(hosted, id);
};

/** Links a pin, `promoted` or `previous` to a generation, in one step. */
export const linkGeneration = ({ ports }: Hosted, link: string, id: string): Promise<void> =>
  ports.files.link(link, `${link.includes('/slots/') ? '../' : ''}generations/${id}`);

export interface LoadedGeneration extends LoadedSite {
  readonly generation: Generation;
}

/** Undefined where there is no such generation any more. */
const readTexts = async ({ ports, paths }: Hosted, id: string): Promise<SiteTexts | undefined> => {
  const directory = paths.generation(id);
  const site = await ports.files.read(`${directory}/site.ini`);
  if (site === undefined) return undefined;
  return {
    site,
    defaults: await ports.files.read(`${directory}/defaults.ini`),
    environment: await ports.files.read(`${directory}/environment`),
    include: await ports.files.read(`${directory}/web-include`),
  };
};

/** The texts of what was promoted. */
export const promotedTexts = async (hosted: Hosted): Promise<SiteTexts | undefined> => {
  const id = await linkedGeneration(hosted, hosted.paths.promoted);
  return id === undefined ? undefined : await readTexts(hosted, id);
};

/**
 * A generation as it was made, wherever the site's link points by now. Undefined when there is none, or when the host has
 * changed so much that the site file which the generation keeps no longer holds.
 */
const loadGeneration = async (
  hosted: Hosted,
  id: string,
  known?: LoadedSite,
): Promise<LoadedGeneration | undefined> => {
  const meta = await readMeta(hosted, id);
  const texts = await readTexts(hosted, id);
  if (meta === undefined || texts === undefined) return undefined;
  const of = { texts, link: meta.link, release: meta.release, php: meta.php };
  const kept = parseKept(hosted.ports, hosted.site.name, of, known);
  if (kept === undefined) return undefined;
  return { ...kept, generation: await generationOf(hosted, { id, meta, site: kept.site }) };
};

interface Described {
  readonly id: string;
  readonly meta: GenerationMeta;
  readonly site: Site;
}

/** A generation as it was made. */
export const generationOf = async (hosted: Hosted, { id, meta, site }: Described): Promise<Generation> => {
  const { release, formerMount, linked = [], written = [] } = meta;
  return { ...{ id, release, site, formerMount, linked, written }, identity: await readIdentity(hosted, id) };
};

/** `known` is the site as its file is now, which saves to parse what was promoted when both say the same. */
export const loadPromoted = async (hosted: Hosted, known?: LoadedSite): Promise<LoadedGeneration | undefined> => {
  const id = await linkedGeneration(hosted, hosted.paths.promoted);
  return id === undefined ? undefined : await loadGeneration(hosted, id, known);
};

/** Removes the generations that neither a pin nor `promoted` nor `previous` names. */
export const pruneGenerations = async (hosted: Hosted): Promise<void> => {
  const { ports } = hosted;
  const { generations, generation, pin, promoted, previous } = hosted.paths;
  const links = [promoted, previous, ...(await pinnedSlots(hosted)).map(pin)];
  const named = new Set(await Promise.all(links.map(link => linkedGeneration(hosted, link))));
  for (const id of await ports.files.list(generations)) {
    if (!named.has(id)) await ports.files.removeTree(generation(id));
  }
};
