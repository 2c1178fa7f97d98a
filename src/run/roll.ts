import { isError, type PhpZdError } from '../base/errors.ts';
import { planRoll } from '../plan/roll.ts';
import type { Step } from '../plan/step.ts';
import { apply } from './apply.ts';
import { runStep } from './execute.ts';
import { type LastRoll, writeLastRoll } from './last-roll.ts';
import type { LoadedSite } from './load-site.ts';
import { observeSite } from './observe.ts';
import { type NamedRun, type SiteRun, siteRun } from './site-run.ts';
import { requireFreeSocket, resolveRelease, validateRendered } from './validate.ts';

/** What a roll needs besides the site. */
export interface RollRequest {
  readonly id: string;
  readonly load: () => Promise<LoadedSite>;
  /** A directory for files that are only looked at, and the part of HAProxy's configuration that all sites share. */
  readonly scratch: string;
  readonly balancerBase: string;
}

/**
 * A whole roll. All that can be wrong before anything is touched comes first (P7). What fails after that stops the roll where it
 * is: the replicas that were not reached are untouched, and settle, which runs next whatever happens here, brings back the old
 * release where the new one was (P4). Its outcome is in the last roll's record.
 */
export const rollSite = async (named: NamedRun, request: RollRequest): Promise<LastRoll['state']> => {
  const startedAt = named.ports.clock.now();
  const prepared = await prepare(named, request);
  if ('error' in prepared) {
    named.emit({ kind: 'refused', error: prepared.error });
    await writeLastRoll(named, { id: request.id, startedAt, state: 'refused', error: factsOf(prepared.error) });
    return 'refused';
  }
  const { run, loaded, release } = prepared;
  const from = await run.ports.files.readLink(run.paths.promoted);
  const roll: LastRoll = { id: request.id, startedAt, ...(from !== undefined && { from }), release, state: 'running' };
  await writeLastRoll(run, roll);
  try {
    await apply(run, loaded);
    await runAll(run, planRoll({ release, replicas: run.site.replicas }, await observeSite(run)), { from, release });
  } catch (error) {
    if (!isError(error)) throw error;
    await writeLastRoll(run, { ...roll, state: 'failed', endedAt: run.ports.clock.now(), error: factsOf(error) });
    return 'failed';
  }
  const endedAt = run.ports.clock.now();
  await writeLastRoll(run, { ...roll, state: 'done', endedAt });
  run.emit({ kind: 'roll-done', from, release, replicas: run.site.replicas, ms: endedAt - startedAt });
  return 'done';
};

const prepare = async (named: NamedRun, request: RollRequest) => {
  try {
    const loaded = await request.load();
    const run = siteRun(loaded.site, named.ports, named.emit);
    if (loaded.warnings.length > 0) named.emit({ kind: 'warnings', warnings: loaded.warnings });
    await requireFreeSocket(run);
    await validateRendered(run, request.scratch, request.balancerBase);
    return { run, loaded, release: await resolveRelease(run) };
  } catch (error) {
    if (!isError(error)) throw error;
    return { error };
  }
};

const factsOf = ({ code, facts }: PhpZdError) => ({ code, facts });

interface Releases {
  readonly from: string | undefined;
  readonly release: string;
}

const runAll = async (run: SiteRun, steps: readonly Step[], releases: Releases): Promise<void> => {
  const total = steps.length;
  run.emit({ kind: 'roll-started', ...releases, steps: total });
  for (const [index, step] of steps.entries()) {
    try {
      await runStep(run, step, index + 1, total);
    } catch (error) {
      if (isError(error))
        run.emit({ kind: 'roll-failed', failure: { ...releases, index: index + 1, total, step, error } });
      throw error;
    }
  }
};
