import { paths, siteUnit } from '../../base/paths.ts';
import type { Ports } from '../site/ports.ts';
import { show } from './shown.ts';

type Asked = Pick<Ports, 'commands' | 'files' | 'systemd'>;

/** What systemctl(1) says of a unit that no boot starts by itself. */
const NOT_AT_BOOT: readonly string[] = ['disabled', 'enabled-runtime'];

/**
 * The sites that no boot starts: they are not enabled, and no other unit asks for them. Where a site is enabled as ever a look at one link
 * tells, without a question to systemd (facts.md N103), and of all others one process asks.
 */
export const startedAtNoBoot = async (ports: Asked, sites: readonly string[]): Promise<readonly string[]> => {
  const states = await Promise.all(sites.map(site => fileStateOf(ports, site)));
  const disabled = sites.filter((_, at) => NOT_AT_BOOT.includes(states[at] ?? ''));
  if (disabled.length === 0) return [];
  const shown = await show(ports, ['RequiredBy', 'WantedBy'], disabled.map(siteUnit));
  return disabled.filter((_, at) => [...(shown[at]?.values() ?? [])].every(units => units === ''));
};

const fileStateOf = async (ports: Asked, site: string): Promise<string> =>
  (await isEnabled(ports, site)) ? 'enabled' : await ports.systemd.fileState(siteUnit(site));

const WANTED = `${paths.units}/multi-user.target.wants`;

/** Whether the site is enabled as ever: for a look at many. */
export const isEnabled = async ({ files }: Pick<Ports, 'files'>, site: string): Promise<boolean> =>
  (await files.readLink(`${WANTED}/${siteUnit(site)}`)) !== undefined;

/** The sites that are enabled as ever, whether they have a file or not. */
export const enabledSites = async ({ files }: Pick<Ports, 'files'>): Promise<readonly string[]> =>
  (await files.list(WANTED)).flatMap(unit => /^php-zd@(.{1,60})\.service$/.exec(unit)?.[1] ?? []);

/** Whether a boot starts the site. */
export const isStartedAtBoot = async (ports: Asked, site: string): Promise<boolean> =>
  (await startedAtNoBoot(ports, [site])).length === 0;
