import type { PhpIniFile } from './host.ts';
import type { Position } from './problem.ts';

/** A line of php.ini. */
export interface IniSetting {
  readonly name: string;
  /** Without its quotes. */
  readonly value: string;
  readonly at: Position;
}

/**
 * What the host's php.ini and the files beside it say, in their order: the last line of a name counts. Sections [HOST=...] and
 * [PATH=...] hold for some requests only, and are passed over; any other section says nothing to PHP.
 */
export const readPhpIni = (files: readonly PhpIniFile[]): readonly IniSetting[] => {
  const settings = known.get(files) ?? settingsIn(files);
  known.set(files, settings);
  return settings;
};

/** One host's files are those of each of its sites. */
const known = new WeakMap<readonly PhpIniFile[], readonly IniSetting[]>();

/** The values of lines of these names, all of which hold: the host's, then the site's own. */
export const listedIn = (
  files: readonly PhpIniFile[],
  own: ReadonlyMap<string, readonly string[]>,
  names: readonly string[],
): readonly string[] => [
  ...readPhpIni(files)
    .filter(({ name }) => names.includes(name))
    .map(({ value }) => value),
  ...names.flatMap(name => own.get(name) ?? []),
];

const settingsIn = (files: readonly PhpIniFile[]): readonly IniSetting[] =>
  files.flatMap(({ file, text }) => {
    let isForAll = true;
    return text.split('\n').flatMap((raw, index): readonly IniSetting[] => {
      const line = raw.trim();
      if (line.startsWith('[')) isForAll = !/^\[(HOST|PATH)=/i.test(line);
      const equals = line.indexOf('=');
      if (!isForAll || equals <= 0 || /^[;#[]/.test(line)) return [];
      const name = line.slice(0, equals).trim();
      return [{ name, value: plain(line.slice(equals + 1).trim()), at: { file, line: index + 1 } }];
    });
  });

const plain = (value: string): string => {
  const [quote = ''] = value;
  if (quote !== '"' && quote !== "'") return value.split(';', 1)[0]?.trim() ?? '';
  const end = value.indexOf(quote, 1);
  return end === -1 ? value.slice(1) : value.slice(1, end);
};
