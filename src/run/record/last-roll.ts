import * as v from 'valibot';
import {
  amount,
  formatState,
  instant,
  MOST_STATE_BYTES,
  parseState,
  type StateFormats,
} from '../../base/state-format.ts';
import { ROLL_OUTCOMES } from '../receipt/outcome.ts';
import { countSchema, phasesSchema, phpChangeSchema } from '../receipt/receipt.ts';
import type { Hosted } from '../site/site-run.ts';
import { recordedError } from './recorded-error.ts';
import { unlessFull } from './unless-full.ts';

const lastRoll = v.object({
  id: v.string(),
  /** The reload that the roll is part of (src/run/roll/reload.ts). */
  reload: v.exactOptional(amount),
  startedAt: instant,
  /** The same by the clock that nobody sets, which begins anew with a boot. */
  startedMonotonicMs: v.exactOptional(amount),
  endedAt: v.exactOptional(instant),
  from: v.exactOptional(v.string()),
  release: v.exactOptional(v.string()),
  /** The generation that the roll brings, and the one that was promoted before. */
  generation: v.exactOptional(v.string()),
  fromGeneration: v.exactOptional(v.string()),
  /** From which PHP the roll takes the site to which, where that is another one. */
  php: v.exactOptional(phpChangeSchema),
  /** What was counted so far, and how long each phase took. */
  count: v.exactOptional(countSchema),
  phases: v.exactOptional(phasesSchema),
  /** Processes that requests had left running, and that were killed. */
  killed: v.exactOptional(amount),
  /** `running` is also the state of a roll that was killed. `refused`: nothing was touched. */
  state: v.picklist(['running', 'done', 'failed', 'refused']),
  error: v.exactOptional(recordedError),
  /** How the settle found the roll to have ended; undefined until the settle has run. */
  outcome: v.exactOptional(v.picklist(ROLL_OUTCOMES)),
  /** The history could not be written: the next roll puts this one there. */
  isUnkept: v.exactOptional(v.boolean()),
});

/** The record of a site's last roll: the settle judges by it, and `php-zd reload` reports it. */
export type LastRoll = Readonly<v.InferOutput<typeof lastRoll>>;

const formats: StateFormats<LastRoll> = [undefined, lastRoll];

/** The record of the last roll; undefined before the first one. */
export const readLastRoll = async ({ paths, ports }: Hosted): Promise<LastRoll | undefined> => {
  for (const path of [paths.lastRollAside, paths.lastRoll]) {
    const text = await ports.files.read(path, MOST_STATE_BYTES);
    if (text !== undefined) return parseState(formats, text);
  }
  return undefined;
};

/** A disk that becomes full while a site rolls does not end the roll: its record lies in /run then, until one can be kept again. */
export const writeLastRoll = async ({ paths, ports: { files } }: Hosted, roll: LastRoll): Promise<void> => {
  const text = formatState(formats, roll);
  const write = async () => {
    await files.makeDirectory(paths.state);
    await files.write(paths.lastRoll, text, { mode: 0o644 });
  };
  if (!(await unlessFull(write()))) await files.write(paths.lastRollAside, text, { mode: 0o644 });
  else if (await files.exists(paths.lastRollAside)) await files.remove(paths.lastRollAside);
};

/** Its release was promoted, by all of its steps or by as many as it came to before it was killed. */
export const isThrough = (roll: LastRoll, promoted: string | undefined): boolean =>
  roll.state === 'done' || (roll.generation === promoted && roll.fromGeneration !== promoted);
