import { posix } from 'node:path';
import { ownValue } from '../../base/own.ts';
import { paths, replicaUnit, siteUnit, sliceUnit } from '../../base/paths.ts';
import { splitWords } from '../command-line.ts';
import type { SectionName } from '../schema.ts';
import { OF_LIFE } from '../service-life.ts';
import { type Left, leave } from './adopted.ts';
import { type UnitLine, unitLines } from './unit-lines.ts';

/** A file of a unit of systemd's. */
export interface UnitFile {
  readonly file: string;
  readonly text: string;
}

/**
 * What the files of a unit, in their order, change for the PHP-FPM of a pool, and its replicas need to be told anew. Only what says
 * how systemd runs a php-fpm is passed over. No value is shown that may be a secret.
 */
export const leaveService = (files: readonly UnitFile[], site: string): readonly Left[] =>
  linesThatHold(files).flatMap(({ file, line, ...each }) => {
    const needed = neededFor(each, site);
    const why = needed?.why(each.value);
    return needed === undefined || why === undefined
      ? []
      : [leave(needed.section, { at: { file, line }, line: `${each.setting}=` }, why)];
  });

type Line = UnitLine & Pick<UnitFile, 'file'>;

/** Without those that an empty one takes back. */
const linesThatHold = (files: readonly UnitFile[]): readonly Line[] => {
  let held: readonly Line[] = [];
  for (const { file, text } of files) {
    for (const line of unitLines(text)) {
      const isSame = ({ section, setting }: Line) => section === line.section && setting === line.setting;
      held = line.value === '' ? held.filter(each => !isSame(each)) : [...held, { ...line, file }];
    }
  }
  return held;
};

interface Needed {
  readonly section: SectionName;
  /** Undefined where the value changes nothing. */
  readonly why: (value: string) => string | undefined;
}

const neededFor = ({ section, setting }: Pick<Line, 'section' | 'setting'>, site: string): Needed | undefined => {
  // Names of others than systemd's own have no such form, and mean nothing to it.
  if (!/^[A-Z][A-Za-z]{1,60}$/.test(setting)) return undefined;
  if (section === '[Unit]') return isOfUnit(setting) ? ofUnit(site) : undefined;
  if (section !== '[Service]') return undefined;
  const known = ownValue(settings, setting);
  if (known !== undefined) return known;
  if (OF_COMMANDS.test(setting)) return commands(site);
  if (OF_LIFE.has(setting) || OF_PHP_FPM.test(setting)) return undefined;
  if (OF_SLICE.test(setting))
    return dropIn('limits', '[Slice]', sliceUnit(site), ', which holds for all replicas together');
  if (OF_SANDBOX.test(setting)) return sandbox;
  return dropIn('site', '[Service]', replicaUnit(site, ''), OF_VIEW.test(setting) ? IN_RELEASE : '');
};

const OF_COMMANDS = /^Exec(?:Condition|StartPre|StartPost|Stop|StopPost)$/;
/** Its own directory in /run, what its children change, and what systemd only counts. */
const OF_PHP_FPM =
  /^(?:RuntimeDirectory.{0,60}|.{0,60}Accounting|Delegate.{0,60}|SupplementaryGroups|WorkingDirectory)$/;
/** What systemd.resource-control(5) divides among units. */
const OF_SLICE =
  /^(?:Startup)?(?:CPU(?:Quota|Weight|Shares).{0,60}|IO(?!Scheduling).{0,60}|BlockIO.{0,60}|Memory(?!DenyWriteExecute|KSM).{0,60}|Allowed(?:CPUs|MemoryNodes)|ManagedOOM.{0,60})$/;
/** What a replica's unit says itself, but for its user and its mounts (src/render/view.ts). */
const OF_SANDBOX =
  /^(?:NoNewPrivileges|CapabilityBoundingSet|AmbientCapabilities|SecureBits|Private(?!Tmp|Network).{0,60}|Protect.{0,60}|LockPersonality|RemoveIPC|Restrict.{0,60}|SystemCall.{0,60}|MemoryDenyWriteExecute)$/;
const OF_VIEW = /Paths$|^TemporaryFileSystem$/;
const IN_RELEASE = '; a path in the release goes to [shared] or [writable]';

const HOLDS = "holds for php-fpm's unit, and not for a replica";

const dropIn = (section: SectionName, header: string, unit: string, more: string): Needed => ({
  section,
  why: () => `${HOLDS}: write the line in ${header} of ${paths.units}/${unit}.d/pool.conf${more}`,
});

const keyed = (section: SectionName, key: string): Needed => ({
  section,
  why: () => `${HOLDS}: write ${key} in [${section}]`,
});

const sandbox: Needed = {
  section: 'sandbox',
  why: () =>
    `${HOLDS}, whose sandbox says that itself: for what PHP lacks in there, see Loosening the sandbox in php-zd.ini(5)`,
};

/** Debian's own, a test of the configuration, and signals to the master. */
const OF_MASTER = /^(?:php-fpm-socket-helper|php-fpm[\d.]{0,9}|kill)$/;

const commands = (site: string): Needed => ({
  section: 'hooks',
  why: value =>
    OF_MASTER.test(posix.basename(programIn(value)))
      ? undefined
      : `runs with php-fpm, and a replica starts no command but its own: where the site needs it at its start, write the line in [Service] of ${paths.units}/${siteUnit(site)}.d/pool.conf, with + before its path; for one in each roll see [hooks]`,
});

/** Without what systemd takes before a command's path. */
const programIn = (value: string): string => (splitWords(value)?.[0] ?? value).replace(/^[-@:+!|]{1,8}/, '');

/** When the unit starts, and what starts with it. What else [Unit] says is of the unit itself. */
const isOfUnit = (setting: string): boolean =>
  /^(?:After|BindsTo|OnFailure|OnSuccess|Requires|RequiresMountsFor|Requisite|Upholds|Wants|WantsMountsFor|(?:Condition|Assert).{0,60})$/.test(
    setting,
  );

/** The site's own unit, and each of Debian's, starts behind these. */
const EARLY: ReadonlySet<string> = new Set([
  'network.target',
  'nss-user-lookup.target',
  'remote-fs.target',
  'syslog.target',
]);

const ofUnit = (site: string): Needed => ({
  section: 'site',
  why: value =>
    value.split(/\s+/).every(unit => EARLY.has(unit))
      ? undefined
      : `holds for php-fpm's unit, and not for the site's: write the line in [Unit] of ${paths.units}/${siteUnit(site)}.d/pool.conf`,
});

const variables: Needed = {
  section: 'env',
  why: value =>
    `${namesIn(value)} in php-fpm's own environment, of which a replica has nothing: write what PHP needs of it in [env], or in a file that environment_file in [site] names`,
};

/** A word without '=' is a name by itself, in PassEnvironment=. */
const namesIn = (value: string): string => {
  const names = splitWords(value)?.flatMap(word => /^[A-Za-z_]\w{0,254}(?=[=]|$)/.exec(word)?.[0] ?? []) ?? [];
  return names.length === 0 ? 'gives variables' : `gives ${names.join(', ')}`;
};

const owner = (key: 'user' | 'group'): Needed => ({
  section: 'site',
  why: value =>
    value === 'root'
      ? undefined
      : `php-fpm ran with this ${key}, whatever its pools say: write ${key} = ${value} in [site]`,
});

const log: Needed = {
  section: 'site',
  why: value =>
    /^(?:inherit|journal|null)$/.test(value)
      ? undefined
      : `is where php-fpm logs; replicas log to the journal, by which they are proven: php-zd logs`,
};

/** Options with which systemd starts a php-fpm, and no other change what PHP does. */
const PLAIN = /^(?:-[FODR]|--(?:nodaemonize|daemonize|force-stderr|allow-to-run-as-root))$/;
const WITH_VALUE = /^(?:-[ygp]|--(?:fpm-config|pid|prefix))$/;

const start: Needed = {
  section: 'php',
  why: value => {
    const [program = '', ...words] = splitWords(value) ?? [];
    if (!/^php\d{0,3}-?fpm[\d.]{0,9}$/.test(posix.basename(programIn(program)))) {
      return 'has something else than php-fpm start it, which no replica has: see that PHP does not need that';
    }
    const isPlain = words.every(
      (word, at) =>
        PLAIN.test(word) || WITH_VALUE.test(word.split('=')[0] ?? '') || WITH_VALUE.test(words[at - 1] ?? ''),
    );
    return isPlain
      ? undefined
      : 'gives php-fpm options that a replica has not: write what -d, or the file of -c, says as ini[NAME] in [php]';
  },
};

const otherRoot: Needed = {
  section: 'site',
  why: () => "php-fpm's paths begin there, and those of a replica at the host's root: see each path of the pool",
};

const settings: { readonly [Setting in string]?: Needed } = {
  Environment: variables,
  PassEnvironment: variables,
  EnvironmentFile: {
    section: 'site',
    why: value =>
      `gives variables in php-fpm's own environment, of which a replica has nothing: write environment_file = ${value.replace(/^-/, '')} in [site]`,
  },
  ExecStart: start,
  StandardOutput: log,
  StandardError: log,
  User: owner('user'),
  Group: owner('group'),
  LimitNOFILE: keyed('pool', 'rlimit_files'),
  LimitCORE: keyed('pool', 'rlimit_core'),
  UMask: keyed('site', 'umask'),
  MemoryMax: keyed('limits', 'memory'),
  MemoryLimit: keyed('limits', 'memory'),
  TasksMax: keyed('limits', 'tasks'),
  ReadWritePaths: keyed('writable', 'the directories, each with = yes,'),
  IPAddressAllow: keyed('sandbox', 'network'),
  IPAddressDeny: keyed('sandbox', 'network'),
  PrivateNetwork: keyed('sandbox', 'network'),
  PrivateTmp: {
    section: 'site',
    why: () =>
      'a replica has a /tmp of the site alone, whatever is written here: what lies in that of php-fpm is not in there',
  },
  Slice: {
    section: 'limits',
    why: () =>
      `${HOLDS}, which is in a slice of the site's own: write what this one bounds in [limits], or in a drop-in of that`,
  },
  DynamicUser: { section: 'site', why: () => 'php-fpm ran as a user that systemd made: write user in [site]' },
  RootDirectory: otherRoot,
  RootImage: otherRoot,
};
