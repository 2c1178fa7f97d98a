import { expect } from 'vitest';
import type { LabSite } from '../lab/site.ts';
import type { LoadReport } from '../load/report.ts';

/** Not one request, of any kind; and there were some. */
export const expectNothingLost = ({ lost, losses, requests }: LoadReport): void => {
  expect({ lost, losses }).toEqual({ lost: 0, losses: [] });
  expect(requests).toBeGreaterThan(0);
};

/**
 * As many replicas as are wanted run the release with its promoted configuration, and have requests of HAProxy's; nothing else
 * runs, and nothing is left of a roll.
 */
export const expectServing = async (site: LabSite, release: string): Promise<void> => {
  const { promoted, generation, wanted, serving, replicas } = await site.status();
  expect({ promoted, serving }).toEqual({ promoted: site.directory(release), serving: wanted });
  const good = { release: promoted, pin: generation, isRunningPin: true, isGateOpen: true, isServing: true };
  expect(replicas.map(({ slot: _, ...replica }) => replica)).toMatchObject(
    Array.from({ length: wanted }, () => ({ ...good, unit: 'active', balancer: 'UP' })),
  );
  expect(replicas.filter(({ hold }) => hold !== undefined)).toEqual([]);
};

/** The numbers of the slots that serve. */
export const servingSlots = async (site: LabSite): Promise<readonly number[]> =>
  (await site.status()).replicas.filter(({ isServing }) => isServing).map(({ slot }) => slot);

/** Whoever asked after the roll was over was answered by the new release; the old one answered first. */
export const expectSwitched = (report: LoadReport, from: string, to: string, rolledAt: number): void => {
  expect(report.releases).toEqual([from, to]);
  const later = report.samples.filter(({ startedAt }) => startedAt > rolledAt);
  expect(new Set(later.map(({ release }) => release))).toEqual(new Set([to]));
};

/** What an operator reads, without what differs from one time to the next. */
export const withoutTimes = (text: string): string =>
  text.replace(/\b\d+(\.\d+)? ?(ms|s|min)\b( \d+m?s\b)?/g, 'N s').replace(/\bchild \d+/g, 'child N');
