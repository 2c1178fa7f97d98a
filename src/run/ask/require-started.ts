import { PhpZdError } from '../../base/errors.ts';
import { siteUnit } from '../../base/paths.ts';
import type { Hosted } from '../site/site-run.ts';
import { isStopped } from './unit-states.ts';

/** Rejects with `not-started` when the site is stopped. */
export const requireStarted = async ({ site, ports }: Hosted): Promise<void> => {
  const activeState = await ports.systemd.activeState(siteUnit(site.name));
  if (isStopped(activeState)) throw new PhpZdError('not-started', { site: site.name });
};
