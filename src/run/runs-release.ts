import type { SiteRun } from './site-run.ts';

/** What the master sees at its mount point is this release, and the release is still there (facts.md M1, M3). */
export const runsRelease = async ({ site, ports }: SiteRun, mainPid: number, release: string): Promise<boolean> => {
  if (mainPid === 0) return false;
  const [wanted, seen] = await Promise.all([
    ports.files.identity(release),
    ports.files.identityInProcess(mainPid, site.mount),
  ]);
  return wanted !== undefined && wanted.inode === seen?.inode && wanted.device === seen.device;
};
