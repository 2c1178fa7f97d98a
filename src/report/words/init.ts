import { sitePaths } from '../../base/paths.ts';
import { withoutControls } from '../../base/printable.ts';
import { type Adopted, problemOf } from '../../site/existing/adopted.ts';
import type { OwnLines } from '../../site/existing/own-block.ts';
import type { PoolSessions } from '../../site/existing/pool-sessions.ts';
import { formatProblem, type Problem, sortProblems } from '../../site/problem.ts';
import type { Site } from '../../site/site.ts';
import { countWords } from './count.ts';
import { typed } from './said.ts';

// What "php-zd init" tells.

/** Why no site file was written. */
export type Unwritten =
  | { readonly kind: 'misnamed'; readonly name: string; readonly problem: string }
  | { readonly kind: 'declined' }
  /** Options that say what nobody is there to be asked for. */
  | { readonly kind: 'unanswered'; readonly options: readonly string[] }
  /** Its problems were said before. */
  | { readonly kind: 'invalid' }
  | UnreadExisting;

/** Why what exists says nothing of a site. */
type UnreadExisting =
  | { readonly kind: 'no-pool-file' }
  | { readonly kind: 'no-file'; readonly file: string }
  | {
      readonly kind: 'php-missing';
      readonly file: string;
      readonly version: string;
      readonly installed: readonly string[];
    }
  /** The file has several pools, none, or none of the name that was asked for. */
  | {
      readonly kind: 'which-pool';
      readonly file: string;
      readonly names: readonly string[];
      readonly wanted: string | undefined;
    }
  | { readonly kind: 'no-server'; readonly file: string; readonly listen: string };

export const unwrittenWords = (why: Unwritten): string => {
  if (why.kind === 'declined') return 'php-zd: nothing was written.\n';
  if (why.kind === 'invalid') return 'php-zd: nothing was written: mend that, and type it again.\n';
  if (why.kind === 'misnamed') return `php-zd: '${why.name}' ${why.problem}\n`;
  if (why.kind === 'unanswered') {
    return `php-zd: nobody is there to ask: write ${why.options.join(', ')} too. Nothing was written.\n`;
  }
  return `php-zd: ${unreadWords(why)} Nothing was written.\n`;
};

const unreadWords = (why: UnreadExisting): string => {
  if (why.kind === 'no-pool-file') return '--nginx and --pool go with --from-pool FILE: write that too.';
  if (why.kind === 'no-file') return `there is no file '${why.file}' that can be read.`;
  if (why.kind === 'no-server') {
    return `no server block of '${why.file}' can be told to be the pool's: one must have a fastcgi_pass to ${why.listen}.`;
  }
  if (why.kind === 'php-missing') {
    const { file, version, installed } = why;
    const others = installed.length === 0 ? '' : `, or write --php ${installed.join(' or ')} too`;
    return `'${file}' is of PHP ${version}, which is not installed: install php${version}-fpm${others}.`;
  }
  const { file, names, wanted } = why;
  if (names.length === 0) return `'${file}' has no pool.`;
  const has = `'${file}' has ${names.length === 1 ? 'the pool' : 'the pools'} ${names.join(', ')}`;
  return wanted === undefined ? `${has}: write --pool NAME too.` : `${has}, and none is called '${wanted}'.`;
};

/** What became of the directives of an existing pool and server block: what could not be taken over, and what is to be known. */
export const adoptedWords = (adopted: readonly Adopted[]): string => {
  const left = adopted.filter(line => line.kind === 'left').map(problemOf);
  const noted = adopted.flatMap((line): readonly Problem[] =>
    line.kind === 'kept' && line.note !== undefined ? [problemOf({ ...line, why: line.note })] : [],
  );
  const files = new Set(adopted.map(({ at }) => at.file));
  const said = [...files].flatMap(file =>
    sortProblems(
      [...left, ...noted].filter(each => each.file === file),
      file,
    ),
  );
  return [
    ...said.map(formatProblem),
    left.length === 0
      ? 'All of it is kept.'
      : `${countWords(left.length, 'line')} of it ${left.length === 1 ? 'is' : 'are'} not kept: each stands in the file too, with its reason.`,
    '',
  ].join('\n');
};

interface Unshared {
  readonly link: { readonly path: string; readonly real: string; readonly isUnseen: boolean };
  readonly line: string | undefined;
}

/** A link of the release whose end PHP could write or read. */
export const unsharedWords = ({ link: { path, real, isUnseen }, line }: Unshared): string => {
  const how =
    line === undefined ? "have it lead to a directory of the site's own, and name that in [shared]" : `write ${line}`;
  const told = `The release's ${path} leads to ${real}, ${
    isUnseen
      ? `which a replica does not see: where PHP needs it, ${how}`
      : `which PHP could write, and may only read now: where it does write there, ${how}`
  }.`;
  return `${withoutControls(told)}\n`;
};

/** Of directories outside of the release, which stand in the file. */
export const formerPlacesWords = (places: readonly string[]): string => {
  if (places.length === 0) return '';
  const more = places.length > NAMED_PLACES ? ` and ${places.length - NAMED_PLACES} more` : '';
  const told = `PHP could also write to ${places.slice(0, NAMED_PLACES).join(', ')}${more}, and a replica cannot: the file has each in [writable] with a # ahead of it; take that away where the site writes there.`;
  return `${withoutControls(told)}\n`;
};

const NAMED_PLACES = 3;

/** Which PHP was taken without being asked for. The versions are those installed, the newest first. */
export const chosenPhpWords = (site: string, [taken = '', ...others]: readonly string[]): string =>
  `PHP ${taken} is taken, the newest that is installed; for another one: php-zd init ${site} --php ${others.join(' or ')}\n`;

/** That the site has another PHP than the pool, `was`, or may have where that is undefined. */
export const otherPhpWords = (poolFile: string, was: string | undefined, version: string): string =>
  was === undefined
    ? `Which PHP '${poolFile}' is of cannot be told from its path: the site has PHP ${version}; for another one write --php VERSION, or --php and the path of its php-fpm.\n`
    : `'${poolFile}' is of PHP ${was}, and the site has PHP ${version}: see that the application and its extensions are fit for that.\n`;

export const snippetHeadWords = (site: string, webServer: string): string =>
  `\n# For ${webServer}; again with "php-zd snippet ${site} ${webServer}".\n`;

/** Of a site that runs already the start does nothing. */
export const nextWords = (site: string, isRunning: boolean): string =>
  [
    isRunning
      ? 'Next, roll the site with that file, and bring what has changed of the snippet into the web server:'
      : 'Next, start the site and bring that into the web server:',
    isRunning ? `  systemctl reload php-zd@${site}` : `  systemctl enable --now php-zd@${site}`,
    `  php-zd status ${site}`,
    `  php-zd drill ${site}`,
    '',
  ].join('\n');

/** The pool that a site is made from. */
interface OldPool {
  readonly name: string;
  readonly file: string;
  /** The service of Debian's that has the pool, and its program; undefined where that is not known, or not there. */
  readonly service: { readonly unit: string; readonly binary: string } | undefined;
  /** Whether the service is known to have no other pool. */
  readonly isLast: boolean;
  /** Undefined where nobody knows. */
  readonly sessions: PoolSessions | undefined;
  /** Whether the site runs already, beside the pool. */
  readonly isBesideSite: boolean;
}

/** The document root as replicas see it. */
export const scriptsOf = ({ mount, web }: Pick<Site, 'mount' | 'web'>): string =>
  web.root === '.' ? mount : `${mount}/${web.root}`;

interface Old {
  readonly pool: OldPool;
  /** What its own block needs, as far as that was read. */
  readonly block: readonly OwnLines[];
  readonly others: Others;
}

/** What had its sessions where the pool has them, and may have visitors in common with the site. */
interface Others {
  /** Of the same user. */
  readonly sites: readonly string[];
  /** Whether a server block, or a pool, is kept. */
  readonly isPool: boolean;
}

/** The way over from a pool that serves already. */
export const nextFromPoolWords = (
  site: Pick<Site, 'name' | 'mount' | 'web' | 'listen' | 'user' | 'group' | 'php'>,
  { pool, block, others }: Old,
): string => {
  // Drop-ins that stand beside the lines of the pool's unit count once systemd has read them.
  const start = pool.isBesideSite
    ? ['Next, roll the site with that file:', '  systemctl daemon-reload', `  systemctl reload php-zd@${site.name}`]
    : ['Next, start the site beside the pool, which goes on serving:', `  systemctl enable --now php-zd@${site.name}`];
  return [
    ...start,
    `  php-zd status ${site.name}`,
    ...blockLines(site, block),
    ...commonSessionLines(site, others),
    ...sessionLines(site, pool.sessions),
    '  nginx -t && systemctl reload nginx',
    ...lastLines(pool),
    '',
  ].join('\n');
};

const blockLines = (site: Pick<Site, 'mount' | 'web' | 'listen'>, block: readonly OwnLines[]): readonly string[] => {
  const scripts = scriptsOf(site);
  const unread = {
    places: [],
    lines: [`fastcgi_param DOCUMENT_ROOT ${scripts};`, `fastcgi_param SCRIPT_FILENAME ${scripts}$fastcgi_script_name;`],
  };
  return (block.length === 0 ? [unread] : block).flatMap(({ places, lines }, index) => {
    const where = places.length === 0 ? 'where it passes scripts on' : `in ${places.join(', and in ')}`;
    const how = index === 0 ? `Then bring the snippet into nginx, or change your own block, ${where}` : `and ${where}`;
    return [
      withoutControls(`${how}, behind any include, and in place of its fastcgi_pass:`),
      ...[...lines, `fastcgi_pass unix:${site.listen.fastcgi};`].map(line => `  ${withoutControls(line)}`),
    ];
  });
};

/** PHP-FPM ends where it is to read that it has no pool, and dpkg then fails to restart it (facts.md N127). */
const lastLines = ({ name, file, service, isLast }: OldPool): readonly string[] => {
  const begin = 'When nobody asks the pool any more,';
  if (service === undefined) {
    return [
      `${begin} take [${name}] out of ${file}, and have its php-fpm read that anew; if it has no other pool, stop and disable it instead, since it does not run without one.`,
    ];
  }
  const off = `  systemctl disable --now ${service.unit}`;
  if (isLast) {
    return [`${begin} turn off its php-fpm, which has no other one and does not run without; ${file} may stay:`, off];
  }
  return [
    `${begin} take [${name}] out of ${file}:`,
    `  ${service.binary} -t && systemctl reload ${service.unit}`,
    'Should that say "No pool defined", it was the last one, and php-fpm does not run without: turn it off instead:',
    off,
  ];
};

/** What one pool served had its sessions in common. */
const commonSessionLines = (
  { name, user, group, php }: Pick<Site, 'name' | 'user' | 'group' | 'php'>,
  { sites, isPool }: Others,
): readonly string[] => {
  if (php.sessionsBy !== 'nobody' || (sites.length === 0 && !isPool)) return [];
  const directory = `/var/lib/sessions-${user}`;
  const others = [...sites, ...(isPool ? ['what PHP-FPM goes on to serve'] : [])].join(', ');
  const inPool = isPool ? `, and php_value[session.save_path] = ${directory} in each pool of ${user} that stays` : '';
  return [
    `${name} has sessions of its own, as each site has: who logs in there is nobody for ${others}. Where one login is for all, give all of them one directory, by these lines in each site file${inPool}, and copy the sessions of the pool into that, in place of the one below:`,
    `  ${typed(['install', '-d', '-o', user, '-g', group, '-m', '700', directory])}`,
    ...['[php]', `ini[session.save_path] = ${directory}`, '[writable]', `${directory} = yes`].map(line => `  ${line}`),
  ];
};

/**
 * That visitors stay logged in. Root alone may list Debian's directory, and only names what is the user's there: who opens and writes is
 * that user, without a terminal, in a namespace of its own, where no other process of the user may trace it and speak for root.
 */
const sessionLines = (
  { name, user, php }: Pick<Site, 'name' | 'user' | 'php'>,
  from: PoolSessions | undefined,
): readonly string[] => {
  if (php.sessionsBy !== 'nobody') return [];
  const to = sitePaths(name).sessions(user);
  if (from?.user !== user) {
    return [
      `Who is logged in by a session of the pool has to log in again: PHP's sessions are in ${to} then. So at last:`,
    ];
  }
  const { directory, depth } = from;
  const own = ['-maxdepth', String(depth + 1), '-type', 'f', '-user', user, '-name', 'sess_*', '-print0'];
  const asUser = ['--quiet', '--pipe', '--wait', `--uid=${user}`, '--property=PrivateUsers=yes'];
  const copy = ['xargs', '--null', '--no-run-if-empty', 'cp', '--preserve=timestamps', '--update'];
  return [
    `PHP's sessions are in ${to} then. So that nobody is logged out, copy those of the pool, right before the reload:`,
    `  ${typed(['find', '-H', directory, ...own])} | ${typed(['systemd-run', ...asUser, ...copy, `--target-directory=${to}`])}`,
  ];
};
