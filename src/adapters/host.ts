import { execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { isPlainLine, unseenIn } from '../base/printable.ts';
import type { Host, HostGroup, HostUser, PhpBinary, PhpIniFile } from '../ports/host.ts';

const DISTRIBUTION = '/usr/sbin';
/** A directory server that does not answer would keep a unit that has no timeout for ever. */
const DEADLINE_MS = 10_000;

export interface HostOptions {
  /** For each program that is asked; then it is killed, and what it was asked is not known. */
  readonly deadlineMs?: number;
}

type Database = 'passwd' | 'group';

/**
 * This host. Users and groups are asked of getent(1), so that whatever nsswitch.conf names is asked, unless the files come
 * first.
 */
export const makeHost = ({ deadlineMs = DEADLINE_MS }: HostOptions = {}): Omit<Host, 'silentOn'> => {
  const program = (file: string, args: readonly string[]): string =>
    execFileSync(file, args, { encoding: 'utf8', stdio: 'pipe', timeout: deadlineMs, killSignal: 'SIGKILL' });
  const database = (name: Database, key: string) =>
    inFile(name, key) ?? orUndefined(() => program('getent', [name, '--', key]).trim().split(':'));
  const passwd = remembering(key => database('passwd', key));
  const binaries = remembering(phpBinaries);
  const inis = remembering((binary, php: PhpBinary) => iniFiles(php, () => program(binary, ['-n', '-i'])));
  const groups = remembering(key => database('group', key));
  return {
    user: name => (isName(name) ? userOf(passwd(name), groups) : undefined),
    group: name => (isName(name) ? groupOf(groups(name)) : undefined),
    phpBinaries: () => binaries(DISTRIBUTION),
    phpVersion: remembering(binary => versionIn(orUndefined(() => program(binary, ['-v'])))),
    phpIniFiles: php => inis(php.binary, php),
    isExecutable: path => isFile(path) && answers(() => accessSync(path, constants.X_OK)),
    resolveDirectory: path => {
      const resolved = orUndefined(() => realpathSync.native(path));
      return resolved !== undefined && isPlainLine(resolved) && isDirectory(resolved) ? resolved : undefined;
    },
    unseenIn: path => {
      const resolved = orUndefined(() => realpathSync.native(path));
      return resolved !== undefined && isDirectory(resolved) ? unseenIn(resolved) : undefined;
    },
    isFile,
    isDirectory,
    ownerOf: path => lookAt(path)?.uid,
  };
};

/** Whether a text is a name: getent takes a number for an id. */
const isName = (name: string): boolean => !/^\d*$/.test(name);

const userOf = (
  entry: readonly string[] | undefined,
  groups: (name: string) => readonly string[] | undefined,
): HostUser | undefined => {
  if (entry === undefined) return undefined;
  const [, , uid, gid = ''] = entry;
  return { uid: Number(uid), gid: Number(gid), group: groups(gid)?.[0] ?? gid };
};

const groupOf = (entry: readonly string[] | undefined): HostGroup | undefined => entry && { gid: Number(entry[2]) };

/**
 * The entry of /etc/passwd or /etc/group, when nsswitch.conf(5) has the files asked first. That saves a process, which costs
 * more than anything else when there are many sites.
 */
const inFile = (name: Database, key: string): readonly string[] | undefined => {
  const sources = textOf('/etc/nsswitch.conf').match(new RegExp(`^${name}:\\s*(\\S+)`, 'm'));
  if (sources?.[1] !== 'files') return undefined;
  const entries = entriesOf(name);
  return entries.find(([entry]) => entry === key) ?? entries.find(([, , id]) => id === key);
};

/** Of the text that was read last, the entries are known. */
const known = new Map<Database, { readonly text: string; readonly entries: readonly (readonly string[])[] }>();

const entriesOf = (name: Database): readonly (readonly string[])[] => {
  const text = textOf(`/etc/${name}`);
  const last = known.get(name);
  if (last?.text === text) return last.entries;
  const entries = text.split('\n').map(line => line.split(':'));
  known.set(name, { text, entries });
  return entries;
};

const textOf = (path: string): string => orUndefined(() => readFileSync(path, 'utf8')) ?? '';

const phpBinaries = (directory: string): readonly PhpBinary[] =>
  (orUndefined(() => readdirSync(directory)) ?? []).flatMap(name => {
    const version = /^php-fpm(\d+\.\d+)$/.exec(name)?.[1];
    return version === undefined ? [] : [{ binary: `${directory}/${name}`, version }];
  });

/**
 * Where Debian has them, or where the program was built to look: with -n, no file of the host's is read and nothing loaded by what
 * tells that.
 */
const iniFiles = ({ binary, version }: PhpBinary, ask: () => string): readonly PhpIniFile[] => {
  const debian = `/etc/php/${version}/fpm`;
  const isDebian = binary.startsWith(`${DISTRIBUTION}/`) && isDirectory(debian);
  const built = isDebian ? '' : (orUndefined(ask) ?? '');
  const directory = isDebian ? debian : /'--with-config-file-path=([^']+)'/.exec(built)?.[1];
  const scanned = isDebian ? `${debian}/conf.d` : /'--with-config-file-scan-dir=([^']+)'/.exec(built)?.[1];
  const names = scanned === undefined ? [] : (orUndefined(() => readdirSync(scanned)) ?? []);
  const files = [
    ...(directory === undefined ? [] : [`${directory}/php.ini`]),
    ...names
      .filter(name => name.endsWith('.ini'))
      .sort()
      .map(name => `${scanned}/${name}`),
  ];
  return files.flatMap(file => {
    const text = textOf(file);
    return text === '' ? [] : [{ file, text }];
  });
};

const versionIn = (text: string | undefined): string | undefined =>
  /^PHP (\d+\.\d+)\.\S+ \(fpm-fcgi\)/.exec(text ?? '')?.[1];

/** An error with its stack takes ten times as long as the answer that there is nothing, and reading a site's file asks for much that is not there. */
const lookAt = (path: string) => orUndefined(() => statSync(path, { throwIfNoEntry: false }));
const isFile = (path: string): boolean => lookAt(path)?.isFile() ?? false;
const isDirectory = (path: string): boolean => lookAt(path)?.isDirectory() ?? false;

const answers = (ask: () => unknown): boolean => {
  try {
    ask();
    return true;
  } catch {
    return false;
  }
};

/** The port's contract: what cannot be found out is answered as if it were not there. */
const orUndefined = <Value>(ask: () => Value): Value | undefined => {
  try {
    return ask();
  } catch {
    return undefined;
  }
};

const remembering = <Value, More extends readonly unknown[]>(
  ask: (name: string, ...more: More) => Value,
): ((name: string, ...more: More) => Value) => {
  const known = new Map<string, Value>();
  return (name, ...more) => {
    const value = known.has(name) ? (known.get(name) as Value) : ask(name, ...more);
    known.set(name, value);
    return value;
  };
};
