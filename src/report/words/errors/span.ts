import { formatTimeSpan } from '../../../base/time-span.ts';

/** Tenths of a second are enough, of what is longer than one. */
export const spanOf = (ms: number): string => formatTimeSpan(ms < 1000 ? Math.round(ms) : Math.round(ms / 100) * 100);
