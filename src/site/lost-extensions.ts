/** What replicas have loaded and another PHP would not, to which a roll would take them. */
export interface LostExtensions {
  /** The version of that PHP. */
  readonly to: string;
  /** Names, as a line of php.ini has them. */
  readonly names: readonly string[];
  /** The packages that bring them, as far as any do that can be installed. */
  readonly packages: readonly string[];
}

/** What another PHP has of its own, and what it is to load. */
export interface HadExtensions {
  /** What `php-fpm -n -m` says. */
  readonly builtIn: string;
  /** Values of `extension` and `zend_extension`. */
  readonly configured: readonly string[];
}

/** Those of the loaded extensions, by the names of their files, that another PHP has in no way. */
export const lostTo = (loaded: Iterable<string>, { builtIn, configured }: HadExtensions): readonly string[] => {
  const modules = builtIn.split('\n').map(line => MODULES[line.trim()] ?? line.trim());
  const has = new Set([...modules, ...configured.map(extensionOf)].map(keyOf));
  return [...new Set(loaded)].filter(name => !has.has(keyOf(name))).sort();
};

/** Modules that call themselves otherwise than their files. */
const MODULES: Readonly<Record<string, string>> = { 'Zend OPcache': 'opcache' };

/** Modules have names with capitals, and the file of an encoder's loader one with the version of its PHP. */
const keyOf = (name: string): string => name.replace(/[._]\d\.\d{1,2}$/, '').toLowerCase();

/** The name by which a value of `extension` and `zend_extension` is known. */
export const extensionOf = (value: string): string => (value.split('/').at(-1) ?? '').replace(/\.so$/, '');

/** What is wrong, without what to type. */
export const lackWords = ({ to, names }: LostExtensions): string =>
  `PHP ${to} lacks ${names.join(', ')}, which the replicas that run have`;

/** The same with that. */
export const lostWords = (site: string, lost: LostExtensions): string =>
  lost.packages.length === 0
    ? `${lackWords(lost)}: "php-zd reload ${site}" goes on without`
    : `${lackWords(lost)}: "apt install ${lost.packages.join(' ')}", then "php-zd reload ${site}"`;
