import { isError, valueUnless } from '../../base/errors.ts';
import {
  balancerUnit,
  directoriesUnit,
  paths as hostPaths,
  mailSocketUnit,
  replicasMountUnit,
  replicaUnit,
  shmMountUnit,
  webUnit,
} from '../../base/paths.ts';
import type { GeneratedFile, Reader } from '../../render/generated.ts';
import { askBalancer } from '../ask/balancer.ts';
import { isFrontRight } from '../ask/front-link.ts';
import { notInTime, poll } from '../ask/poll.ts';
import { type Generation, isAsGenerated, writeGenerated } from '../generation/generation.ts';
import { keepExposure } from '../record/exposure.ts';
import type { Hosted, NamedRun } from '../site/site-run.ts';
import { isMasked } from '../site/validate.ts';
import { beginSides, endSides } from './sides.ts';
import { isBalancers, sharedFiles, slotNumbers } from './slot-files.ts';

const BALANCER_DEADLINE_MS = 10_000;

/**
 * Afterwards the files that all replicas share are what the generation wants, the programs that read them have been told, and
 * HAProxy runs and knows every slot. Only files that changed are written, and only then is systemd or HAProxy told.
 */
export const apply = async (run: NamedRun, goal: Generation): Promise<void> => {
  const isSticky = goal.site.web.sticky !== undefined;
  // Before HAProxy forgets the sides nobody is sent to them any more.
  if (!isSticky) await endSides(run);
  const changed = await applyFiles(run, goal, () => true);
  if (changed.length > 0) run.emit({ kind: 'applied', files: changed });
  await bringBalancer(run, goal, changed.includes(run.paths.balancerConfig));
  if (isSticky) await beginSides(run);
};

/**
 * As `apply`, for what a replica needs before it starts: its unit and its directories. HAProxy knows the replica's slot
 * already.
 */
export const applyToReplicas = async (hosted: Hosted, goal: Generation): Promise<void> => {
  await applyFiles(hosted, goal, reader => reader === 'systemd' || reader === 'tmpfiles');
};

/** The files that `apply` would write. */
export const changedFiles = async (hosted: Hosted, goal: Generation): Promise<readonly GeneratedFile[]> =>
  changedAmong(hosted, await sharedFiles(hosted, goal));

const changedAmong = async ({ ports }: Hosted, files: readonly GeneratedFile[]): Promise<readonly GeneratedFile[]> => {
  const changed: GeneratedFile[] = [];
  for (const file of files) {
    if (!(await isAsGenerated(ports, file))) changed.push(file);
  }
  return changed;
};

/**
 * Writes the shared files that changed, removes unit files of slots that are no longer needed, and tells systemd and
 * systemd-tmpfiles. Gives the paths of what was written or removed.
 */
const applyFiles = async (
  hosted: Hosted,
  goal: Generation,
  isWanted: (reader: Reader) => boolean,
): Promise<readonly string[]> => {
  const { ports, paths } = hosted;
  const slots = await slotNumbers(hosted, goal);
  const wanted = await sharedFiles(hosted, goal);
  const changed = (await changedAmong(hosted, wanted)).filter(({ reader }) => isWanted(reader));
  const [ofBalancer, others] = [changed.filter(isBalancers), changed.filter(file => !isBalancers(file))];
  for (const file of others) {
    // systemd closes a socket whose unit names another place as soon as it reads that, whoever is told of it later (facts.md N44).
    if (file.path === paths.httpSocket) await ports.files.remove(paths.toldHttpSocket);
    await writeGenerated(ports, file);
  }
  const removed = await removeStaleUnits(hosted, slots, wanted);
  const isRead = (reader: Reader) => changed.some(file => file.reader === reader);
  const isTold = isRead('systemd') || isRead('http') || removed.length > 0 || (await hasStaleUnit(hosted, slots));
  if (isTold) await ports.systemd.daemonReload();
  if (isTold || !(await ports.files.exists(paths.exposure))) await keepExposure(hosted);
  const isChanged = (path: string) => changed.some(file => file.path === path);
  if (isChanged(paths.mailSocket)) await bringMail(hosted);
  await mount(hosted, replicasMountUnit(hosted.site.name), isChanged(paths.replicasMount));
  await mount(hosted, shmMountUnit(hosted.site.name), isChanged(paths.shmMount));
  const lastSlot = slots.at(-1) ?? 1;
  if (isRead('tmpfiles') || !(await areDirectoriesRight(hosted, goal, lastSlot))) {
    await ports.systemd.start(directoriesUnit(hosted.site.name));
  }
  // Last: another site may have HAProxy read all files at any instant, and it ends where it cannot bind a socket (facts.md N39).
  for (const file of ofBalancer) await writeGenerated(ports, file);
  return [...changed.map(({ path }) => path), ...removed];
};

/**
 * Whether systemd-tmpfiles has nothing to make: the replicas have directories, the web server the link to the socket, and the user is
 * the one that they were made for. A user who was removed and made anew has another number.
 */
const areDirectoriesRight = async (hosted: Hosted, { site }: Generation, slot: number): Promise<boolean> => {
  const { paths, ports } = hosted;
  const { files, host } = ports;
  const uid = host.user(site.user)?.uid;
  return (
    (await files.exists(paths.replica(slot))) &&
    (await isFrontRight(hosted, site.listen.fastcgi)) &&
    [paths.replica(slot), paths.tmp(site.user)].every(path => (host.ownerOf(path) ?? uid) === uid)
  );
};

/** The socket for mail is as its file says. A replica that starts asks for it. */
const bringMail = async ({ ports, site }: Hosted): Promise<void> => {
  const unit = mailSocketUnit(site.name);
  const activeState = await ports.systemd.activeState(unit);
  if (activeState === 'active') await ports.systemd.stop(unit);
  // Replicas that run already connect to the new one.
  await ports.systemd.start(unit);
};

/**
 * Mounts a file system of the site's own, or gives it other options. A replica's unit asks for these mounts too, but the
 * replica's directory is made in one of them before the unit starts.
 */
const mount = async ({ ports: { systemd } }: Hosted, unit: string, isChanged: boolean): Promise<void> => {
  const activeState = await systemd.activeState(unit);
  if (activeState !== 'active') await systemd.start(unit);
  else if (isChanged) await systemd.reload(unit);
};

/** A unit of a slot, and the file that it has where the template says something else. */
interface SlotUnit {
  readonly unit: string;
  readonly ownFile: string;
}

const unitsOf = async ({ paths, ports, site }: Hosted, slots: readonly number[]): Promise<readonly SlotUnit[]> => {
  const replicas = slots.map(slot => ({ unit: replicaUnit(site.name, slot), ownFile: paths.slotUnit(slot) }));
  if (!(await ports.files.exists(paths.webUnit))) return replicas;
  return [...replicas, ...slots.map(slot => ({ unit: webUnit(site.name, slot), ownFile: paths.webSlotUnit(slot) }))];
};

/**
 * Whether files of one of the units changed since systemd read them, whoever changed them. The site file counts too
 * (SourcePath=).
 */
export const hasStaleUnit = async (hosted: Hosted, slots: readonly number[]): Promise<boolean> => {
  const units = await unitsOf(hosted, slots);
  if ((await hosted.ports.systemd.stale(units.map(({ unit }) => unit))).length > 0) return true;
  return (await Promise.all(units.map(unit => isUntold(hosted, unit)))).includes(true);
};

/** Whether the unit has a file of its own that came since systemd read the template for it, which no property tells (facts.md N51). */
const isUntold = async ({ ports }: Hosted, { unit, ownFile }: SlotUnit): Promise<boolean> => {
  if (!(await ports.files.exists(ownFile)) || (await isMasked(ports, ownFile))) return false;
  return (await ports.systemd.unit(unit)).fragmentPath !== ownFile;
};

/**
 * Removes the unit file of a single slot when the template says the same, and what web servers, or HAProxies of the operator's, have when
 * the site has none any more.
 */
const removeStaleUnits = async (
  hosted: Hosted,
  slots: readonly number[],
  wanted: readonly GeneratedFile[],
): Promise<readonly string[]> => {
  const { files, systemd } = hosted.ports;
  const kept = new Set(wanted.map(({ path }) => path));
  const stale: string[] = [];
  const { ownHaproxies, mailSocket, mailUnit, slotUnit, webSlot, webSlotUnit, webUnit: webTemplate } = hosted.paths;
  const ofSlots = slots.flatMap(slot => [slotUnit(slot), webSlotUnit(slot), webSlot(slot)]);
  for (const path of [...ofSlots, webTemplate, ownHaproxies, mailSocket, mailUnit]) {
    if (kept.has(path) || !(await files.exists(path)) || (await isMasked(hosted.ports, path))) continue;
    // A message that came between its unit and its socket would leave the socket as failed.
    if (path === mailSocket) await systemd.stop(mailSocketUnit(hosted.site.name));
    await files.remove(path);
    stale.push(path);
  }
  return stale;
};

/**
 * Again when systemd says that its job does not fit the state of the unit: another site, which starts at the same time, started
 * or reloaded HAProxy between the look and the job.
 */
const bringBalancer = async (run: NamedRun, goal: Generation, mustReload: boolean): Promise<void> => {
  const options = { intervalMs: 50, deadlineMs: BALANCER_DEADLINE_MS, atDeadline: notInTime('a job for HAProxy') };
  await poll(run.ports.clock, options, async () => {
    try {
      await tellBalancer(run, goal, mustReload);
      return true;
    } catch (error) {
      if (isError(error, 'job-failed') && error.facts.result === 'invalid') return undefined;
      throw error;
    }
  });
};

const tellBalancer = async (run: NamedRun, goal: Generation, mustReload: boolean): Promise<void> => {
  const { ports, emit } = run;
  const activeState = await ports.systemd.activeState(balancerUnit);
  if (activeState !== 'active' && activeState !== 'reloading') await ports.systemd.start(balancerUnit);
  else if (mustReload || !(await knowsSlots(run, goal))) {
    const before = await currentWorker(run);
    await ports.systemd.reload(balancerUnit);
    // For systemd the reload of HAProxy is over before the new worker answers.
    await awaitBalancer(run, 'the new worker of HAProxy', async () => (await currentWorker(run)) !== before);
    emit({ kind: 'balancer-reloaded' });
  }
  const what = `HAProxy, to know every replica (see ${hostPaths.balancerConfigs})`;
  await awaitBalancer(run, what, () => knowsSlots(run, goal));
};

const awaitBalancer = (hosted: Hosted, what: string, isSo: () => Promise<boolean>): Promise<true> =>
  poll(
    hosted.ports.clock,
    { intervalMs: 20, deadlineMs: BALANCER_DEADLINE_MS, atDeadline: notInTime(what) },
    async () => (await isSo()) || undefined,
  );

const knowsSlots = async (hosted: Hosted, goal: Generation): Promise<boolean> => {
  const servers = await askBalancer(() => hosted.ports.balancer.servers(hosted.site.name));
  if (servers === undefined) return false;
  const known = new Set(servers.map(({ server }) => server));
  return (await slotNumbers(hosted, goal)).every(slot => known.has(String(slot)));
};

const currentWorker = async ({ ports }: Hosted): Promise<number | undefined> =>
  (await valueUnless(() => ports.balancer.workers(), 'balancer-unreachable'))?.find(({ isCurrent }) => isCurrent)?.pid;
