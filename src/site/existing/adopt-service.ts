import { ownValue } from '../../base/own.ts';
import { splitWords } from '../command-line.ts';
import type { SectionName } from '../schema.ts';
import { type Left, leave } from './adopted.ts';

/**
 * What the files of a unit of systemd's, written by the administrator, give the PHP-FPM of a pool, and its replicas need to be
 * told anew. A setting that no key of a site file stands for is passed over. No value is shown: it may be a secret.
 */
export const leaveService = (file: string, text: string): readonly Left[] =>
  serviceLines(text).flatMap(({ setting, value, line }) => {
    const needed = ownValue(settings, setting);
    const why = value === '' ? undefined : needed?.why(value);
    return needed === undefined || why === undefined
      ? []
      : [leave(needed.section, { at: { file, line }, line: `${setting}=` }, why)];
  });

interface ServiceLine {
  readonly setting: string;
  readonly value: string;
  readonly line: number;
}

/** The lines of [Service], as systemd.syntax(7) has them: one that ends with a backslash goes on behind comments. */
const serviceLines = (text: string): readonly ServiceLine[] => {
  const found: ServiceLine[] = [];
  let section = '';
  let begun: { readonly text: string; readonly line: number } | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const part = raw.trim();
    if (/^[#;]/.test(part) || (part === '' && begun === undefined)) continue;
    const { text: before, line } = begun ?? { text: '', line: index + 1 };
    begun = part.endsWith('\\') ? { text: `${before}${part.slice(0, -1)} `, line } : undefined;
    if (begun !== undefined) continue;
    const whole = `${before}${part}`;
    if (whole.startsWith('[')) section = whole;
    const equals = whole.indexOf('=');
    if (section !== '[Service]' || equals <= 0) continue;
    found.push({ setting: whole.slice(0, equals).trim(), value: whole.slice(equals + 1).trim(), line });
  }
  return found;
};

interface Needed {
  readonly section: SectionName;
  readonly why: (value: string) => string;
}

const variables: Needed = {
  section: 'env',
  why: value =>
    `${namesIn(value)} in php-fpm's own environment, of which a replica has nothing: write what PHP needs of it in [env], or in a file that environment_file in [site] names`,
};

/** A word without '=' is a name by itself, in PassEnvironment=. */
const namesIn = (value: string): string => {
  const names = splitWords(value)?.flatMap(word => /^[A-Za-z_]\w{0,254}(?=[=]|$)/.exec(word)?.[0] ?? []) ?? [];
  return names.length === 0 ? 'gives variables' : `gives ${names.join(', ')}`;
};

const keyed = (section: SectionName, key: string): Needed => ({
  section,
  why: () => `holds for php-fpm's unit, and not for a replica: write ${key} in [${section}]`,
});

const settings: { readonly [Setting in string]?: Needed } = {
  Environment: variables,
  PassEnvironment: variables,
  EnvironmentFile: {
    section: 'site',
    why: value =>
      `gives variables in php-fpm's own environment, of which a replica has nothing: write environment_file = ${value.replace(/^-/, '')} in [site]`,
  },
  LimitNOFILE: keyed('pool', 'rlimit_files'),
  LimitCORE: keyed('pool', 'rlimit_core'),
  UMask: keyed('site', 'umask'),
  MemoryMax: keyed('limits', 'memory'),
  MemoryLimit: keyed('limits', 'memory'),
  TasksMax: keyed('limits', 'tasks'),
  ReadWritePaths: keyed('writable', 'the directories, each with = yes,'),
  IPAddressAllow: keyed('sandbox', 'network'),
  IPAddressDeny: keyed('sandbox', 'network'),
};
