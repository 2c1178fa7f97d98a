import { type LoadedSite, SiteProblems } from './load-site.ts';
import type { HostedSite } from './site-run.ts';
import { whereIn } from './where-in.ts';

const KIBIBYTE = 1024;
const UNITS = ['K', 'M', 'G', 'T'];

/**
 * Rejects with `site-invalid` where the site is to have a /dev/shm smaller than what lies in it, which the kernel refuses: systemd would
 * fail at the first step of a roll, and not say why.
 */
export const requireShmFits = async (
  { site, paths, ports }: HostedSite,
  { texts }: Pick<LoadedSite, 'texts'>,
): Promise<void> => {
  const [, number, unit] = /^(\d{1,9})([KMGT])$/.exec(site.limits.shm) ?? [];
  if (number === undefined || unit === undefined) return;
  const used = await ports.files.used(paths.shm);
  if (used === undefined || used <= Number(number) * KIBIBYTE ** (UNITS.indexOf(unit) + 1)) return;
  const least = `${Math.ceil(used / KIBIBYTE ** 2)}M`;
  const message = `'shm' is ${site.limits.shm}, and ${least} lie in the site's /dev/shm: write shm = ${least} or more, or remove files there, which "php-zd exec ${site.name} -- ls -l /dev/shm" names`;
  throw new SiteProblems(site.name, [{ ...whereIn(texts, site.name, { section: 'limits', key: 'shm' }), message }]);
};
