import type { DrillRefusal } from '../../base/error-reasons.ts';
import { PhpZdError, recallError } from '../../base/errors.ts';
import { asPromoted } from '../generation/generation.ts';
import { glanceAtHost } from '../observe/host-glance.ts';
import { isFullyServing, observeStatus, type SiteStatus } from '../observe/status.ts';
import { findRelease } from '../site/fit-release.ts';
import type { HostedSite } from '../site/site-run.ts';
import { ask } from './ask.ts';
import { wayIn } from './visitor.ts';
import type { DrillPlan, DrillWishes } from './wishes.ts';

const PRESET_CLIENTS = 8;
const AFTER_MS = 500;
const MOST_MS = 600_000;
const MOST_REQUESTS = 100_000;

/**
 * What a drill would do. Rejects with `drill-refused` {site, reason} when the roll would change anything but the processes, or
 * when the site has better to do.
 */
export const planDrill = async (hosted: HostedSite, wishes: DrillWishes): Promise<DrillPlan> => {
  const { site } = hosted;
  const host = await glanceAtHost(hosted.ports, [site.name]);
  const status = await observeStatus(hosted, host, { isDetailed: false });
  const release = await requireNoDrift(hosted, status);
  requireServing(status);
  const { timeoutMs } = site.drain;
  if (wishes.longMs >= timeoutMs) throw refused(site.name, { kind: 'too-long', ms: wishes.longMs, timeoutMs });
  const mostClients = Math.floor(freeChildren(hosted, status) / 2);
  if (mostClients < 1) throw refused(site.name, { kind: 'no-room', free: freeChildren(hosted, status) });
  const plan: DrillPlan = {
    ...{ id: wishes.id, longMs: wishes.longMs, reloadsBalancer: wishes.reloadsBalancer, release, mostClients },
    clients: Math.min(wishes.clients ?? PRESET_CLIENTS, mostClients),
    isAskedOverHttp: wayIn(site) !== undefined,
    ...{ afterMs: AFTER_MS, app: undefined, mostMs: MOST_MS, mostRequests: MOST_REQUESTS },
  };
  await requireScript(hosted, plan);
  return { ...plan, app: wishes.appPath === undefined ? undefined : await firstAnswer(hosted, plan, wishes.appPath) };
};

/**
 * Rejects unless the roll would change nothing: the link names the promoted release, and site file and php-zd are as they were
 * when that was promoted.
 */
const requireNoDrift = async (hosted: HostedSite, { site, linked, promoted }: SiteStatus): Promise<string> => {
  if (promoted === undefined) throw refused(site, { kind: 'not-started' });
  // A link that names nothing is the site file's problem, or, when it has just come to that, the release's.
  if (linked !== undefined && linked !== promoted) throw refused(site, { kind: 'other-release', linked, promoted });
  const fit = await findRelease(hosted);
  if ((await asPromoted(hosted, hosted.site, fit)) === undefined) {
    throw refused(site, { kind: 'other-configuration' });
  }
  return fit.path;
};

const requireServing = (status: SiteStatus): void => {
  const { site, unit, serving, wanted } = status;
  if (unit === 'reloading') throw refused(site, { kind: 'rolling' });
  if (unit !== 'active' || !isFullyServing(status)) {
    throw refused(site, unit === 'active' ? { kind: 'not-serving', serving, wanted } : { kind: 'not-started' });
  }
};

/** Idle children during the roll, in which one replica is away when there is no surge. */
const freeChildren = ({ site }: HostedSite, { replicas }: SiteStatus): number => {
  const serving = Math.max(1, site.surge > 0 ? site.replicas : site.replicas - 1);
  const busy = replicas.filter(({ isServing }) => isServing).reduce((sum, replica) => sum + (replica.busy ?? 0), 0);
  return serving * site.maxChildren - busy;
};

/** Rejects when the replicas do not have the drill's script, since they were started by a php-zd that did not know drills. */
const requireScript = async (hosted: HostedSite, plan: DrillPlan): Promise<void> => {
  const { loss } = await ask(hosted, plan, { kind: 'fast', number: 0 });
  if (loss?.error !== undefined) throw recallError(loss.error);
  if (loss !== undefined) throw refused(hosted.site.name, { kind: 'no-script', status: loss.status });
};

const firstAnswer = async (hosted: HostedSite, plan: DrillPlan, path: string): Promise<DrillPlan['app']> => {
  const { loss, status } = await ask(hosted, { ...plan, app: { path, status: 0 } }, { kind: 'app', number: 0 });
  if (status === undefined && loss?.error !== undefined) throw recallError(loss.error);
  if (loss?.unanswered !== undefined) throw refused(hosted.site.name, { kind: 'no-way-in', broken: loss.unanswered });
  if (status === undefined || status >= 500) throw refused(hosted.site.name, { kind: 'bad-app', path, status });
  return { path, status };
};

const refused = (site: string, reason: DrillRefusal) => new PhpZdError('drill-refused', { site, reason });
