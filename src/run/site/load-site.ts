import { PhpZdError } from '../../base/errors.ts';
import { paths, siteFile } from '../../base/paths.ts';
import type { Host } from '../../ports/host.ts';
import { findConflicts, type SiteWithLines } from '../../site/across.ts';
import { parseEnvironmentFile } from '../../site/environment-file.ts';
import { nameEnvironmentFile, nameRelease, type ParsedSite, parseSite, type SiteText } from '../../site/parse.ts';
import type { Problem } from '../../site/problem.ts';
import type { Site } from '../../site/site.ts';
import { unknownSite } from './known-site.ts';
import type { Ports } from './ports.ts';

export interface LoadedSite {
  readonly site: Site;
  readonly warnings: readonly Problem[];
  /** The texts that the site was read from. A generation keeps them. */
  readonly texts: SiteTexts;
}

export interface SiteTexts {
  readonly site: string;
  readonly defaults: string | undefined;
  /** Of the site's environment file, if it has one and that was read. */
  readonly environment?: string | undefined;
}

/** The sites that have a file, by name. */
export const listSites = async ({ files }: Ports): Promise<readonly string[]> =>
  (await files.list(paths.sites)).filter(name => name.endsWith('.ini')).map(name => name.slice(0, -'.ini'.length));

/**
 * Reads and checks one site's file, also against those of the other sites. Rejects with `site-unknown` or with `site-invalid`
 * {site}, a `SiteProblems`.
 */
export const loadSite = async (ports: Ports, name: string): Promise<LoadedSite> => {
  const texts = await readTexts(ports, name);
  if (texts === undefined) throw unknownSite(name);
  return await loadTexts(ports, name, texts);
};

/** As `loadSite`, of a site file's text that is not written yet. */
export const loadText = async (ports: Ports, name: string, text: string): Promise<LoadedSite> =>
  await loadTexts(ports, name, { site: text, defaults: await ports.files.read(paths.defaults) });

const loadTexts = async (ports: Ports, name: string, texts: SiteTexts): Promise<LoadedSite> => {
  const parsed = parse(ports, name, texts);
  const across = await conflictsOf(ports, name, parsed);
  const problems = [...('problems' in parsed ? parsed.problems : []), ...across.problems];
  if ('problems' in parsed || problems.length > 0) throw new SiteProblems(name, problems);
  return { site: parsed.site, texts, warnings: [...parsed.warnings, ...across.warnings] };
};

/** As `loadSite`, as if the site's link led to this release already; also before there is a link. */
export const loadSiteOn = async (ports: Ports, name: string, release: string): Promise<LoadedSite> => {
  const texts = await readTexts(ports, name);
  const named = texts && nameRelease(sourceOf(ports, name, texts));
  return await loadSite(named === undefined ? ports : { ...ports, host: leading(ports.host, named, release) }, name);
};

/** A site's file by itself, without a look at what it may not share with other sites. Rejects with `site-unknown`. */
export const readSiteFile = async (ports: Ports, name: string): Promise<ParsedSite> => {
  const texts = await readTexts(ports, name);
  if (texts === undefined) throw unknownSite(name);
  return parse(ports, name, texts);
};

/** A broken site file, with every problem of it. */
export class SiteProblems extends PhpZdError<'site-invalid'> {
  readonly problems: readonly Problem[];

  constructor(site: string, problems: readonly Problem[]) {
    super('site-invalid', { site });
    this.problems = problems;
  }
}

/** The texts of a site as its generation keeps them, and the release that the site's link led to then. */
export interface KeptSite {
  readonly texts: SiteTexts;
  readonly link: string;
  readonly release: string;
}

/** The site as the kept texts describe it. Undefined when the texts no longer hold on this host. */
export const parseKept = (
  { host }: Ports,
  name: string,
  { texts, link, release }: KeptSite,
): LoadedSite | undefined => {
  const source = sourceOf({ host: leading(host, link, release) }, name, texts);
  // What it said is kept: the file itself may be gone.
  const file = texts.environment === undefined ? undefined : nameEnvironmentFile(source);
  const isFile = (path: string) => path === file || host.isFile(path);
  const parsed = parseSite({ ...source, host: { ...source.host, isFile } });
  if ('problems' in parsed) return undefined;
  const { environment } = parseEnvironmentFile(file ?? '', texts.environment ?? '');
  return { site: { ...parsed.site, environment }, warnings: [], texts };
};

/** The host as it would be if the link led to the release. */
const leading = (host: Host, link: string, release: string): Host => ({
  ...host,
  resolveDirectory: path => host.resolveDirectory(path === link ? release : path),
});

const readTexts = async ({ files }: Ports, name: string): Promise<SiteTexts | undefined> => {
  const site = await files.read(siteFile(name));
  return site === undefined ? undefined : { site, defaults: await files.read(paths.defaults) };
};

const parse = (ports: Pick<Ports, 'host'>, name: string, texts: SiteTexts): ParsedSite =>
  parseSite(sourceOf(ports, name, texts));

const sourceOf = ({ host }: Pick<Ports, 'host'>, name: string, texts: SiteTexts): SiteText => ({
  name,
  file: siteFile(name),
  text: texts.site,
  defaults: texts.defaults === undefined ? undefined : { file: paths.defaults, text: texts.defaults },
  host,
});

/** The conflicts of this site with the others. A broken site has no part in any. */
const conflictsOf = async (ports: Ports, name: string, parsed: ParsedSite) => {
  if ('problems' in parsed) return { problems: [], warnings: [] };
  const sites: SiteWithLines[] = [parsed];
  for (const other of await listSites(ports)) {
    const texts = other === name ? undefined : await readTexts(ports, other);
    const parsedOther = texts && parse(ports, other, texts);
    if (parsedOther && 'site' in parsedOther) sites.push(parsedOther);
  }
  const { problems, warnings } = findConflicts(sites);
  const isOurs = ({ file }: Problem) => file === siteFile(name) || file === paths.defaults;
  return { problems: problems.filter(isOurs), warnings: warnings.filter(isOurs) };
};
