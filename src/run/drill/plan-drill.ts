import { type Facts, PhpZdError } from '../../base/errors.ts';
import { asPromoted } from '../generation/generation.ts';
import { glanceAtHost } from '../observe/host-glance.ts';
import { isFullyServing, observeStatus, type SiteStatus } from '../observe/status.ts';
import type { NamedRun, SiteRun } from '../site/site-run.ts';
import { resolveRelease } from '../site/validate.ts';
import { ask } from './ask.ts';
import type { DrillPlan, DrillRefusal, DrillWishes } from './wishes.ts';

const PRESET_CLIENTS = 8;
const AFTER_MS = 500;
const MOST_MS = 600_000;
const MOST_REQUESTS = 100_000;

/**
 * What a drill would do. Rejects with `drill-refused` {site, reason} when it would do more than put the same in the place of the
 * same, or when the site has better to do.
 */
export const planDrill = async (run: SiteRun, wishes: DrillWishes): Promise<DrillPlan> => {
  const { site } = run;
  const host = await glanceAtHost(run.ports, [site.name]);
  const status = await observeStatus(run, host, { isDetailed: false });
  const release = await requireNoDrift(run, status);
  requireServing(status);
  const { timeoutMs } = site.drain;
  if (wishes.longMs >= timeoutMs) throw refused(run, 'too-long', { ms: wishes.longMs, timeoutMs });
  const mostClients = Math.floor(freeChildren(run, status) / 2);
  if (mostClients < 1) throw refused(run, 'no-room', { free: freeChildren(run, status) });
  const plan: DrillPlan = {
    ...{ id: wishes.id, longMs: wishes.longMs, reloadsBalancer: wishes.reloadsBalancer, release, mostClients },
    clients: Math.min(wishes.clients ?? PRESET_CLIENTS, mostClients),
    ...{ afterMs: AFTER_MS, app: undefined, mostMs: MOST_MS, mostRequests: MOST_REQUESTS },
  };
  await requireScript(run, plan);
  return { ...plan, app: wishes.appPath === undefined ? undefined : await firstAnswer(run, plan, wishes.appPath) };
};

/** The roll changes nothing: the link names the release that is promoted, and the rest is as it was promoted too. */
const requireNoDrift = async (run: SiteRun, { linked, promoted }: SiteStatus): Promise<string> => {
  if (promoted === undefined) throw refused(run, 'not-started');
  if (linked !== promoted) throw refused(run, 'other-release', { linked, promoted });
  const release = await resolveRelease(run);
  if ((await asPromoted(run, run.site, release)) === undefined) throw refused(run, 'other-configuration');
  return release;
};

const requireServing = (status: SiteStatus): void => {
  const { site, unit, serving, wanted } = status;
  if (unit === 'reloading') throw refused({ site: { name: site } }, 'rolling');
  if (unit !== 'active' || !isFullyServing(status)) {
    throw refused({ site: { name: site } }, unit === 'active' ? 'not-serving' : 'not-started', { serving, wanted });
  }
};

/** What is idle while the roll has its way: without surge one replica is away. */
const freeChildren = ({ site }: SiteRun, { replicas }: SiteStatus): number => {
  const serving = Math.max(1, site.surge > 0 ? site.replicas : site.replicas - 1);
  const busy = replicas.filter(({ isServing }) => isServing).reduce((sum, replica) => sum + (replica.busy ?? 0), 0);
  return serving * site.maxChildren - busy;
};

/** The script came with a roll of a php-zd that knows drills. */
const requireScript = async (run: SiteRun, plan: DrillPlan): Promise<void> => {
  const { loss } = await ask(run, plan, { kind: 'fast', number: 0 });
  if (loss?.error !== undefined) throw loss.error;
  if (loss !== undefined) throw refused(run, 'no-script', { status: loss.status });
};

const firstAnswer = async (run: SiteRun, plan: DrillPlan, path: string): Promise<DrillPlan['app']> => {
  const { loss, status } = await ask(run, { ...plan, app: { path, status: 0 } }, { kind: 'app', number: 0 });
  if (status === undefined && loss?.error !== undefined) throw loss.error;
  if (status === undefined || status >= 500) throw refused(run, 'bad-app', { path, status });
  return { path, status };
};

const refused = ({ site }: Pick<NamedRun, 'site'>, reason: DrillRefusal, facts: Facts = {}): PhpZdError =>
  new PhpZdError('drill-refused', { site: site.name, reason, ...facts });
