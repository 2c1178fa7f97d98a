import { dirname } from 'node:path';
import { recordError } from '../../base/errors.ts';
import { balancerUnit, balancerUser, OWN_HAPROXIES, paths, replicaUnit, siteUnit } from '../../base/paths.ts';
import { printable } from '../../base/printable.ts';
import type { UnitGlance } from '../../ports/systemd.ts';
import { slotsOf } from '../../site/site.ts';
import { askBalancer } from '../ask/balancer.ts';
import { askJournal } from '../ask/journal.ts';
import { deafSockets } from '../ask/own-sockets.ts';
import { debianConfig, poolsOfDebian } from '../init/existing-files.ts';
import { findEndedByItself } from '../observe/ended-by-itself.ts';
import { sitesOfGonePhp } from '../observe/gone-php.ts';
import { filesOf, outdatedHaproxies } from '../observe/replaced-files.ts';
import { readNewName } from '../releases/rename-site.ts';
import { sitesWithoutFile } from '../releases/site-remains.ts';
import type { Ports } from '../site/ports.ts';
import { findLacks } from '../site/room.ts';
import { isMasked } from '../site/validate.ts';
import { type Check, endedFacts, type Facts } from './check.ts';
import { hostDirectories, mayPass, waysTo, wrongRights } from './directories.ts';
import { fullness } from './fullness.ts';
import { journalCheck } from './journal-check.ts';
import { needrestartCheck } from './needrestart.ts';
import type { HostScene } from './scene.ts';
import { unitLinesCheck } from './unit-lines.ts';

/** The oldest versions that php-zd runs with: those of Debian 12. */
const OLDEST = { systemd: [252, 0], haproxy: [2, 6], node: [18, 18] } as const;
type Peer = keyof typeof OLDEST;

const olderThan = (peer: Peer, version: string) => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor, wantedMinor] = OLDEST[peer];
  const isOld = major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
  return isOld ? [{ version }] : [];
};

const versionIn = (text: string): string => /(\d{1,4}\.\d{1,4})/.exec(text)?.[1] ?? '0.0';

const VERSION_LENGTH = 80;

/** A user who has nothing. */
const ANYBODY = { uid: -1, gid: -1, groups: [] };

/** How many descriptors HAProxy needs besides two for each request: for checks, sockets, workers that a reload left. */
const OWN_FILES = 200;

export const hostChecks = {
  'systemd-version': {
    severity: 'problem',
    look: async ({ ports }) => olderThan('systemd', String(await ports.systemd.version())),
  },
  'haproxy-version': {
    severity: 'problem',
    look: async ({ haproxy }) => olderThan('haproxy', versionIn(await haproxy())),
  },
  // What holds requests and answers in maintenance is written in Lua.
  'haproxy-lua': {
    severity: 'problem',
    look: async ({ haproxy }) => ((await haproxy()).includes('+LUA') ? [] : [{}]),
  },
  'node-version': {
    severity: 'problem',
    look: async ({ ports }) => olderThan('node', versionIn(ports.node)),
  },
  program: { severity: 'problem', look: scene => otherProgram(scene) },
  'unit-files': {
    severity: 'warning',
    look: async ({ ports, sites }) => {
      const names = [balancerUnit, ...(await sites()).map(({ name }) => siteUnit(name))];
      const stale = (await ports.systemd.stale([balancerUnit, siteUnit('*')])).filter(unit => names.includes(unit));
      return stale.length === 0 ? [] : [{ units: stale }];
    },
  },
  'unit-lines': unitLinesCheck,
  // What runs goes on, and neither a roll nor a boot starts it.
  masked: { severity: 'problem', look: scene => maskedUnits(scene) },
  'balancer-user': {
    severity: 'problem',
    look: async ({ ports }) => (ports.host.user(balancerUser) === undefined ? [{ user: balancerUser }] : []),
  },
  'host-directories': {
    severity: 'problem',
    look: async ({ ports }) => {
      const missing = hostDirectories.map(({ path }) => path).filter(path => !ports.host.isDirectory(path));
      if (missing.length > 0) return [{ missing }];
      // A replica's view is made of the paths, and tells the one from the other.
      const to = ports.host.resolveDirectory(paths.state) ?? paths.state;
      if (to !== paths.state) return [{ moved: paths.state, to }];
      // Web servers and HAProxy come to their sockets through them.
      const wrong = hostDirectories.map(each => wrongRights(ports, each)).filter(each => each !== undefined);
      const above = [paths.run, paths.state].flatMap(waysTo);
      const closed = [...new Set(above)].filter(path => !mayPass(ports.host.rightsTo(path), ANYBODY));
      return wrong.length + closed.length === 0 ? [] : [{ wrong, closed }];
    },
  },
  // A replica that ends may not come back either.
  room: {
    severity: 'problem',
    look: async ({ ports, sites }) => {
      const names = (await sites()).map(({ name }) => name);
      return (await findLacks(ports, names)).map(lack => ({ error: recordError(lack) }));
    },
  },
  'balancer-running': {
    severity: 'problem',
    look: async ({ ports, sites }) => {
      const { activeState } = await glanceAt(ports, balancerUnit);
      if (activeState === 'active' || activeState === 'reloading') return [];
      const ofSites = await Promise.all((await sites()).map(({ name }) => ports.systemd.activeState(siteUnit(name))));
      if (!ofSites.includes('active')) return [];
      const said = activeState === 'inactive' ? undefined : lastAlert(await lastSaid(ports));
      return [{ state: activeState, ...(said !== undefined && { said }) }];
    },
  },
  // Its requests are lost, and neither it nor a roll has counted them.
  'balancer-ended': {
    severity: 'warning',
    look: async ({ ports }) => endedFacts(await findEndedByItself(ports, balancerUnit)),
  },
  // A reload starts the new program. Until then the old one serves, with the faults that the upgrade mended.
  'balancer-upgraded': {
    severity: 'warning',
    look: async ({ ports }) => {
      const outdated = await outdatedHaproxies(ports);
      return outdated.length === 0 ? [] : [{ units: outdated.map(({ unit }) => unit), files: filesOf(outdated) }];
    },
  },
  'balancer-files': {
    severity: 'warning',
    look: async ({ ports, sites }) => {
      const { mainPid } = await glanceAt(ports, balancerUnit);
      const limits = mainPid === 0 ? undefined : await ports.files.read(`/proc/${mainPid}/limits`);
      const [, limit] = /^Max open files +(\d+)/m.exec(limits ?? '') ?? [];
      const children = (await sites()).reduce((sum, { replicas, maxChildren }) => sum + replicas * maxChildren, 0);
      const needed = 2 * children + OWN_FILES;
      return limit === undefined || Number(limit) >= needed ? [] : [{ limit: Number(limit), children, needed }];
    },
  },
  'own-sockets': {
    severity: 'problem',
    look: async ({ ports, sites }) => (await deafSockets(ports, await sites())).map(deaf => ({ ...deaf })),
  },
  // By now a visitor of any site may wait for those of another.
  'balancer-connections': {
    severity: 'problem',
    look: async ({ ports }) => fullness(await askBalancer(() => ports.balancer.connections())),
  },
  // Somebody removed a site by hand.
  leftovers: {
    severity: 'warning',
    look: async ({ ports }) =>
      await Promise.all(
        (await sitesWithoutFile(ports)).map(async site => {
          const units = await ports.systemd.glance([siteUnit(site), replicaUnit(site, '*')]);
          const newName = await readNewName(ports, site);
          return {
            ...{ site, isRunning: units.some(({ activeState }) => activeState !== 'failed') },
            ...(newName !== undefined && { newName }),
          };
        }),
      ),
  },
  'other-services': { severity: 'note', look: scene => otherServices(scene) },
  // It does not start, and dpkg, which restarts it, ends with an error.
  'php-fpm-pools': { severity: 'problem', look: scene => withoutPool(scene) },
  'php-closed': { severity: 'problem', look: async ({ closedPhp }) => await closedPhp() },
  'php-start': { severity: 'problem', look: async ({ phpStart }) => await phpStart() },
  'php-gone': { severity: 'problem', look: scene => goneFacts(scene) },
  needrestart: needrestartCheck,
  journal: journalCheck,
} as const satisfies Readonly<Record<string, Check<HostScene>>>;

/** Whether the program that the units call is another version than the one that asks. */
const otherProgram = async ({ ports, version, units }: HostScene) => {
  const [, program] = /[ =]([^\s=]{1,4096}) unit start /.exec((await units()).template.get('ExecStart') ?? '') ?? [];
  if (program === undefined) return [{ program: '', version }];
  if (!ports.host.isExecutable(program)) return [{ program, version }];
  // Of one installation.
  if (dirname(program) === dirname(ports.program)) return [];
  const [said = ''] = (await ports.commands.run(program, ['--version'])).split('\n');
  return said === `php-zd ${version}` ? [] : [{ program, version, said: printable(said, VERSION_LENGTH) }];
};

/** HAProxy's, and those of replicas. Who masks a site's own has its reasons. */
const maskedUnits = async ({ ports, sites }: HostScene): Promise<readonly Facts[]> => {
  const ofSites = (await sites()).flatMap(site => ['', ...slotsOf(site)].map(slot => replicaUnit(site.name, slot)));
  const needed = new Set(ofSites.length === 0 ? [] : [balancerUnit, ...ofSites]);
  const masked = new Set<string>();
  for (const directory of [paths.units, paths.runtimeUnits]) {
    for (const unit of (await ports.files.list(directory)).filter(name => needed.has(name)))
      if (await isMasked(ports, `${directory}/${unit}`)) masked.add(unit);
  }
  return masked.size === 0 ? [] : [{ units: [...masked].sort() }];
};

const lastSaid = (ports: Ports): Promise<string> =>
  askJournal(ports, `_SYSTEMD_UNIT=${balancerUnit}`, `--lines=${LINES_OF_START}`);

/** As many lines as HAProxy says in a start, and some more. */
const LINES_OF_START = 30;
const SAID_LENGTH = 200;

/** Why HAProxy did not start: its last alert that says more than that there was one. */
const lastAlert = (said: string): string | undefined => {
  const alerts = [...said.matchAll(/^\[ALERT\] {1,8}(?:\(\d{1,10}\) : )?(.{1,4096})$/gm)].map(
    ([, alert = '']) => alert,
  );
  const alert = alerts.findLast(each => !/Error\(s\) found in|Fatal errors found in|No enabled listener/.test(each));
  return alert === undefined ? undefined : printable(alert, SAID_LENGTH);
};

/** Services that Debian's packages start and php-zd has no use for. */
const otherServices = async ({ ports }: HostScene) => {
  // One that balances a site has a reason to run.
  const isOwn = (await ports.files.list(paths.balancerConfigs)).some(name => name.endsWith(OWN_HAPROXIES));
  const names = [...(isOwn ? [] : ['haproxy']), ...ports.host.phpBinaries().map(php => `php${php.version}-fpm`)];
  const units = await ports.systemd.glance(names.map(name => `${name}.service`));
  const active = units.filter(({ activeState }) => activeState === 'active').map(({ unit }) => unit);
  return active.length === 0 ? [] : [{ units: active }];
};

/** Debian's PHP-FPMs that have no pool, and are to run (facts.md N127). One that is disabled and stopped is restarted by nobody. */
const withoutPool = async ({ ports }: HostScene) => {
  const found = await Promise.all(
    ports.host.phpBinaries().map(async ({ version }) => {
      const unit = `php${version}-fpm.service`;
      const { activeState } = await glanceAt(ports, unit);
      const isOff = activeState === 'inactive' && !(await ports.systemd.fileState(unit)).startsWith('enabled');
      const pools = isOff ? undefined : await poolsOfDebian(ports, version);
      return pools?.length === 0 ? [{ unit, state: activeState, config: debianConfig(version) }] : [];
    }),
  );
  return found.flat();
};

/** Replicas that serve from memory alone, of all sites: those with a broken file too, which most of these have. */
const goneFacts = async ({ ports, sites }: HostScene): Promise<readonly Facts[]> => {
  const gone = await sitesOfGonePhp(ports);
  const good = gone.length === 0 ? [] : (await sites()).map(({ name }) => name);
  const installed = ports.host.phpBinaries().map(({ version }) => version);
  return gone.map(({ site, binary, slots }) => ({
    ...{ site, binary, slots: slots.map(String), installed },
    isBroken: !good.includes(site),
  }));
};

/** A unit that is not among those at a glance is inactive. */
const glanceAt = async ({ systemd }: Ports, unit: string): Promise<Pick<UnitGlance, 'activeState' | 'mainPid'>> =>
  (await systemd.glance([unit]))[0] ?? { activeState: 'inactive', mainPid: 0 };
