import type { PhpBinary } from './host.ts';
import { type Given, linesIn, type Reading, read, readLines, refuse, type Source } from './read.ts';
import { schema } from './schema.ts';
import { ifAnswered } from './silent.ts';
import type { Php } from './site.ts';

export interface PhpReading extends Pick<Php, 'binary' | 'version' | 'ini'> {
  /** The lines of `ini`, with their places. */
  readonly lines: ReadonlyMap<string, readonly Given<string>[]>;
}

/** The section [php]. Undefined when a key of the section is broken, which is reported then. */
export const readPhp = (source: Source): PhpReading | undefined => {
  const lines = readLines(source, schema.php.keys.ini);
  const php = readBinary(source);
  return php === 'broken' ? undefined : { ...php.value, ini: linesIn(lines), lines };
};

/** The php-fpm to run: by its path, by its version, or the only one there is. */
const readBinary = (source: Source): Given<PhpBinary> | 'broken' => {
  const { binary, version } = chooseOne(source, {
    binary: read(source, schema.php.keys.binary),
    version: read(source, schema.php.keys.version),
  });
  if (binary === 'broken' || version === 'broken') return 'broken';
  if (binary !== 'absent') return checkBinary(source, binary);
  return version === 'absent' ? findOnly(source) : findVersion(source, version);
};

interface Choice {
  readonly binary: Reading<string>;
  readonly version: Reading<string>;
}

/** When the site file has `binary` and defaults.ini `version`, or the other way round, the site file's key alone counts. */
const chooseOne = (source: Source, choice: Choice): Choice => {
  const { binary, version } = choice;
  if (typeof binary === 'string' || typeof version === 'string') return choice;
  if (binary.at.file === version.at.file) {
    const at = binary.at.line > version.at.line ? binary.at : version.at;
    refuse(source, at, "'binary' and 'version' are both given: write one of them");
    return { binary: 'broken', version: 'broken' };
  }
  return binary.at.file === source.file ? { binary, version: 'absent' } : { binary: 'absent', version };
};

const checkBinary = (source: Source, { value: binary, at }: Given<string>): Given<PhpBinary> | 'broken' => {
  if (!source.host.isExecutable(binary)) {
    const problem = ifAnswered(source.host, binary, `is no program: there is no '${binary}' that can be executed`);
    return refuse(source, at, `'binary' ${problem}`);
  }
  const version = source.host.phpVersion(binary);
  if (version === undefined) return refuse(source, at, `'binary' is no php-fpm: '${binary} -v' does not say so`);
  return checkAge(source, { value: { binary, version }, at });
};

const findVersion = (source: Source, { value: version, at }: Given<string>): Given<PhpBinary> | 'broken' => {
  const installed = source.host.phpBinaries();
  const found = installed.find(php => php.version === version);
  if (found !== undefined) return checkAge(source, { value: found, at });
  const ways = [
    ...source.host.installable([`php${version}-fpm`]).map(name => `install ${name}`),
    ...(installed.length === 0 ? [] : [`write ${listVersions(installed)}`]),
  ];
  const way = ways.length === 0 ? 'install php-fpm, and write its version' : ways.join(', or ');
  return refuse(source, at, `php-fpm ${version} is not installed: ${way}`);
};

const findOnly = (source: Source): Given<PhpBinary> | 'broken' => {
  const at = source.settings.whereabouts('php');
  const [first, ...others] = source.host.phpBinaries();
  if (first === undefined) {
    return refuse(source, at, 'no php-fpm is installed: install php-fpm, or write binary = PATH in [php]');
  }
  if (others.length === 0) return checkAge(source, { value: first, at });
  return refuse(source, at, `several php-fpm are installed: write ${listVersions([first, ...others])} in [php]`);
};

/** pm.status_listen, through which a busy replica is asked, came with 8.0 (facts.md F6). */
const checkAge = (source: Source, php: Given<PhpBinary>): Given<PhpBinary> | 'broken' =>
  Number.parseInt(php.value.version, 10) >= 8
    ? php
    : refuse(source, php.at, `php-fpm ${php.value.version} is too old: php-zd needs 8.0 or later`);

const listVersions = (installed: readonly PhpBinary[]): string =>
  installed
    .map(php => `version = ${php.version}`)
    .sort()
    .join(' or ');
