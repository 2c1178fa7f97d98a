import { gateUnit, paths as hostPaths, httpUnit } from '../../base/paths.ts';
import { formatTimeSpan, parseTimeSpan } from '../../base/time-span.ts';
import { processControlTimeoutS } from '../../render/fpm-config.ts';
import { formatProblem } from '../../site/problem.ts';
import type { Site } from '../../site/site.ts';
import { goneFront, isFrontRight } from '../ask/front-link.ts';
import type { Shown } from '../ask/shown.ts';
import { promotedMeta } from '../generation/generation.ts';
import { changedExtensions } from '../observe/changed-extensions.ts';
import { changedPhpIni } from '../observe/changed-php-ini.ts';
import { findEndedByItself } from '../observe/ended-by-itself.ts';
import { sitesOfGonePhp } from '../observe/gone-php.ts';
import { findHttpDown } from '../observe/http-down.ts';
import { lostExtensions } from '../observe/lost-extensions.ts';
import { filesOf, outdatedReplicas } from '../observe/replaced-files.ts';
import { replacedPlaces } from '../observe/replaced-places.ts';
import { observeSite } from '../observe/site.ts';
import { formerOwners } from '../site/former-owner.ts';
import { openSecrets } from '../site/open-secrets.ts';
import { lostOverrides } from '../site/overrides.ts';
import { type Check, endedFacts, type Facts } from './check.ts';
import { wantedDirectories, wrongRights } from './directories.ts';
import { logFiles } from './log-check.ts';
import type { SiteScene } from './scene.ts';
import { startCheck } from './start-check.ts';
import { showReplica } from './unit-properties.ts';

export const siteFileChecks = {
  'site-warnings': {
    severity: 'warning',
    look: async ({ host, loaded, ports, site }) => {
      const found = await host.overrides();
      const ofOthers = await Promise.all([openSecrets(ports, loaded), lostOverrides(ports, site, { found })]);
      const warnings = [...loaded.warnings, ...ofOthers.flat()];
      return warnings.length === 0 ? [] : [{ warnings: warnings.map(formatProblem) }];
    },
  },
  start: startCheck,
  // By hand or by a deployment it was started, and nobody thought of the next boot.
  enabled: {
    severity: 'warning',
    look: async ({ host, site, running }) =>
      (await running()).length > 0 && (await host.startedAtNoBoot()).includes(site.name) ? [{}] : [],
  },
  // The files were written by another version of php-zd, or changed by hand.
  'generated-files': {
    severity: 'warning',
    look: async ({ changed }) => {
      const files = (await changed()) ?? [];
      return files.length === 0 ? [] : [{ files }];
    },
  },
  'unit-settings': { severity: 'problem', look: scene => wrongSettings(scene) },
  directories: { severity: 'problem', look: scene => wrongDirectories(scene) },
  replaced: {
    severity: 'problem',
    look: async ({ run, running, generation }) => {
      const promoted = await generation();
      if (promoted === undefined || (await running()).length === 0) return [];
      const replaced = await replacedPlaces(run, promoted, (await observeSite(run)).slots);
      return [...new Set(replaced.map(({ unmounted }) => unmounted))].map(unmounted => ({
        places: replaced.filter(each => each.unmounted === unmounted).map(({ path }) => path),
        ...(unmounted !== undefined && { unmounted }),
      }));
    },
  },
  'log-files': logFiles,
  'front-socket': {
    severity: 'problem',
    look: async ({ run, running, promoted }) => {
      if ((await running()).length === 0) return [];
      const { fastcgi } = (await promoted()).listen;
      if (!(await isFrontRight(run, fastcgi))) return [{ path: fastcgi, socket: run.paths.front }];
      const gone = await goneFront(run);
      return gone === undefined ? [] : [{ gone }];
    },
  },
  'http-down': {
    severity: 'problem',
    look: async ({ run, running }) => {
      const slots = await running();
      const web = (await promotedMeta(run))?.web;
      const down = slots.length === 0 ? undefined : await findHttpDown(run, web === undefined ? [] : slots);
      return down === undefined ? [] : [{ unit: down.unit, state: down.state }];
    },
  },
  'http-ended': {
    severity: 'warning',
    look: async ({ ports, run, site }) =>
      (await ports.files.exists(run.paths.httpSocket))
        ? endedFacts(await findEndedByItself(ports, httpUnit(site.name)))
        : [],
  },
  'php-upgraded': {
    severity: 'warning',
    look: async ({ run, promoted }) => {
      const files = filesOf(await outdatedReplicas(run));
      if (files.length > 0 && (await sitesOfGonePhp(run.ports)).some(({ site }) => site === run.site.name)) return [];
      if (files.length > 0 && (await lostExtensions({ ...run, site: await promoted() })) !== undefined) return [];
      return files.length === 0 ? [] : [{ files: files.slice(0, NAMED_FILES), count: files.length }];
    },
  },
  'php-lost': {
    severity: 'problem',
    look: async ({ run, promoted }) => {
      const lost = await lostExtensions({ ...run, site: await promoted() });
      return lost === undefined ? [] : [{ ...lost }];
    },
  },
  'php-extensions': {
    severity: 'warning',
    look: async ({ run, promoted }) => {
      const { added, removed } = await changedExtensions({ ...run, site: await promoted() });
      return added.length + removed.length === 0 ? [] : [{ added, removed }];
    },
  },
  'php-ini': {
    severity: 'warning',
    look: async ({ run, promoted, host }) => {
      const site = await promoted();
      const files = await changedPhpIni(run, site);
      // A roll is refused meanwhile.
      const ofHost = async () => [...(await host.phpStart()), ...(await host.closedPhp())];
      const isRefused = async () => (await ofHost()).some(({ sites }) => isOneOf(site.name, sites));
      if (files.length === 0 || (await isRefused())) return [];
      // What mends these brings it too.
      const { added, removed } = await changedExtensions({ ...run, site });
      const isTold = added.length + removed.length > 0 || (await outdatedReplicas(run)).length > 0;
      return isTold ? [] : [{ files }];
    },
  },
} as const satisfies Readonly<Record<string, Check<SiteScene>>>;

const isOneOf = (name: string, sites: Facts[string]): boolean => Array.isArray(sites) && sites.includes(name);

/** How many of the files that an upgrade replaced are named. */
const NAMED_FILES = 3;

/**
 * The settings of a replica's unit that a roll relies on (facts.md F1, F11, M5), and what drains a replica and puts it back.
 */
const wantedSettings = (site: Site): Readonly<Record<string, (value: string) => boolean>> => ({
  Type: value => value === 'notify',
  User: value => value === site.user,
  Group: value => value === site.group,
  KillSignal: value => value === '3',
  KillMode: value => value === 'mixed',
  Restart: value => value === 'always',
  OOMPolicy: value => value === 'continue',
  PrivateTmp: value => value === 'no',
  RootDirectory: value => value === '',
  TimeoutStopUSec: value => (parseTimeSpan(value) ?? 0) >= processControlTimeoutS(site) * 1000,
  Wants: value => value.includes(gateUnit(site.name, '').replace('.service', '')),
});

/** What systemd made of a unit file that is not, or may not be, as php-zd wrote it; undefined of one that is. */
const changedUnit = async ({ ports, site, run, changed }: SiteScene): Promise<Shown | undefined> => {
  const files = await changed();
  // The template, and the units of single slots.
  const begin = run.paths.unit.slice(0, -'.service'.length);
  return files === undefined || files.some(path => path.startsWith(begin)) ? await showReplica(ports, site) : undefined;
};

/** Settings that a roll relies on and that a drop-in of the operator's, or an edit of the unit file, changes. */
const wrongSettings = async (scene: SiteScene) => {
  const properties = (await scene.host.units()).replicas.get(scene.site.name) ?? (await changedUnit(scene));
  if (properties?.get('LoadState') !== 'loaded') return [];
  const site = await scene.promoted();
  const wrong = Object.entries(wantedSettings(site)).filter(([name, isRight]) => !isRight(properties.get(name) ?? ''));
  const binds = properties.get('BindReadOnlyPaths') ?? '';
  const names = wrong.map(([name]) => name.replace('USec', 'Sec'));
  const settings = binds.includes(`:${hostPaths.mountsToLay}:`) ? names : [...names, 'BindReadOnlyPaths'];
  const dropIns = (properties.get('DropInPaths') ?? '').split(' ').filter(Boolean);
  const timeout = formatTimeSpan(processControlTimeoutS(site) * 1000);
  return settings.length === 0 ? [] : [{ settings, dropIns, timeout }];
};

/** Directories that are not as the site's file for systemd-tmpfiles wants them, and what is in those of the site's user. */
const wrongDirectories = async ({ ports, run }: SiteScene) => {
  const wanted = await wantedDirectories(ports, run.site.name);
  const wrong = wanted.map(each => wrongRights(ports, each)).filter(each => each !== undefined);
  const former = await formerOwners(run);
  const found = former.map(({ uid, directories }) => ({ user: run.site.user, uid: String(uid), former: directories }));
  return [...(wrong.length === 0 ? [] : [{ directories: wrong, file: run.paths.tmpfiles }]), ...found];
};
