import { PhpZdError } from '../../base/errors.ts';
import { siteUnit } from '../../base/paths.ts';
import { FRONT_ACTION } from '../../render/haproxy.ts';
import type { NamedRun } from '../site/site-run.ts';

/** HAProxy looks up for each request whether the site is held or in maintenance. Rejects with `front-outdated`. */
export const requireFront = async ({ site, paths, ports }: NamedRun): Promise<void> => {
  const text = await ports.files.read(paths.balancerConfig);
  if (!text?.includes(FRONT_ACTION)) throw new PhpZdError('front-outdated', { site: site.name });
};

/** Rejects with `not-started`. */
export const requireStarted = async ({ site, ports }: NamedRun): Promise<void> => {
  const { activeState } = await ports.systemd.unit(siteUnit(site.name));
  if (activeState === 'inactive' || activeState === 'failed') throw new PhpZdError('not-started', { site: site.name });
};
