import { basename } from 'node:path';
import type { Ports } from '../site/ports.ts';
import { type NamedPath, type OnRelease, pathsInScan, pathsInText } from './named-paths.ts';

/** Of a file with jobs the beginning is read: whoever owns a crontab may have written anything into it. */
const MOST_BYTES = 64 * 1024;
const MOST_FILES = 200;

/** Where jobs of a site are started by other programs than php-zd. */
const CRONTABS = '/var/spool/cron/crontabs';
const JOBS = ['/etc/cron.d', '/etc/systemd/system', '/etc/supervisor/conf.d', CRONTABS];

/** The paths in a site's release and in its settings, and whether only a part of the files was looked at. */
export interface NamedPaths {
  readonly named: readonly NamedPath[];
  readonly isPart: boolean;
}

/** A file of the host's that has programs started. */
export interface Job {
  readonly file: string;
  readonly text: string;
  /** Whether that is its beginning alone. */
  readonly isPart: boolean;
  /** The number of the user who wrote it; undefined for a crontab of nobody. */
  readonly of: number | undefined;
}

/** Those in the settings, and those that the site's user found in texts: undefined where the site has no user of its own. */
export const findNamedPaths = (on: OnRelease, found: string | undefined): NamedPaths => {
  const { named, isPart } = pathsInScan(on, found ?? '');
  return { named: [...namedInSettings(on), ...named], isPart };
};

/** A setting of PHP's that leads through the link is a warning of the site file (src/site/read-php-settings.ts). */
const namedInSettings = (on: OnRelease): readonly NamedPath[] => {
  const { php, pool, env } = on.site;
  const inLine = ([name, value]: readonly [string, string | readonly string[]]) =>
    pathsInText(on, name, String(value)).map(found => ({ ...found, at: name }));
  const inPhp = [...php.ini, ...pool].flatMap(inLine).filter(({ leads }) => leads !== 'link');
  return [...inPhp, ...[...env].flatMap(inLine)];
};

/** Files of the host that start programs, as far as they say something: only root puts files into these directories, and cron those of users. */
export const readJobs = async ({ files, host }: Ports): Promise<readonly Job[]> => {
  const lists = await Promise.all(
    JOBS.map(async directory => (await files.list(directory)).map(name => `${directory}/${name}`)),
  );
  const paths = ['/etc/crontab', ...lists.flat()].filter(isJob).slice(0, MOST_FILES);
  const jobs = paths.map(async file => {
    const text = await files.read(file, MOST_BYTES);
    if (text === undefined) return [];
    return [
      { file, text, isPart: text.length >= MOST_BYTES, of: isCrontab(file) ? host.user(basename(file))?.uid : 0 },
    ];
  });
  return (await Promise.all(jobs)).flat();
};

const isCrontab = (path: string): boolean => path.startsWith(`${CRONTABS}/`);

/** A service, a crontab or a program of supervisor's. A directory of drop-ins is none. */
const isJob = (path: string): boolean =>
  !path.startsWith('/etc/systemd/') || (path.endsWith('.service') && !path.includes('/php-zd'));
