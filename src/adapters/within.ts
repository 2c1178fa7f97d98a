import type { ErrorFacts } from '../base/error-facts.ts';
import { PhpZdError } from '../base/errors.ts';

export interface Bounds {
  /** What is awaited, for the error. */
  readonly what: string;
  /** Undefined: no limit. */
  readonly deadlineMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What else is known of it. */
  readonly facts?: Omit<ErrorFacts['deadline'], 'what' | 'ms'>;
}

/**
 * The work's outcome, or a rejection with `deadline` or `aborted`. These do not end the work: the caller does, in its
 * `finally`.
 */
export const within = async <T>({ what, deadlineMs, signal, facts }: Bounds, work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const cut = new Promise<never>((_, reject) => {
    onAbort = () => reject(new PhpZdError('aborted', {}, signal?.reason));
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort);
    if (deadlineMs === undefined) return;
    timer = setTimeout(() => reject(new PhpZdError('deadline', { what, ms: deadlineMs, ...facts })), deadlineMs);
  });
  try {
    return await Promise.race([cut, work]);
  } finally {
    clearTimeout(timer);
    if (onAbort) signal?.removeEventListener('abort', onAbort);
  }
};
