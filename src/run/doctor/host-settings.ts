import type { Site } from '../../site/site.ts';
import type { Ports } from '../site/ports.ts';

/** php.ini as PHP-FPM reads it on this host, by `php-fpm -i`. */
export const hostSettings = async (ports: Ports, { php }: Site): Promise<ReadonlyMap<string, string>> => {
  const lines = (await ports.commands.run(php.binary, ['-i'])).split('\n').map(line => line.split(' => '));
  return new Map(lines.flatMap(([name, value]) => (name && value ? [[name, value === 'no value' ? '' : value]] : [])));
};
