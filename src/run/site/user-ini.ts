import { dirname, posix } from 'node:path';
import { BASEDIR_OVER_USER_INI, basedirWithMount } from '../../site/open-basedir.ts';
import { absolutePathProblem, prefixesOf } from '../../site/paths.ts';
import type { Problem } from '../../site/problem.ts';
import type { Site } from '../../site/site.ts';
import { askAsUser } from './as-user.ts';
import { SiteProblems } from './load-site.ts';
import type { HostedSite } from './site-run.ts';

/** An open_basedir of a .user.ini in which a replica's release is not, and one in which it is. */
export interface UserBasedir extends Problem {
  readonly better: string;
}

const FILE = '.user.ini';

type Of = Pick<HostedSite, 'site' | 'ports'>;

/**
 * The open_basedir that PHP takes from the .user.ini of the directories between document root and front controller, where a replica's
 * release is not in it. Undefined too where PHP asks no such file, and where nobody can be asked: not everybody may become that user.
 */
export const findUserBasedir = async (of: Of, release: string): Promise<UserBasedir | undefined> =>
  basedirIn(of, release, await ask(of, release));

const ask = async ({ site, ports }: Of, release: string): Promise<readonly string[]> => {
  const files = asksUserIni(site) && ports.isRoot ? userInis(site) : [];
  const present = files.filter(file => ports.host.isFile(posix.join(release, file)));
  if (present.length === 0) return [];
  const script = `${dirname(ports.program)}/look-at-user-ini.sh`;
  const said = await askAsUser({ site, ports }, ['/bin/sh', script, release, ...present]);
  return said.split('\n');
};

const basedirIn = ({ site, ports }: Of, release: string, said: readonly string[]): UserBasedir | undefined => {
  const last = said.flatMap(line => parseLine(release, line)).at(-1);
  const better = last && basedirWithMount(ports.host, site, last.value);
  if (last === undefined || better === undefined || !better.split(':').every(isPlainPath)) return undefined;
  const { file, line } = last;
  const message = `'open_basedir' leaves out '${site.mount}', where a replica has its release, and PHP would answer "No input file specified.": write ${BASEDIR_OVER_USER_INI} = ${better} in [pool], over which no .user.ini holds`;
  return { file, line, message, better };
};

/** PHP reads such a file whole, and again and again. */
const longOnes = (release: string, said: readonly string[]): readonly Problem[] =>
  said
    .filter(line => line.endsWith(LONG))
    .map(line => ({
      file: posix.join(release, line.slice(0, -LONG.length)),
      line: 1,
      message: 'this file has more than 1 MiB, all of which PHP reads: shorten it',
    }));
const LONG = ':long';

/** Who writes to the release wrote it, and root is to write it into the site file. */
const isPlainPath = (path: string): boolean => absolutePathProblem(path) === undefined;

/**
 * Rejects with `site-invalid`, a `SiteProblems`, for such an open_basedir, since of scripts that OPcache has PHP would not even ask, and
 * for a file that PHP comes to no end of.
 */
export const requireFitUserIni = async (of: Of, release: string): Promise<void> => {
  const said = await ask(of, release);
  const basedir = basedirIn(of, release, said);
  const problems = [...longOnes(release, said), ...(basedir === undefined ? [] : [basedir])];
  if (problems.length > 0) throw new SiteProblems(of.site.name, problems);
};

/** A value of an administrator's holds over those of such files, which may have another name, or none. */
const asksUserIni = ({ pool, php }: Site): boolean =>
  !pool.has(BASEDIR_OVER_USER_INI) &&
  !php.ini.has('user_ini.filename') &&
  !pool.has('php_admin_value[user_ini.filename]');

/** From the document root inwards, as PHP reads them: the last one holds. */
const userInis = ({ web, index }: Site): readonly string[] => {
  const directory = posix.relative(web.root, posix.dirname(index));
  const below = directory === '' || directory.startsWith('..') ? [] : prefixesOf(directory);
  return ['.', ...below].map(path => posix.join(web.root, path, FILE));
};

interface Line {
  readonly file: string;
  readonly line: number;
  readonly value: string;
}

const parseLine = (release: string, said: string): readonly Line[] => {
  const [, file = '', line, text = ''] = /^(.{1,4096}?):(\d{1,9}):[^=]{1,4096}=(.{0,4096})$/.exec(said) ?? [];
  const value = text.trim().replace(/^(["'])(.{0,4096})\1.{0,4096}$/, '$2');
  return line === undefined
    ? []
    : [{ file: posix.join(release, file), line: Number(line), value: value.split(';')[0]?.trim() ?? '' }];
};
