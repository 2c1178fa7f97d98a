import { expand, type Pool, textIn } from './pool-file.ts';
import type { PoolPhp } from './pool-php.ts';

/** Where PHP has the file sessions of a pool. */
export interface PoolSessions {
  readonly directory: string;
  /** How many directories deep in that PHP puts them. */
  readonly depth: number;
  readonly user: string;
}

/** The session.save_path that Debian's PHP is built with. */
const OF_DEBIAN = '/var/lib/php/sessions';

/** Undefined where the files of the pool do not tell it: a PHP from elsewhere was built with a directory of its own. */
export const sessionsOf = (pool: Pool, php: PoolPhp | undefined): PoolSessions | undefined => {
  const user = textIn(pool, 'user');
  const path = savePathOf(pool) ?? (php?.unit === undefined ? undefined : OF_DEBIAN);
  if (user === undefined || path === undefined || textIn(pool, 'chroot') !== undefined) return undefined;
  // It may stand behind a depth and a mode: 5;0600;/path.
  const parts = path.split(';');
  const directory = parts.at(-1) ?? '';
  if (!directory.startsWith('/')) return undefined;
  return { directory, depth: parts.length > 1 ? Number.parseInt(parts[0] ?? '', 10) || 0 : 0, user };
};

/** Of several lines of one name in brackets the first holds (facts.md F18), and php_admin_value wins over php_value. */
const savePathOf = ({ name, directives }: Pool): string | undefined => {
  const found = ['php_admin_value', 'php_value'].flatMap(kind =>
    directives.filter(each => each.name === kind && each.bracket === 'session.save_path').slice(0, 1),
  );
  const value = found[0]?.value;
  return value !== undefined && 'text' in value && value.text !== '' ? expand(value.text, name) : undefined;
};
