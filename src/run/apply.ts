import { isError, PhpZdError } from '../base/errors.ts';
import { balancerUnit, paths, replicaUnit } from '../base/paths.ts';
import type { GeneratedFile, Reader } from '../render/generated.ts';
import { renderSite } from '../render/site.ts';
import { slotsOf } from '../site/site.ts';
import { keepApplied, type LoadedSite } from './load-site.ts';
import { poll } from './poll.ts';
import type { SiteRun } from './site-run.ts';

const BALANCER_DEADLINE_MS = 10_000;

/**
 * The generated files are what the site says, and whoever reads them knows: only what changed is written, and only then is
 * systemd or HAProxy told. Afterwards HAProxy runs and knows every slot of the site.
 */
export const apply = async (run: SiteRun, loaded: LoadedSite): Promise<void> => {
  const { site, ports, emit } = run;
  const changed = await changedFiles(run);
  for (const file of changed) await writeGenerated(run, file);
  await keepApplied(ports, loaded);
  const isRead = (reader: Reader) => changed.some(file => file.reader === reader);
  // At boot systemd-tmpfiles has made them already; what is there is left alone.
  if (isRead('tmpfiles') || !(await ports.files.exists(run.paths.replica(site.replicas)))) {
    await ports.commands.run('systemd-tmpfiles', ['--create', run.paths.tmpfiles]);
  }
  const { needDaemonReload } = await ports.systemd.unit(replicaUnit(site.name, 1));
  if (isRead('systemd') || needDaemonReload) await ports.systemd.daemonReload();
  if (changed.length > 0) emit({ kind: 'applied', files: changed.map(({ path }) => path) });
  await bringBalancer(run, isRead('balancer'));
};

/** What would be written. */
export const changedFiles = async ({ site, ports }: SiteRun): Promise<readonly GeneratedFile[]> => {
  const changed: GeneratedFile[] = [];
  for (const file of renderSite(site, ports.program)) {
    if ((await ports.files.read(file.path)) !== file.text) changed.push(file);
  }
  return changed;
};

const writeGenerated = async ({ ports }: SiteRun, { path, text, mode, group }: GeneratedFile): Promise<void> => {
  await ports.files.makeDirectory(path.slice(0, path.lastIndexOf('/')));
  const gid = group === undefined ? 0 : ports.host.group(group)?.gid;
  if (gid === undefined) throw new PhpZdError('file-system', { path, errno: `no group ${group}` });
  await ports.files.write(path, text, { mode, gid });
};

const bringBalancer = async (run: SiteRun, mustReload: boolean): Promise<void> => {
  const { ports, emit } = run;
  const { activeState } = await ports.systemd.unit(balancerUnit);
  if (activeState !== 'active') {
    await ports.systemd.start(balancerUnit);
  } else if (mustReload || !(await knowsSlots(run))) {
    const before = await currentWorker(run);
    await ports.systemd.reload(balancerUnit);
    // HAProxy's reload is over for systemd before the new worker answers.
    await awaitBalancer(run, 'the new worker of HAProxy', async () => (await currentWorker(run)) !== before);
    emit({ kind: 'balancer-reloaded' });
  }
  await awaitBalancer(run, `HAProxy, to know every replica (see ${paths.balancerConfigs})`, () => knowsSlots(run));
};

const awaitBalancer = (run: SiteRun, what: string, isSo: () => Promise<boolean>): Promise<true> =>
  poll(run.ports.clock, { intervalMs: 20, deadlineMs: BALANCER_DEADLINE_MS, what }, async () =>
    (await isSo()) ? true : undefined,
  );

const knowsSlots = async ({ site, ports }: SiteRun): Promise<boolean> => {
  try {
    const known = new Set((await ports.balancer.servers(site.name)).map(({ server }) => server));
    return slotsOf(site).every(slot => known.has(String(slot)));
  } catch (error) {
    if (isError(error, 'balancer-unreachable', 'balancer-refused')) return false;
    throw error;
  }
};

const currentWorker = async ({ ports }: SiteRun): Promise<number | undefined> => {
  try {
    return (await ports.balancer.workers()).find(({ isCurrent }) => isCurrent)?.pid;
  } catch (error) {
    if (isError(error, 'balancer-unreachable')) return undefined;
    throw error;
  }
};
