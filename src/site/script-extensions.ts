import { type Lines, lineOf } from './lines.ts';

/** Every replica runs these: php-zd's own scripts are such. */
const OWN = '.php';

/** An archive of scripts, such as composer.phar: nothing that a visitor runs by its name. */
const ARCHIVE = '.phar';

/** The words of security.limit_extensions, which PHP-FPM divides at blanks and tabs (fpm_conf.c). */
export const wordsOfLimit = (value: string): readonly string[] => value.split(/[ \t]/).filter(word => word !== '');

export const isExtension = (word: string): boolean => /^(?:\.[\w-]{1,32}){1,4}$/.test(word);

/** What a web server runs: .php, and what else security.limit_extensions names. The longest first, of which no other is the beginning. */
export const scriptExtensions = (pool: Lines): readonly string[] => {
  const said = wordsOfLimit(lineOf(pool, 'security.limit_extensions') ?? '').filter(isExtension);
  const all = new Set([OWN, ...said.filter(word => word !== ARCHIVE)]);
  return [...all].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
};
