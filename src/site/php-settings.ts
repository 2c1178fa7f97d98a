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

/** The settings of PHP that somebody wrote, by name, each as it holds in the end. */
export interface GivenSettings {
  readonly get: (name: string) => GivenSetting | undefined;
  /** Those that are judged: the site's own, and of the host's those that have a path, or are a list of paths. */
  readonly judged: readonly GivenSetting[];
}

/**
 * [pool] wins over [php] and that over the host's files, and php_admin_value over php_value (fpm_php.c, fpm_php_init_child()). The host has
 * a hundred and more of them, a few with a path, and they are those of each of its sites.
 */
export const givenSettings = ({ pool, ini, host }: SettingSources): GivenSettings => {
  const own = ownSettings(pool, ini);
  const { byName, withPaths } = ofHost(host);
  return {
    get: name => own.get(name) ?? byName.get(name),
    judged: [...withPaths.filter(({ name }) => !own.has(name)), ...own.values()],
  };
};

const ownSettings = (pool: GivenLines, ini: GivenLines): ReadonlyMap<string, GivenSetting> => {
  const found = new Map<string, GivenSetting>();
  for (const [name, lines] of ini) keep(found, lines, { name, written: `ini[${name}]` });
  for (const kind of ['php_value', 'php_flag', 'php_admin_value', 'php_admin_flag']) {
    for (const [written, lines] of pool) {
      const [, base, name] = /^(\w+)\[(.+)\]$/.exec(written) ?? [];
      if (base === kind && name !== undefined) keep(found, lines, { name, written });
    }
  }
  return found;
};

/** Whether the setting has a path in its value, or such a list. */
export const namesPath = ({ name, value }: GivenSetting): boolean => value.includes('/') || name === 'open_basedir';

interface OfHost {
  readonly byName: ReadonlyMap<string, GivenSetting>;
  readonly withPaths: readonly GivenSetting[];
}

const ofHost = (host: readonly IniSetting[]): OfHost => {
  const settings = known.get(host) ?? makeOfHost(host);
  known.set(host, settings);
  return settings;
};

const known = new WeakMap<readonly IniSetting[], OfHost>();

const makeOfHost = (host: readonly IniSetting[]): OfHost => {
  const byName = new Map<string, GivenSetting>();
  for (const setting of host) byName.set(setting.name, { ...setting, written: setting.name, of: 'host' });
  return { byName, withPaths: [...byName.values()].filter(namesPath) };
};

const keep = (
  found: Map<string, GivenSetting>,
  lines: readonly Given<string>[],
  { name, written }: Pick<GivenSetting, 'name' | 'written'>,
): void => {
  const last = lines.at(-1);
  if (last !== undefined) found.set(name, { name, written, ...last, of: 'site' });
};
