import { paths, siteUnit } from '../../base/paths.ts';
import type { Ports } from '../site/ports.ts';
import { show } from './shown.ts';

type Asked = Pick<Ports, 'commands' | 'files' | 'systemd'>;

/** What systemctl(1) says of a unit that no boot starts by itself. */
const NOT_AT_BOOT: readonly string[] = ['disabled', 'enabled-runtime'];

/**
 * Whether a boot starts the site: it is enabled, or another unit asks for it. Where it is enabled as ever a look at one link tells, without
 * a question to systemd (facts.md N103).
 */
export const isStartedAtBoot = async (ports: Asked, site: string): Promise<boolean> => {
  const unit = siteUnit(site);
  if ((await ports.files.readLink(`${paths.units}/multi-user.target.wants/${unit}`)) !== undefined) return true;
  if (!NOT_AT_BOOT.includes(await ports.systemd.fileState(unit))) return true;
  const [shown] = await show(ports, ['RequiredBy', 'WantedBy'], [unit]);
  return [...(shown?.values() ?? [])].some(units => units !== '');
};
