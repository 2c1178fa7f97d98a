import { expect } from 'vitest';
import type { LabSite } from '../lab/site.ts';

/** All serve the one release, and one replica of the other stands by, without requests; nothing else is there, or amiss. */
export const expectStandby = async (site: LabSite, release: string, standby: string): Promise<void> => {
  const { promoted, wanted, serving, replicas } = await site.status();
  const [now, before] = [site.directory(release), site.directory(standby)];
  expect({ promoted, serving }).toEqual({ promoted: now, serving: wanted });
  const idle = replicas.filter(({ isServing }) => !isServing);
  expect(idle).toMatchObject([
    { unit: 'active', hold: 'standby', release: before, isRunningPin: true, isGateOpen: false, isUp: false },
  ]);
  expect(replicas.filter(({ isServing }) => isServing).map(replica => replica.release)).toEqual(
    Array.from({ length: wanted }, () => now),
  );
};
