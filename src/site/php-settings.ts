import type { IniSetting } from './php-ini.ts';
import type { Given } from './read.ts';

type GivenLines = ReadonlyMap<string, readonly Given<string>[]>;

/** A setting of PHP that somebody wrote. */
export interface GivenSetting extends IniSetting {
  /** The key as it is written there. */
  readonly written: string;
  /** Whose file it stands in: the site's, with defaults.ini, or the host's. */
  readonly of: 'site' | 'host';
}

export interface SettingSources {
  readonly pool: GivenLines;
  readonly ini: GivenLines;
  readonly host: readonly IniSetting[];
}

/**
 * The settings of PHP that somebody wrote, by name, each as it holds in the end: [pool] wins over [php] and that over the host's files,
 * and php_admin_value over php_value (fpm_php.c, fpm_php_init_child()).
 */
export const givenSettings = ({ pool, ini, host }: SettingSources): ReadonlyMap<string, GivenSetting> => {
  const found = new Map(ofHost(host));
  for (const [name, lines] of ini) keep(found, lines, { name, written: `ini[${name}]` });
  for (const kind of ['php_value', 'php_flag', 'php_admin_value', 'php_admin_flag']) {
    for (const [written, lines] of pool) {
      const [, base, name] = /^(\w+)\[(.+)\]$/.exec(written) ?? [];
      if (base === kind && name !== undefined) keep(found, lines, { name, written });
    }
  }
  return found;
};

const ofHost = (host: readonly IniSetting[]): ReadonlyMap<string, GivenSetting> => {
  const settings =
    known.get(host) ??
    new Map(host.map(setting => [setting.name, { ...setting, written: setting.name, of: 'host' }] as const));
  known.set(host, settings);
  return settings;
};

/** One host's settings are those of each of its sites. */
const known = new WeakMap<readonly IniSetting[], ReadonlyMap<string, GivenSetting>>();

const keep = (
  found: Map<string, GivenSetting>,
  lines: readonly Given<string>[],
  { name, written }: Pick<GivenSetting, 'name' | 'written'>,
): void => {
  const last = lines.at(-1);
  if (last !== undefined) found.set(name, { name, written, ...last, of: 'site' });
};
