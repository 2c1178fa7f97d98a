import { sitePaths } from '../../base/paths.ts';
import type { Problem } from '../../site/problem.ts';
import type { LoadedSite } from '../site/load-site.ts';
import type { Ports } from '../site/ports.ts';
import { hostedByName } from '../site/site-run.ts';
import { promotedMeta } from './generation.ts';

/** One tells. */
const MOST_ENTRIES = 1;

/**
 * A warning where a roll gives the site another user, whose PHP reads no session of the former one's: all visitors would be logged out. No
 * warning once the new one has sessions.
 */
export const leftSessions = async (
  ports: Ports,
  { site, positions }: Pick<LoadedSite, 'site' | 'positions'>,
): Promise<readonly Problem[]> => {
  const former = (await promotedMeta(hostedByName(site.name, ports)))?.user;
  if (former === undefined || former === site.user) return [];
  const { sessions } = sitePaths(site.name);
  const has = async (user: string) => (await ports.files.ownersIn(sessions(user), MOST_ENTRIES)).size > 0;
  if (!(await has(former)) || (await has(site.user))) return [];
  const message = `'user' was '${former}', and '${site.user}' reads no session of that one's, in ${sessions(former)}: a roll logs all visitors out`;
  return [{ ...positions.user, message }];
};
