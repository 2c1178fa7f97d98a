import { isError, PhpZdError } from '../../base/errors.ts';
import { paths, siteFile } from '../../base/paths.ts';
import type { Host } from '../../ports/host.ts';
import { findConflicts, type SiteWithLines } from '../../site/across.ts';
import { parseEnvironmentFile } from '../../site/environment-file.ts';
import { errnoWords } from '../../site/errno-words.ts';
import { noUtf8 } from '../../site/no-utf8.ts';
import {
  type GlancedSite,
  glanceAtSite,
  nameEnvironmentFile,
  nameRelease,
  type ParsedSite,
  parseSite,
  type SitePositions,
  type SiteText,
} from '../../site/parse.ts';
import { formatProblem, type Problem } from '../../site/problem.ts';
import { missingWhereSilent } from '../../site/silent.ts';
import type { Site } from '../../site/site.ts';
import { type SiteLine, withLine } from '../../site/with-line.ts';
import { unknownSite } from './known-site.ts';
import type { Ports } from './ports.ts';

export interface LoadedSite {
  readonly site: Site;
  readonly warnings: readonly Problem[];
  /** Where in the files of the operator a problem of the host's belongs. */
  readonly positions: SitePositions;
  /** The texts that the site was read from. A generation keeps them. */
  readonly texts: SiteTexts;
}

export interface SiteTexts {
  readonly site: string;
  readonly defaults: string | undefined;
  /** Of the site's environment file, if it has one and that was read. */
  readonly environment?: string | undefined;
  /** Of what is included in the configuration of the replicas' own web servers, likewise. */
  readonly include?: string | undefined;
}

/** The sites that have a file, by name. What begins with a dot is none: an editor keeps such files beside one that it edits. */
export const listSites = async ({ files }: Ports): Promise<readonly string[]> =>
  (await files.list(paths.sites))
    .filter(name => name.endsWith('.ini') && !name.startsWith('.'))
    .map(name => name.slice(0, -'.ini'.length));

/**
 * Reads and checks one site's file, also against those of the other sites. Rejects with `site-unknown` or with `site-invalid`
 * {site}, a `SiteProblems`.
 */
export const loadSite = async (
  ports: Ports,
  name: string,
  all: readonly SiteOfHost[] | undefined = undefined,
): Promise<LoadedSite> => {
  const known = all?.find(site => site.name === name);
  const texts = known?.texts ?? (await readTexts(ports, name));
  if (texts === undefined) throw unknownSite(name);
  const parsed = known ?? parse(ports, name, texts);
  return judge(name, { texts, parsed, all: all ?? (await readAllSites(ports, name)) });
};

/** A site of the host, or of the others, with the lines of its file. */
export interface SiteOfHost extends SiteWithLines, Extract<ParsedSite, { readonly site: unknown }> {
  readonly name: string;
  readonly texts: SiteTexts;
}

/** The sites with a good file by itself, but for one: for `loadSite` of many sites, each of which is held against all others. */
export const readAllSites = async (ports: Ports, but?: string): Promise<readonly SiteOfHost[]> => {
  const sites: SiteOfHost[] = [];
  for (const name of await listSites(ports)) {
    const texts = name === but ? undefined : await readTexts(ports, name).catch(leaveOut);
    const parsed = texts && parse(ports, name, texts);
    if (parsed && 'site' in parsed) sites.push({ name, texts, ...parsed });
    // Answers are heard between two of many.
    await ports.clock.sleep(0);
  }
  return sites;
};

/** A file that cannot be read is a matter of its own site. */
const leaveOut = (error: unknown): undefined => {
  if (!isError(error, 'site-invalid', 'file-system')) throw error;
};

/** As `loadSite`, of a site file's text that is not written yet. */
export const loadText = async (ports: Ports, name: string, text: string): Promise<LoadedSite> => {
  const texts = { site: asUtf8(name, siteFile(name), text), defaults: await readFile(ports, name, paths.defaults) };
  return judge(name, { texts, parsed: parse(ports, name, texts), all: await readAllSites(ports, name) });
};

/** What stands against a line of a site's file that is not written yet: problems, and warnings that it does not have without. */
export const objectionsTo = (
  ports: Ports,
  { site, texts, warnings }: LoadedSite,
  line: SiteLine,
): readonly string[] => {
  const parsed = parse(ports, site.name, { ...texts, site: withLine(texts.site, line) });
  const known = warnings.map(({ message }) => message);
  const found = [...('problems' in parsed ? parsed.problems : []), ...parsed.warnings].map(({ message }) => message);
  return found.filter(message => !known.includes(message));
};

interface ParsedAmong {
  readonly texts: SiteTexts;
  readonly parsed: ParsedSite;
  readonly all: readonly SiteOfHost[];
}

const judge = (name: string, { texts, parsed, all }: ParsedAmong): LoadedSite => {
  const across = conflictsOf(name, parsed, all);
  const problems = [...('problems' in parsed ? parsed.problems : []), ...across.problems];
  if ('problems' in parsed || problems.length > 0) throw new SiteProblems(name, problems);
  return { site: parsed.site, positions: parsed.positions, texts, warnings: [...parsed.warnings, ...across.warnings] };
};

/** As `loadSite`, as if the site's link led to this release already; also before there is a link. */
export const loadSiteOn = async (ports: Ports, name: string, release: string): Promise<LoadedSite> => {
  const texts = await readTexts(ports, name);
  const named = texts && nameRelease(sourceOf(ports, name, texts));
  return await loadSite(named === undefined ? ports : { ...ports, host: leading(ports.host, named, release) }, name);
};

/** A site's file by itself, without a look at what it may not share with other sites. Rejects with `site-unknown`. */
export const readSiteFile = async (ports: Ports, name: string): Promise<ParsedSite> => {
  const texts = await orUnread(readTexts(ports, name));
  if (texts === undefined) throw unknownSite(name);
  return 'problems' in texts ? texts : parse(ports, name, texts);
};

/** As `readSiteFile`, for a look at many sites: no warnings, and little of the site. */
export const glanceAtSiteFile = async (ports: Ports, name: string): Promise<GlancedSite> => {
  const texts = await orUnread(readTexts(ports, name));
  if (texts === undefined) throw unknownSite(name);
  return 'problems' in texts ? texts : glanceAtSite(sourceOf(ports, name, texts));
};

/** What a record and a line of the journal have of the problems. */
const MOST_TOLD = 3;

/** A broken site file, with every problem of it. */
export class SiteProblems extends PhpZdError<'site-invalid'> {
  readonly problems: readonly Problem[];

  constructor(site: string, problems: readonly Problem[]) {
    super('site-invalid', { site, problems: problems.slice(0, MOST_TOLD).map(formatProblem) });
    this.problems = problems;
  }
}

/** The texts of a site as its generation keeps them, with what they meant then. */
export interface KeptSite {
  readonly texts: SiteTexts;
  readonly link: string;
  /** Where the link led. */
  readonly release: string;
  /** Path of the php-fpm: the only one that there was, where the texts name none. */
  readonly php: string | undefined;
}

/** The site as the kept texts describe it. Undefined when the texts no longer hold on this host. */
export const parseKept = (
  ports: Ports,
  name: string,
  { texts, link, release, php }: KeptSite,
  known?: LoadedSite,
): LoadedSite | undefined => {
  const source = sourceOf({ host: having(leading(ports.host, link, release), php) }, name, texts);
  // What it said is kept: the file itself may be gone.
  const file = texts.environment === undefined ? undefined : nameEnvironmentFile(source);
  const isFile = (path: string) => path === file || source.host.isFile(path);
  const isKnown = known !== undefined && isSame(ports, known, { texts, link, release, php });
  const parsed = isKnown ? known : parseSite({ ...source, isKept: true, host: { ...source.host, isFile } });
  if ('problems' in parsed) return undefined;
  const { environment } = parseEnvironmentFile(file ?? '', texts.environment ?? '');
  const site = withDirectives({ ...parsed.site, environment }, texts.include ?? '');
  return { site, positions: parsed.positions, warnings: [], texts };
};

/** Whether the site was read from the same texts, and with its link leading to the same release. */
const isSame = ({ host }: Ports, known: LoadedSite, { texts, link, release }: KeptSite): boolean =>
  known.texts.site === texts.site &&
  known.texts.defaults === texts.defaults &&
  known.site.link === link &&
  host.resolveDirectory(link) === release;

/** The site with what is included in the configuration of the replicas' own web servers. */
export const withDirectives = (site: Site, directives: string): Site =>
  site.web.server === undefined ? site : { ...site, web: { ...site.web, server: { ...site.web.server, directives } } };

/** The host as it would be if the link led to the release. */
const leading = (host: Host, link: string, release: string): Host => ({
  ...host,
  resolveDirectory: path => host.resolveDirectory(path === link ? release : path),
});

/** The host as it was when it had no php-fpm of its packages but this one. Where that is gone the one that came counts. */
const having = (host: Host, php: string | undefined): Host => ({
  ...host,
  phpBinaries: () => {
    const installed = host.phpBinaries();
    const former = installed.filter(({ binary }) => binary === php);
    return former.length > 0 ? former : installed;
  },
});

const readTexts = async (ports: Ports, name: string): Promise<SiteTexts | undefined> => {
  const site = await readFile(ports, name, siteFile(name));
  return site === undefined ? undefined : { site, defaults: await readFile(ports, name, paths.defaults) };
};

/** More than a person writes. */
const MOST_BYTES = 1024 * 1024;

/**
 * A file that cannot be read, such as a directory, is a broken one of the site, and of no other. That a caller who is not root may not read
 * it says nothing of the file.
 */
const readFile = async ({ files, isRoot }: Ports, site: string, file: string): Promise<string | undefined> => {
  const refuse = (message: string) => new SiteProblems(site, [{ file, line: 1, message }]);
  try {
    const text = await files.read(file, MOST_BYTES + 1);
    if (text !== undefined && Buffer.byteLength(text) > MOST_BYTES) throw refuse('it has more than 1 MiB');
    return text && asUtf8(site, file, text);
  } catch (error) {
    if (!isError(error, 'file-system') || (!isRoot && DENIED.includes(error.facts.errno))) throw error;
    throw refuse(errnoWords(error.facts.errno));
  }
};

/** What a generation has kept is borne: it was well with it. */
const asUtf8 = (site: string, file: string, text: string): string => {
  const problems = noUtf8(file, text);
  if (problems.length > 0) throw new SiteProblems(site, problems);
  return text;
};

const DENIED: readonly string[] = ['EACCES', 'EPERM'];

/** What was read, or why it could not be. */
const orUnread = async <Read>(
  reading: Promise<Read>,
): Promise<Read | Extract<ParsedSite, { readonly problems: unknown }>> => {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof SiteProblems)) throw error;
    return { problems: error.problems, warnings: [] };
  }
};

const parse = (ports: Pick<Ports, 'host'>, name: string, texts: SiteTexts): ParsedSite =>
  parseSite(sourceOf(ports, name, texts));

const sourceOf = ({ host }: Pick<Ports, 'host'>, name: string, texts: SiteTexts): SiteText => ({
  name,
  file: siteFile(name),
  text: texts.site,
  defaults: texts.defaults === undefined ? undefined : { file: paths.defaults, text: texts.defaults },
  host: missingWhereSilent(host),
});

/** Of sites that are looked at again and again, each against the others. */
const conflictsAmong = new WeakMap<readonly SiteOfHost[], ReturnType<typeof findConflicts>>();

const findConflictsAmong = (all: readonly SiteOfHost[]): ReturnType<typeof findConflicts> => {
  const found = conflictsAmong.get(all) ?? findConflicts(all);
  conflictsAmong.set(all, found);
  return found;
};

/** The conflicts of this site with the others. A broken site has no part in any. */
const conflictsOf = (name: string, parsed: ParsedSite, all: readonly SiteOfHost[]) => {
  if ('problems' in parsed) return { problems: [], warnings: [] };
  const { problems, warnings } = all.some(other => other === parsed)
    ? findConflictsAmong(all)
    : findConflicts([parsed, ...all.filter(other => other.name !== name)]);
  const isOurs = ({ file }: Problem) => file === siteFile(name) || file === paths.defaults;
  return { problems: problems.filter(isOurs), warnings: warnings.filter(isOurs) };
};
