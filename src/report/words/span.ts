import { formatTimeSpan } from '../../base/time-span.ts';

/** How long something took: hundredths of a short time, tenths of a long one. */
export const spanWords = (ms: number): string =>
  ms < 10_000 ? `${(ms / 1000).toFixed(2)} s` : formatTimeSpan(Math.round(ms / 100) * 100);
