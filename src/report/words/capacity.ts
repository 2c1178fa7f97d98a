import type { Capacity } from '../../plan/capacity.ts';
import type { Memory } from '../../plan/memory.ts';
import { bytesWords } from './bytes.ts';
import { countWords } from './count.ts';

/** How many children a roll leaves, beside how many are busy now; without capital and full stop. */
export const capacityWords = (capacity: Omit<Capacity, 'isShort'>): string =>
  `${nowWords(capacity)}; ${leastWords(capacity)}`;

const nowWords = ({ children, busy, queued, silent }: Omit<Capacity, 'isShort'>): string =>
  [
    `${busy} of ${children} children busy`,
    ...(queued === 0 ? [] : [`${countWords(queued, 'request')} waiting`]),
    ...(silent.length === 0 ? [] : [`replica ${silent.join(', ')} does not say and counts as busy`]),
  ].join(', ');

const leastWords = ({ least, leastAt, away }: Omit<Capacity, 'isShort'>): string => {
  if (leastAt === undefined) return `never fewer than ${least} serve`;
  const without = away.length === 0 ? '' : `with replica ${away.join(', ')} away `;
  return `${without}${least} remain (step ${leastAt})`;
};

/** A sentence about the capacity of a plan. */
export const capacityLine = (capacity: Capacity): string => {
  if (capacity.children === 0) return 'Capacity: no replica serves now.';
  return `Capacity: now ${capacityWords(capacity)}: ${capacity.isShort ? 'requests will queue' : 'enough'}.`;
};

/** A warning that memory may not do for the new replicas; undefined when it does, or when that is not known. */
export const memoryWarning = ({ more, replicaBytes, availableBytes, isShort }: Memory): string | undefined =>
  isShort
    ? `Memory: it runs up to ${more} more replicas, ${bytesWords(replicaBytes ?? 0)} each, and ${bytesWords(availableBytes ?? 0)} are available: free some first, or write surge = 0 in [site].`
    : undefined;
