import { posix } from 'node:path';
import { isCommonDirectory } from './common-directories.ts';
import { belowMount, judgeBasedir } from './open-basedir.ts';
import { isRootsWay, mayWriteTo, type OwnDirectory, ownDirectory } from './own-directory.ts';
import { isAtOrBelow } from './paths.ts';
import { warnOfUnseenErrors } from './php-errors.ts';
import { errorLevelProblem } from './php-expressions.ts';
import { readPhpIni } from './php-ini.ts';
import { phpPackageOf } from './php-packages.ts';
import { type GivenSetting, type GivenSettings, givenSettings, namesPath } from './php-settings.ts';
import { warnOfSocket } from './php-sockets.ts';
import { quantityProblem, timeZoneProblem } from './php-values.ts';
import { type Given, refuse, refuseNew, type Source, warn } from './read.ts';
import { isTimeout } from './read-pool.ts';
import type { Php, Sandbox, Site } from './site.ts';

type GivenLines = ReadonlyMap<string, readonly Given<string>[]>;

/** What the operator wrote of PHP and PHP-FPM, and what decides whether a replica can do that. */
export interface PhpLines {
  readonly php: Pick<Php, 'binary' | 'version'>;
  readonly pool: GivenLines;
  readonly ini: GivenLines;
  readonly site: Pick<Site, 'link' | 'mount' | 'index' | 'user' | 'group'>;
  readonly sandbox: Pick<Sandbox, 'sockets' | 'hasSendmail'>;
  /** Where a replica may write: directories, as a replica sees them. */
  readonly writable: readonly string[];
}

/** Judges the settings of PHP that a replica's view decides about, wherever they were written. */
export const readPhpSettings = (
  source: Source,
  lines: PhpLines,
): Pick<Php, 'sessionsBy' | 'hostBasedir' | 'hasSendmailPath'> => {
  const given = givenSettings({ ...lines, host: readPhpIni(source.host.phpIniFiles(lines.php)) });
  for (const [name, logs] of lines.pool) {
    if (isWritten(lines, name)) for (const log of logs) judgeLog(source, lines, { name, ...log });
  }
  for (const name of ['extension', 'zend_extension']) {
    for (const line of lines.ini.get(name) ?? []) judgeExtension(source, lines, { name, ...line });
  }
  const handler = handlerIn(given);
  for (const setting of given.judged) {
    if (setting.of === 'site') judgeValue(source, setting);
    if (!namesPath(setting)) continue;
    judgeWritten(source, lines, { ...setting, handler });
    warnOfSocket(source, lines, { ...setting, handler });
    if (setting.name === 'open_basedir') judgeBasedir(source, lines.site, setting);
    else warnOfLink(source, lines, setting);
  }
  warnOfUnseenErrors(source, given, path => path.startsWith('/') && !streams.test(path) && mayWrite(lines, path));
  judgeMail(source, lines, given.get('sendmail_path'));
  const basedir = given.get('open_basedir');
  return {
    sessionsBy: whoSaid(given),
    hasSendmailPath: hasSendmailPath(given.get('sendmail_path'), lines),
    hostBasedir: basedir?.of === 'host' && basedir.value !== '' ? basedir.value : undefined,
  };
};

/** PHP starts without an extension that it does not find. */
const judgeExtension = (
  source: Source,
  { php }: PhpLines,
  { name, value, at }: Given<string> & { name: string },
): void => {
  const directory = value.includes('/') || value.includes('$') ? undefined : source.host.phpExtensions(php.binary);
  if (directory === undefined || [value, `${value}.so`].some(file => source.host.isFile(`${directory}/${file}`)))
    return;
  const called = value.replace(/\.so$/, '');
  const advice = `install it, as a rule with "apt install ${phpPackageOf(php.version, called)}", or take the line out`;
  refuseNew(source, at, `'ini[${name}]' is '${value}', which ${directory} does not have: ${advice}`);
};

/** A value that PHP would take for another one. */
const judgeValue = (source: Source, { name, written, value, at }: GivenSetting): void => {
  const wrong = quantityProblem(name, value) ?? errorLevelProblem(name, value);
  if (wrong !== undefined) refuseNew(source, at, `'${written}' ${wrong}`);
  const unknown = name === 'date.timezone' ? timeZoneProblem(source.host, value) : undefined;
  // So it was before php-zd too, and a site may live with it.
  if (unknown !== undefined) warn(source, at, `'${written}' ${unknown}`);
};

/** With another program for mail() nothing comes to the one that hands messages out of the sandbox. */
const judgeMail = (source: Source, { sandbox }: PhpLines, setting: GivenSetting | undefined): void => {
  if (setting === undefined) return;
  const { written, value, at } = setting;
  if (/^php_(?:admin_)?value\[/.test(written) && !value.startsWith('/')) {
    // In a pool that the site was made of mail() failed too (facts.md F19).
    const taken = `'${written}' is '${value}', which php-fpm takes for '/usr/${value}', and mail() fails`;
    if (sandbox.hasSendmail)
      refuseNew(source, at, `${taken}, also beside 'sendmail = yes' in [sandbox]: take the line out`);
    else warn(source, at, `${taken}: take the line out, or write the whole path of a program`);
    return;
  }
  if (!sandbox.hasSendmail || value === '') return;
  const message = `'${written}' is '${value}', and 'sendmail = yes' in [sandbox] has no effect beside it`;
  if (setting.of === 'site') refuseNew(source, at, `${message}: take the line out, or write sendmail = no`);
  else warn(source, at, `${message}: write ini[sendmail_path] = "" in [php], or sendmail = no`);
};

/** An empty one of the host's has PHP throw messages away (facts.md F19): so it stays, unless the site asks for sendmail. */
const hasSendmailPath = (setting: GivenSetting | undefined, { sandbox }: PhpLines): boolean =>
  setting !== undefined && (setting.value !== '' || (setting.of === 'host' && !sandbox.hasSendmail));

const handlerIn = (given: GivenSettings): string => given.get('session.save_handler')?.value ?? 'files';

const whoSaid = (given: GivenSettings): Php['sessionsBy'] => {
  const handler = given.get('session.save_handler');
  const said = given.get('session.save_path') ?? (handler?.value === 'files' ? undefined : handler);
  return said?.of ?? 'nobody';
};

/** Files that PHP-FPM's master opens when it starts, and which keep it from its start when it cannot. */
const isWritten = ({ pool }: PhpLines, directive: string): boolean =>
  directive === 'access.log' ||
  (directive === 'slowlog' && isTimeout(pool.get('request_slowlog_timeout')?.at(-1)?.value));

/** What stands for the standard streams: of a master those are sockets of the journal, which nobody can open (facts.md F8). */
const streams = /^\/(dev\/(stderr|stdout|fd\/\d+)|proc\/self\/fd\/\d+)$/;

const judgeLog = (source: Source, lines: PhpLines, { name, value, at }: Given<string> & { name: string }): void => {
  const path = value.replaceAll('$pool', source.name);
  if (streams.test(path)) {
    refuse(
      source,
      at,
      `'${name}' is '${value}', which is a socket of the journal in a replica: ${instead(source, lines, name)}`,
    );
  } else if (!path.startsWith('/')) {
    refuse(source, at, `'${name}' must be an absolute path, not '${value}'`);
  } else if (!mayWrite(lines, path)) {
    refuse(
      source,
      at,
      `'${name}' is '${value}', where a replica cannot write: ${howToWrite(source, lines, { name, value, directory: posix.dirname(path) })}`,
    );
  }
};

const instead = (source: Source, lines: PhpLines, name: string): string => {
  const own = ownDirectory(source.host, { name: source.name, ...lines.site }, '/var/log');
  return own === undefined
    ? "write a path in a directory of the site's own"
    : `write ${name} = ${own.directory}/${name}; ${grant(lines, own)}`;
};

const mayWrite = ({ writable }: PhpLines, path: string): boolean =>
  writable.some(directory => isAtOrBelow(posix.normalize(path), directory));

/** Where nothing is a site's own. */
const ofHost = [
  '/etc',
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib64',
  '/boot',
  '/dev',
  '/proc',
  '/sys',
  '/run',
  '/var/run',
] as const;

const howToWrite = (
  source: Source,
  lines: PhpLines,
  { name, value, directory }: { name: string; value: string; directory: string },
): string => {
  const path = posix.normalize(directory).replace(/(?<=.)\/$/, '');
  if (isAtOrBelow(path, lines.site.mount)) {
    const inRelease = posix.relative(lines.site.mount, path) || 'DIRECTORY';
    return `name ${inRelease} in [shared] if all releases share it, or write ${inRelease} = yes in [writable] if it goes with the release`;
  }
  const placed = belowMount(lines.site, path);
  if (placed !== undefined) {
    const better = `write '${value.replace(directory, () => placed)}', the same in a replica's own release`;
    const inRelease = posix.relative(lines.site.link, path);
    return mayWrite(lines, placed) ? better : `${better}, and ${inRelease} = yes in [writable]`;
  }
  if (isAtOrBelow(path, '/home') || isAtOrBelow(path, '/root')) {
    return `write home = ${path.split('/').slice(0, 3).join('/')} in [site], which is all that PHP then sees there, or a path below /tmp`;
  }
  const isHosts = isCommonDirectory(path) || ofHost.some(directory => isAtOrBelow(path, directory));
  const given = isHosts ? undefined : grantAsItIs(source, lines, path);
  if (given !== undefined) return given;
  if (name === 'session.save_path') return "take the line out, since php-zd keeps a directory for the site's sessions";
  if (!isFile(name)) return 'take the line out, or write a path below /tmp, which the replicas of the site share';
  const own = ownDirectory(source.host, { name: source.name, ...lines.site }, '/var/log');
  const better = "write a directory of the site's own instead";
  return own === undefined ? better : `${better}, such as ${own.directory}; ${grant(lines, own)}`;
};

/** Undefined for a directory that others have, or may lead elsewhere: made as root it would be taken from them. */
const grantAsItIs = ({ host }: Source, lines: PhpLines, directory: string): string | undefined => {
  const isThere = host.isDirectory(directory);
  const isFit = isThere ? mayWriteTo(host, lines.site, directory) : isRootsWay(host, directory);
  return isFit ? grant(lines, { directory, isThere }) : undefined;
};

const grant = ({ site: { user, group } }: PhpLines, { directory, isThere }: OwnDirectory): string =>
  `${isThere ? '' : `make it with "install -d -o ${user} -g ${group} ${directory}" and `}write ${directory} = yes in [writable]`;

interface JudgedSetting extends GivenSetting {
  /** The handler of sessions. */
  readonly handler: string;
}

/** Settings that name a file or a directory which PHP writes. */
const writtenSettings: ReadonlySet<string> = new Set([
  ...['error_log', 'mail.log', 'opcache.error_log', 'opcache.lockfile_path'],
  ...['session.save_path', 'soap.wsdl_cache_dir', 'sys_temp_dir', 'upload_tmp_dir'],
  ...['xdebug.log', 'xdebug.output_dir'],
]);

const judgeWritten = (source: Source, lines: PhpLines, setting: JudgedSetting): void => {
  const { name, value, written, at } = setting;
  if (name === 'session.save_path' && setting.handler !== 'files') return;
  const directory = writtenDirectory(name, value);
  if (directory === undefined) return;
  if (mayWrite(lines, isFile(name) ? value : directory)) {
    // Of errors in a file there is another word.
    if (name !== 'error_log') warnOfTmp(source, setting, directory);
    return;
  }
  const message = `'${written}' is '${value}', where a replica cannot write: ${howToWrite(source, lines, { name, value, directory })}`;
  if (setting.of === 'site') refuse(source, at, message);
  else warn(source, at, message);
};

/** The directory in which PHP writes because of a setting; undefined for one that names none. */
export const writtenDirectory = (name: string, value: string): string | undefined => {
  if (!writtenSettings.has(name)) return undefined;
  // A session directory may stand behind a depth and a mode: 5;0600;/path.
  const path = name === 'session.save_path' ? (value.split(';').at(-1) ?? '') : value;
  if (!path.startsWith('/') || path === '/dev/null' || streams.test(path)) return undefined;
  return isFile(name) ? posix.dirname(path) : path;
};

/** A directory that the operator has made in the host's /tmp is not in the site's. */
const warnOfTmp = (source: Source, { written, value, at }: GivenSetting, directory: string): void => {
  const path = posix.normalize(directory).replace(/(?<=.)\/$/, '');
  const [tmp] = ['/tmp', '/var/tmp'].filter(root => isAtOrBelow(path, root) && path !== root);
  if (tmp === undefined) return;
  const better = `${tmp}${value.slice(value.indexOf(directory) + directory.length)}`;
  warn(
    source,
    at,
    `'${written}' is '${value}', and the site's own ${tmp} is empty at first and after a boot: write '${better}'`,
  );
};

const isFile = (setting: string): boolean => /log$/.test(setting);

/** A path through the link is one of the new release as soon as the link is flipped, also for replicas of the old one. */
const warnOfLink = (source: Source, { site }: PhpLines, { value, written, at }: GivenSetting): void => {
  const isThroughLink = (path: string) => path.startsWith('/') && isAtOrBelow(posix.normalize(path), site.link);
  // The file system is asked last: a host's php.ini has hundreds of settings, for each site.
  if (!value.split(':').some(isThroughLink) || source.host.resolveDirectory(site.link) === site.link) return;
  const better = value.replaceAll(site.link, site.mount);
  warn(
    source,
    at,
    `'${written}' leads through '${site.link}', and so to another release than a replica's own once that is flipped: write '${better}'`,
  );
};
