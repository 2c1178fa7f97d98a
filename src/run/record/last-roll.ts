import { type ErrorCode, type Facts, PhpZdError } from '../../base/errors.ts';
import { parseRecord } from '../../base/parse-record.ts';
import type { RollOutcome } from '../receipt/outcome.ts';
import type { Count, Phases } from '../receipt/receipt.ts';
import type { Hosted } from '../site/site-run.ts';

/** How the last roll of a site went: what settle judges by, and what `php-zd reload` reports. */
export interface LastRoll {
  readonly id: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly from?: string;
  readonly release?: string;
  /** What it brings: to be told from the one that was promoted before. */
  readonly generation?: string;
  readonly fromGeneration?: string;
  /** What was counted so far, and how long the steps took. */
  readonly count?: Count;
  readonly phases?: Phases;
  /** `running` without a process that runs it: it was killed. `refused`: nothing was touched. */
  readonly state: 'running' | 'done' | 'failed' | 'refused';
  readonly error?: { readonly code: ErrorCode; readonly facts: Facts };
  /** What settle made of it; undefined until it has run. */
  readonly outcome?: RollOutcome;
}

/** Undefined before the first one. */
export const readLastRoll = async ({ paths, ports }: Hosted): Promise<LastRoll | undefined> => {
  const text = await ports.files.read(paths.lastRoll);
  return text === undefined ? undefined : parseRecord<LastRoll>(text, ['id', 'startedAt', 'state']);
};

export const writeLastRoll = async ({ paths, ports }: Hosted, roll: LastRoll): Promise<void> => {
  await ports.files.makeDirectory(paths.state);
  await ports.files.write(paths.lastRoll, `${JSON.stringify(roll)}\n`, { mode: 0o644 });
};

export const errorOf = ({ error }: Pick<LastRoll, 'error'>): PhpZdError | undefined =>
  error && new PhpZdError(error.code, error.facts);
