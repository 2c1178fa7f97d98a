import { isError } from '../../base/errors.ts';
import { poll } from '../ask/poll.ts';
import type { HostedSite } from '../site/site-run.ts';
import type { Sample } from './ask.ts';
import { tallyQuestion } from './question.ts';
import type { DrillPlan } from './wishes.ts';

/** How often requests were run, which only the script knows: those of the application are not among them. */
export interface Executions {
  readonly twice: number;
  readonly never: number;
  /** Work after the answer that was begun and not done. */
  readonly unfinished: number;
}

const DEADLINE_MS = 10_000;
/** A request's notes have no more. */
const NOTED_BYTES = 40;
const INTERVAL_MS = 100;

/** Counts the executions once all work after answers is done, or its time is over. Undefined when the script does not tell. */
export const countExecutions = async (
  hosted: HostedSite,
  plan: DrillPlan,
  samples: readonly Sample[],
): Promise<Executions | undefined> => {
  const { clock } = hosted.ports;
  try {
    let executions: Executions | undefined;
    const options = {
      intervalMs: INTERVAL_MS,
      deadlineMs: plan.afterMs + DEADLINE_MS,
      atDeadline: () => executions,
    };
    const counted = await poll(clock, options, async () => {
      executions = countNotes(await readNotes(hosted, plan, { isLast: false }), samples);
      return executions.unfinished === 0 ? executions : undefined;
    });
    await readNotes(hosted, plan, { isLast: true });
    return counted;
  } catch (error) {
    if (!isError(error)) throw error;
    return undefined;
  }
};

const readNotes = async (hosted: HostedSite, plan: DrillPlan, options: { readonly isLast: boolean }): Promise<string> =>
  (
    await hosted.ports.fpm.request(hosted.paths.front, tallyQuestion(hosted, plan, options), {
      deadlineMs: DEADLINE_MS,
      keptBytes: plan.mostRequests * NOTED_BYTES,
    })
  ).body;

/** Counts the script's notes, a line each: `begin NUMBER`, `after NUMBER`. */
const countNotes = (notes: string, samples: readonly Sample[]): Executions => {
  const times = new Map<string, number>();
  for (const note of notes.split('\n')) times.set(note, (times.get(note) ?? 0) + 1);
  const begun = ({ number }: Sample) => times.get(`begin ${number}`) ?? 0;
  const own = samples.filter(({ kind }) => kind !== 'app');
  return {
    twice: own.filter(sample => begun(sample) > 1).length,
    never: own.filter(sample => begun(sample) === 0).length,
    unfinished: own.filter(
      sample => sample.kind === 'after' && begun(sample) > 0 && !times.has(`after ${sample.number}`),
    ).length,
  };
};
