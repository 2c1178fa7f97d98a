import { valueUnless } from '../../base/errors.ts';
import type { FpmStatus } from '../../ports/php-fpm.ts';
import type { Hosted } from '../site/site-run.ts';

/** Enough for PHP-FPM's status: a pool of its own answers while every child is busy (facts.md F6). */
export const FPM_DEADLINE_MS = 1_000;

/** What a replica's children do; undefined when the replica does not answer in time, or does not run. */
export const askFpm = async (
  { paths, ports }: Hosted,
  slot: number,
  deadlineMs = FPM_DEADLINE_MS,
): Promise<FpmStatus | undefined> => {
  const ask = () => ports.fpm.status(paths.statusSocket(slot), { deadlineMs });
  return await valueUnless(ask, 'fastcgi-unreachable', 'fastcgi-broken', 'deadline');
};
