import { readPhpIni } from '../../site/php-ini.ts';
import type { Site } from '../../site/site.ts';
import type { Ports } from '../site/ports.ts';

/** What php.ini, and the files that PHP-FPM reads after it, say on this host. */
export const hostSettings = ({ host }: Pick<Ports, 'host'>, { php }: Site): ReadonlyMap<string, string> =>
  new Map(readPhpIni(host.phpIniFiles(php)).map(({ name, value }) => [name, value]));
