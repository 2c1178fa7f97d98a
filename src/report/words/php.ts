import { debianVersionOf } from '../../site/php-packages.ts';

/** A PHP-FPM by its version, where it is one of Debian's. */
export const phpName = <Binary extends string | undefined>(binary: Binary): string | (undefined & Binary) =>
  binary === undefined ? binary : `PHP ${debianVersionOf(binary) ?? binary}`;

/** What a person writes for a PHP that is there, as part of a sentence. */
export const otherPhpWords = (versions: readonly string[]): string =>
  versions.length === 0
    ? 'install php-fpm'
    : `have [php] of the site file say ${versions.map(version => `version = ${version}`).join(' or ')} instead`;
