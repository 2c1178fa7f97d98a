import type { Host } from './host.ts';
import { readIniLines } from './ini-lines.ts';
import { judgeMail } from './judge-mail.ts';
import { siteNameProblem } from './name.ts';
import { type Findings, type Position, type Problem, sortProblems } from './problem.ts';
import { refuse, type Source, valuesOf } from './read.ts';
import { readHaproxy } from './read-haproxy.ts';
import { readHooks } from './read-hooks.ts';
import { checkFrontController } from './read-http.ts';
import { readLimits } from './read-limits.ts';
import { type ListenReadings, readListen, rightsAt } from './read-listen.ts';
import { readOwn, readParams, warnOfUmask } from './read-own.ts';
import { type Owner, readOwner } from './read-owner.ts';
import { type PhpReading, readPhp } from './read-php.ts';
import { type PhpLines, readPhpSettings } from './read-php-settings.ts';
import { type Place, readPlace } from './read-place.ts';
import { type Pool, readPool, requireEnvironment, requireExtension } from './read-pool.ts';
import { readSandbox, type SandboxReading } from './read-sandbox.ts';
import { readDrain, readEnv, readHealth } from './read-sections.ts';
import { readSize } from './read-size.ts';
import { readWarmup } from './read-warmup.ts';
import { readWeb, type WebReading } from './read-web.ts';
import { readShared, readWritable, writablePlaces } from './read-writable.ts';
import { collectSettings, type Settings } from './settings.ts';
import type { Sandbox, Site } from './site.ts';

export { formatProblem } from './problem.ts';

export interface SiteText {
  readonly name: string;
  /** The site file's path. */
  readonly file: string;
  readonly text: string;
  /** Undefined when the host has no defaults.ini. */
  readonly defaults: { readonly file: string; readonly text: string } | undefined;
  readonly host: Host;
  /** The texts are of a generation that was well: what nobody refused then is borne. */
  readonly isKept?: boolean;
}

/** What many sites are looked at for, at once: without warnings, and without what the application in the release has of its own. */
export type GlancedSite =
  | { readonly site: Pick<Site, 'link' | 'replicas' | 'listen'> }
  | { readonly problems: readonly Problem[] };

/** A site, or every problem of its files; warnings in both cases. Lines count from 1 and lie within their file. */
export type ParsedSite =
  | { readonly site: Site; readonly positions: SitePositions; readonly warnings: readonly Problem[] }
  | { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] };

/** Where the values stand that a site may not share with another one. */
export interface SitePositions {
  readonly user: Position;
  readonly mount: Position;
  readonly link: Position;
  readonly fastcgi: Position;
  /** Of who may connect to that. */
  readonly rights: Position;
  readonly http: Position | undefined;
  /** Where HAProxies of the operator's are named. */
  readonly haproxy: Position | undefined;
}

export const parseSite = (input: SiteText): ParsedSite => parse(input, false);

/** As `parseSite`: the problems are all that it finds. */
export const glanceAtSite = (input: SiteText): GlancedSite => parse(input, true);

const parse = (input: SiteText, isGlance: boolean): ParsedSite => {
  const { name, file, host } = input;
  const findings: Findings = { problems: [], warnings: [] };
  const settings = settingsOf(input, findings);
  const nameProblem = siteNameProblem(name);
  // Paths derived from a bad name would be reported for the same reason as the name: another name stands in for it.
  const known = nameProblem === undefined ? name : 'site';
  const source: Source = { name: known, file, settings, host, findings, isKept: input.isKept, isGlance };
  if (nameProblem !== undefined) refuse(source, { file, line: 1 }, `'${name}' ${nameProblem}`);
  const parsed = readSite(source);
  const warnings = sortProblems(findings.warnings, file);
  return parsed === undefined || findings.problems.length > 0
    ? { problems: sortProblems(findings.problems, file), warnings }
    : { ...parsed, warnings };
};

/** The value of `release` as the files have it, whatever else is wrong with them. */
export const nameRelease = (input: SiteText): string | undefined => nameValue(input, 'release');

/** The value of `environment_file`, likewise. */
export const nameEnvironmentFile = (input: SiteText): string | undefined => nameValue(input, 'environment_file');

const nameValue = (input: SiteText, key: string): string | undefined =>
  settingsOf(input, { problems: [], warnings: [] }).inSection('site').get(key)?.value;

const settingsOf = ({ file, text, defaults }: SiteText, findings: Findings): Settings =>
  collectSettings(readIniLines(file, text), defaults && readIniLines(defaults.file, defaults.text), findings);

/** Undefined when a section that a site needs is broken. All sections are read first, so that all problems are reported. */
const readSite = (source: Source): { readonly site: Site; readonly positions: SitePositions } | undefined => {
  const { name, file } = source;
  const { root, ...place } = readPlace(source);
  const readings = { ...place, ...readOwner(source), ...readOwn(source) };
  const listenReadings = readListen(source);
  const size = readSize(source);
  const pool = readPool(source);
  const haproxy = readHaproxy(source);
  const read = {
    php: readPhp(source),
    pool,
    listen: valuesOf({ ...listenReadings }),
    size,
    ofWeb: readWeb(source, { ...place, root, http: listenReadings.http }),
    health: readHealth(source),
    warmup: readWarmup(source, pool),
    drain: readDrain(source, size),
    hooks: readHooks(source, typeof readings.mount === 'string' ? undefined : readings.mount.value),
    limits: readLimits(source, { ...size, ...pool }),
    sandbox: readSandbox(source),
    haproxy,
    values: valuesOf(readings),
    positions: positionsOf(readings, { ...listenReadings, rights: rightsAt(source) }, haproxy),
  };
  const isSetgidSaid = (read.sandbox?.hasSetgid ?? read.ofWeb?.application?.isSetgid) !== undefined;
  const maps = {
    env: readEnv(source),
    params: readParams(source),
    shared: readShared(source, { ...place, isSetgidSaid }),
    writable: readWritable(source, { ...place, isSetgidSaid }),
  };
  if (!isWhole(read)) return undefined;
  const { listen, warmup, drain, hooks, limits, health } = read;
  const { web } = read.ofWeb;
  if (!checkFrontController(source, listenReadings.http, web)) return undefined;
  const site = { name, file, ...read.values, ...maps };
  const sandbox = sandboxOf(read.sandbox, read.ofWeb);
  judgeMail(source, site, sandbox);
  if (readings.umask !== 'broken') warnOfUmask(source, readings.umask, { group: site.group, listen });
  return {
    // A generation's name is a hash of it, in this order.
    site: {
      ...{ ...site, environment: new Map(), ...read.size },
      php: readPhpOf(source, site, { php: read.php, pool: read.pool, sandbox }),
      ...{
        pool: read.pool.pool,
        maxChildren: read.pool.maxChildren,
        listen,
        web,
        warmup,
        drain,
        hooks,
        limits,
        sandbox,
      },
      haproxy: read.haproxy === 'none' ? undefined : read.haproxy.value,
      health: health === 'none' ? undefined : health,
    },
    positions: read.positions,
  };
};

type Whole<Read> = { readonly [Name in keyof Read]-?: Exclude<Read[Name], undefined> };

const isWhole = <Read extends object>(read: Read): read is Read & Whole<Read> =>
  Object.values(read).every(part => part !== undefined);

type SettingsOf = Parameters<typeof writablePlaces>[1] & PhpLines['site'] & Pick<Site, 'environmentFile' | 'env'>;

interface PhpParts {
  readonly php: PhpReading;
  readonly pool: Pool;
  readonly sandbox: Sandbox;
}

/** PHP with what follows from its settings, which are judged once it is known what a replica sees. */
const readPhpOf = (
  source: Source,
  site: SettingsOf,
  { php: { binary, version, ini, lines }, pool, sandbox }: PhpParts,
): Site['php'] => {
  const writable = writablePlaces(source, site);
  const php = { binary, version };
  requireEnvironment(source, site, pool.directives);
  requireExtension(source, site, pool.directives);
  return {
    ...php,
    ini,
    ...readPhpSettings(source, { php, pool: pool.directives, ini: lines, site, sandbox, writable }),
  };
};

const sandboxOf = (sandbox: SandboxReading, { application }: WebReading): Sandbox => ({
  ...sandbox,
  hasSetgid: sandbox.hasSetgid ?? application?.isSetgid === true,
});

const positionsOf = (
  { user, mount, link }: Owner & Pick<Place, 'mount' | 'link'>,
  { fastcgi, http, rights }: ListenReadings & { readonly rights: Position },
  haproxy: ReturnType<typeof readHaproxy>,
): SitePositions | undefined =>
  user === 'broken' || mount === 'broken' || link === 'broken' || fastcgi === 'broken' || http === 'broken'
    ? undefined
    : {
        ...{ user: user.at, mount: mount.at, link: link.at, fastcgi: fastcgi.at, rights },
        http: http === 'absent' ? undefined : http.at,
        haproxy: typeof haproxy === 'object' ? haproxy.at : undefined,
      };
