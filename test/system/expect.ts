import { expect } from 'vitest';
import type { LabSite } from '../lab/site.ts';
import type { LoadReport } from '../load/report.ts';

/** Not one request, of any kind; and there were some. */
export const expectNothingLost = ({ lost, losses, requests }: LoadReport): void => {
  expect({ lost, losses }).toEqual({ lost: 0, losses: [] });
  expect(requests).toBeGreaterThan(0);
};

/** Every replica runs the release, is pinned to it, and has requests of HAProxy's; nothing is left of a roll. */
export const expectServing = async (site: LabSite, release: string): Promise<void> => {
  const pin = site.directory(release);
  const good = {
    unit: 'active',
    pin,
    isRunningPin: true,
    isHeld: false,
    isGateOpen: true,
    isServing: true,
    balancer: 'UP',
  };
  expect(await site.status()).toMatchObject({
    promoted: pin,
    serving: 2,
    replicas: [
      { slot: 1, ...good },
      { slot: 2, ...good },
    ],
  });
};

/** Whoever asked after the roll was over was answered by the new release; the old one answered first. */
export const expectSwitched = (report: LoadReport, from: string, to: string, rolledAt: number): void => {
  expect(report.releases).toEqual([from, to]);
  const later = report.samples.filter(({ startedAt }) => startedAt > rolledAt);
  expect(new Set(later.map(({ release }) => release))).toEqual(new Set([to]));
};

/** What an operator reads, without what differs from one time to the next. */
export const withoutTimes = (text: string): string =>
  text.replace(/\b\d+(\.\d+)? ?(ms|s|min)\b( \d+m?s\b)?/g, 'N s').replace(/\bchild \d+/g, 'child N');
