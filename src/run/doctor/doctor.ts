import { isError, PhpZdError, valueUnless } from '../../base/errors.ts';
import { siteUnit } from '../../base/paths.ts';
import { formatProblem } from '../../site/problem.ts';
import { isOfNoRelease } from '../../site/read-place.ts';
import { missingWhereSilent } from '../../site/silent.ts';
import type { Site } from '../../site/site.ts';
import { eachAtOnce } from '../ask/at-once.ts';
import { onceFor } from '../ask/one-look.ts';
import { promotedMeta } from '../generation/generation.ts';
import { findWayBack } from '../generation/way-back.ts';
import { glanceAtHost } from '../observe/host-glance.ts';
import { oddMount } from '../observe/odd-mount.ts';
import { observeStatus, type SiteStatus } from '../observe/status.ts';
import { type LoadedSite, listSites, loadSite, readAllSites, SiteProblems } from '../site/load-site.ts';
import type { Ports } from '../site/ports.ts';
import { type Hosted, hostedByName } from '../site/site-run.ts';
import { cacheChecks } from './cache-checks.ts';
import { type Check, type Facts, type Finding, once, type Unmade } from './check.ts';
import { compiledChecks } from './compiled-checks.ts';
import { hostChecks } from './host-checks.ts';
import { lookingPorts } from './looking.ts';
import { pathChecks } from './path-checks.ts';
import { phpChecks } from './php-checks.ts';
import { refusalChecks } from './refusal-checks.ts';
import { releaseChecks } from './release-checks.ts';
import { requestChecks } from './request-checks.ts';
import { type HostScene, hostScene, type SiteScene, siteScene } from './scene.ts';
import { siteFileChecks } from './site-checks.ts';
import { webServerChecks } from './web-server-checks.ts';

const siteChecks = {
  ...siteFileChecks,
  ...releaseChecks,
  ...pathChecks,
  ...compiledChecks,
  ...phpChecks,
  ...refusalChecks,
  ...cacheChecks,
  ...requestChecks,
  ...webServerChecks,
} as const;

/** What a check asks has deadlines of its own; a file system that does not answer, such as a network's, has none. */
const CHECK_DEADLINE_MS = 30_000;

/** While one of these sites waits for an answer, the others are looked at. */
const SITES_AT_ONCE = 20;

/** What `php-zd status` finds, which report/ knows, and no other check has found: each site is looked at as for that. */
export const STATUS = 'status';
const SITE_FILE = 'site-file';
/** The names of all checks. `site-file` has no function: the file is read before there is a site to look at. Nor has STATUS. */
export type CheckName = keyof typeof hostChecks | typeof STATUS | typeof SITE_FILE | keyof typeof siteChecks;
export const checkNames = [
  ...Object.keys(hostChecks),
  SITE_FILE,
  ...Object.keys(siteChecks),
  STATUS,
] as readonly CheckName[];

/** What was found of the host and of the sites. */
export interface Diagnosis {
  readonly made: number;
  readonly findings: readonly Finding<CheckName>[];
  readonly unmade: readonly Unmade<CheckName>[];
}

export interface Look extends Diagnosis {
  readonly statuses: readonly SiteStatus[];
}

/** Looks at everything, changes nothing. A check that cannot be made keeps no other from being made. */
export const diagnose = async (onHost: Ports, version: string, names: readonly string[]): Promise<Look> => {
  const ports = lookingPorts(onHost);
  const all = once(() => readAllSites(ports));
  const load = onceFor(async name => loadSite(ports, name, await all()));
  const host = hostScene(ports, version, { sites: () => goodSites(ports, load), named: names });
  await host.begin();
  const statuses = new Map<string, SiteStatus>();
  const [ofHost, ofSites, ofStatus] = await Promise.all([
    makeAll(hostChecks, host, undefined),
    diagnoseSites(host, names, load),
    lookForStatus(host, statuses),
  ]);
  const diagnoses = [ofHost, ...ofSites, ...ofStatus];
  return {
    made: diagnoses.reduce((sum, { made }) => sum + made, 0),
    findings: diagnoses.flatMap(({ findings }) => findings),
    unmade: diagnoses.flatMap(({ unmade }) => unmade),
    statuses: names.flatMap(name => statuses.get(name) ?? []),
  };
};

/** As `php-zd status` looks at as many sites. */
const lookForStatus = async (
  { ports, named }: HostScene,
  statuses: Map<string, SiteStatus>,
): Promise<readonly Diagnosis[]> => {
  const isOnly = named.length === 1;
  const glance = once(() => glanceAtHost(ports, named));
  const look = async (site: string): Promise<readonly Facts[]> => {
    statuses.set(site, await observeStatus(hostedByName(site, ports), await glance(), { isDetailed: isOnly, isOnly }));
    return [];
  };
  return await Promise.all(
    named.map(site => makeAll({ status: { severity: 'problem', look: () => look(site) } }, { ports }, site)),
  );
};

type Load = (name: string) => Promise<LoadedSite>;

/** All sites with a good file, for checks that compare sites. A broken site is found when its own turn comes. */
const goodSites = async (ports: Ports, load: Load): Promise<readonly Site[]> => {
  const sites: Site[] = [];
  for (const name of await listSites(ports)) {
    try {
      sites.push((await load(name)).site);
    } catch (error) {
      if (!isError(error)) throw error;
    }
  }
  return sites;
};

/** In the order of the names. */
const diagnoseSites = async (host: HostScene, names: readonly string[], load: Load): Promise<readonly Diagnosis[]> => {
  const made = new Map<string, Diagnosis>();
  let turn = Promise.resolve();
  await eachAtOnce(names, SITES_AT_ONCE, async name => {
    // One after the other, so that answers are heard between them, and PHP-FPM is at work while this process is.
    turn = turn.then(() => host.ports.clock.sleep(0));
    await turn;
    made.set(name, await diagnoseSite(host, name, load));
  });
  return names.flatMap(name => made.get(name) ?? []);
};

const diagnoseSite = async (host: HostScene, name: string, load: Load): Promise<Diagnosis> => {
  try {
    const scene: SiteScene = siteScene(host, await load(name));
    const { made, ...found } = await makeAll(siteChecks, scene, name);
    return { made: made + 1, ...found };
  } catch (error) {
    if (!isError(error) || isError(error, 'site-unknown')) throw error;
    const names = Object.keys(siteChecks) as readonly CheckName[];
    if (!(error instanceof SiteProblems)) {
      const all: readonly CheckName[] = [SITE_FILE, ...names];
      return { made: 0, findings: [], unmade: all.map(check => ({ check, site: name, error })) };
    }
    const problems = error.problems.map(formatProblem);
    // What the site's problems say stands without it.
    const mount = await valueUnless(() => oddMount(hostedByName(name, host.ports)));
    const way = error.problems.every(isOfNoRelease)
      ? await valueUnless(() => wayOut(hostedByName(name, host.ports)))
      : undefined;
    return {
      made: 1,
      findings: [
        {
          check: SITE_FILE,
          severity: 'problem',
          site: name,
          facts: { problems, ...mount, ...way },
        },
      ],
      // The checks of the site cannot be made. What the problems are is said by `site-file` alone.
      unmade: names.map(check => ({ check, site: name, error: new PhpZdError('site-invalid', { site: name }) })),
    };
  }
};

/** A site whose link leads to nothing, and what to deploy instead; a stopped one that has its promoted release is started first. */
const wayOut = async (hosted: Hosted): Promise<Facts> => {
  const promoted = (await promotedMeta(hosted))?.release;
  if (promoted === undefined) return {};
  const { host, systemd } = hosted.ports;
  const isThere = missingWhereSilent(host).isDirectory(promoted);
  const isStopped = isThere && (await systemd.activeState(siteUnit(hosted.site.name))) !== 'active';
  return { release: isThere ? promoted : (await findWayBack(hosted)).release, isStopped };
};

const makeAll = async <On extends { readonly ports: Ports }>(
  checks: { readonly [Name in CheckName]?: Check<On> },
  on: On,
  site: string | undefined,
): Promise<Diagnosis> => {
  const entries = Object.entries(checks) as readonly (readonly [CheckName, Check<On>])[];
  // One timer for all of them: they begin together, and each of its own would cost as much as many a check does.
  const { late, end } = deadline(on.ports.clock);
  const make = async ([check, { severity, look }]: readonly [CheckName, Check<On>]) => {
    try {
      const found = await Promise.race([look(on), late]);
      return { findings: found.map(facts => ({ check, severity, site, facts })), unmade: [] };
    } catch (error) {
      if (!isError(error)) throw error;
      return { findings: [], unmade: [{ check, site, error }] };
    }
  };
  // Side by side: what several of them ask is asked once, and while one waits for it others need something else.
  const made = await Promise.all(entries.map(make)).finally(end);
  const unmade = made.flatMap(each => each.unmade);
  return { made: entries.length - unmade.length, findings: made.flatMap(each => each.findings), unmade };
};

/** `late` rejects with `deadline` when the checks have not been over in time, and never comes to anything when they have. */
const deadline = (clock: Ports['clock']): { readonly late: Promise<never>; readonly end: () => void } => {
  let end = () => {};
  const over = new Promise<void>(resolve => {
    end = resolve;
  });
  const late = clock.within('the check', CHECK_DEADLINE_MS, over).then(() => new Promise<never>(() => {}));
  late.catch(() => undefined);
  return { late, end };
};
