import { httpSocketUnit, httpUnit, webUnit } from '../../base/paths.ts';
import type { Hosted } from '../site/site-run.ts';

export interface UnitDown {
  readonly unit: string;
  /** systemd's word. */
  readonly state: string;
}

/** What keeps a site, or the replicas in these slots, from being reached over HTTP: a unit that should run and does not. */
export const findHttpDown = async (
  { paths, ports, site: { name } }: Hosted,
  withWeb: readonly number[],
): Promise<UnitDown | undefined> => {
  if (!(await ports.files.exists(paths.httpSocket))) return undefined;
  for (const unit of [httpSocketUnit(name), httpUnit(name), ...withWeb.map(slot => webUnit(name, slot))]) {
    const activeState = await ports.systemd.activeState(unit);
    if (activeState === 'inactive' || activeState === 'failed') return { unit, state: activeState };
  }
  return undefined;
};
