import { execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isPlainLine, unseenIn } from '../base/printable.ts';

import type { Host, HostGroup, HostUser, PathRights, PhpBinary, PhpIniFile } from '../ports/host.ts';
import { onceInTurn } from './event-turn.ts';

const DISTRIBUTION = '/usr/sbin';
/** A directory server that does not answer would keep a unit that has no timeout for ever. */
const DEADLINE_MS = 10_000;

export interface HostOptions {
  /** For each program that is asked; then it is killed, and what it was asked is not known. */
  readonly deadlineMs?: number;
}

/** As programs are documented. */
const IN_ENGLISH = { LC_ALL: 'C.UTF-8' };

type Database = 'passwd' | 'group';

/**
 * This host. Users and groups are asked of getent(1), so that whatever nsswitch.conf names is asked, unless the files come
 * first.
 */
export const makeHost = ({ deadlineMs = DEADLINE_MS }: HostOptions = {}): Omit<Host, 'silentOn'> => {
  const program = (file: string, args: readonly string[]): string =>
    execFileSync(file, args, {
      env: { ...process.env, ...IN_ENGLISH },
      encoding: 'utf8',
      stdio: 'pipe',
      timeout: deadlineMs,
      killSignal: 'SIGKILL',
    });
  const database = (name: Database, key: string) =>
    inFile(name, key) ?? orUndefined(() => program('getent', [name, '--', key]).trim().split(':'));
  const passwd = remembering(key => database('passwd', key));
  const binaries = remembering(phpBinaries);
  const inis = remembering((binary, php: PhpBinary) => iniFiles(php, () => program(binary, ['-n', '-i'])));
  const offered = remembering(names =>
    offeredIn(orUndefined(() => program('apt-cache', ['policy', ...names.split(' ')])) ?? ''),
  );
  const groups = remembering(key => database('group', key));
  return {
    user: name => (isName(name) ? userOf(passwd(name), groups) : undefined),
    userName: uid => passwd(String(uid))?.[0],
    group: name => (isName(name) ? groupOf(groups(name)) : undefined),
    phpBinaries: () => binaries(DISTRIBUTION),
    phpVersion: remembering(binary => versionIn(orUndefined(() => program(binary, ['-v'])))),
    phpIniFiles: php => inis(php.binary, php),
    phpExtensions: remembering(
      binary =>
        /^extension_dir => (\/\S{1,4096}) =>/m.exec(orUndefined(() => program(binary, ['-n', '-i'])) ?? '')?.[1],
    ),
    installable: packages => (packages.length === 0 ? [] : offered(packages.join(' '))),
    isExecutable: path => isFile(path) && answers(() => accessSync(path, constants.X_OK)),
    resolveDirectory: path => {
      const resolved = orUndefined(() => realpathSync.native(path));
      return resolved !== undefined && isPlainLine(resolved) && isDirectory(resolved) ? resolved : undefined;
    },
    unseenIn: path => {
      const resolved = orUndefined(() => realpathSync.native(path));
      return resolved !== undefined && isDirectory(resolved) ? unseenIn(resolved) : undefined;
    },
    isClosed: path => {
      try {
        statSync(path);
        return false;
      } catch (error) {
        return error instanceof Error && 'code' in error && error.code === 'EACCES';
      }
    },
    isFile,
    isDirectory,
    ownerOf: path => lookAt(path)?.uid,
    rightsTo: directory => {
      const found = lookAt(directory);
      return found?.isDirectory() ? { mode: found.mode & 0o7777, uid: found.uid, gid: found.gid } : undefined;
    },
    changedAt: path => lookAt(path)?.ctimeMs,
    stepsTo: paths => [...new Set(paths.flatMap(wayTo))].flatMap(rightsOf),
  };
};

/** Whether a text is a name: getent takes a number for an id. */
const isName = (name: string): boolean => !/^\d*$/.test(name);

const userOf = (
  entry: readonly string[] | undefined,
  groups: (name: string) => readonly string[] | undefined,
): HostUser | undefined => {
  if (entry === undefined) return undefined;
  const [, , uid, gid = '', , home = ''] = entry;
  return { uid: Number(uid), gid: Number(gid), group: groups(gid)?.[0] ?? gid, home };
};

const groupOf = (entry: readonly string[] | undefined): HostGroup | undefined => entry && { gid: Number(entry[2]) };

/**
 * The entry of /etc/passwd or /etc/group, when nsswitch.conf(5) has the files asked first. That saves a process, which costs
 * more than anything else when there are many sites.
 */
const inFile = (name: Database, key: string): readonly string[] | undefined => {
  const entries = entriesOf[name]();
  return entries?.byName.get(key) ?? entries?.byId.get(key);
};

/** Undefined where nsswitch.conf has something else asked first. */
const entriesOf: Readonly<Record<Database, () => Entries | undefined>> = {
  passwd: onceInTurn(() => entriesIn('passwd')),
  group: onceInTurn(() => entriesIn('group')),
};

const entriesIn = (name: Database): Entries | undefined =>
  sourceOf(name) === 'files' ? madeOf(name, `/etc/${name}`, readEntries) : undefined;

/** Where nsswitch.conf has a database looked up first. */
const sourceOf = (name: Database): string | undefined =>
  madeOf(`sources of ${name}`, '/etc/nsswitch.conf', text => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(text)?.[1]);

interface Entries {
  readonly byName: ReadonlyMap<string, readonly string[]>;
  readonly byId: ReadonlyMap<string, readonly string[]>;
}

/** The first one of a name, or of a number, counts. */
const readEntries = (text: string): Entries => {
  const byName = new Map<string, readonly string[]>();
  const byId = new Map<string, readonly string[]>();
  for (const line of text.split('\n')) {
    const entry = line.split(':');
    const [entryName = '', , id = ''] = entry;
    if (!byName.has(entryName)) byName.set(entryName, entry);
    if (!byId.has(id)) byId.set(id, entry);
  }
  return { byName, byId };
};

/** What was made of files, as long as these are the same. */
const made = new Map<string, { readonly of: string; readonly value: unknown }>();

/** Made of the file's text, or of none, and again when the file is another one, or was written: users come while php-zd runs. */
const madeOf = <Value>(what: string, path: string, make: (text: string) => Value): Value => {
  const found = lookAt(path);
  const of = found === undefined ? '' : [found.ino, found.size, found.mtimeMs, found.ctimeMs].join(' ');
  const last = made.get(what);
  if (last?.of === of) return last.value as Value;
  const value = make(textOf(path));
  made.set(what, { of, value });
  return value;
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

/** Those that have something to install: a part for each begins with its name, and has `(none)` where there is nothing. */
const offeredIn = (policy: string): readonly string[] =>
  policy
    .split(/^(?=\S)/m)
    .filter(part => /^ {2}Candidate: \d/m.test(part))
    .map(part => part.slice(0, part.indexOf(':')));

const versionIn = (text: string | undefined): string | undefined =>
  /^PHP (\d+\.\d+)\.\S+ \(fpm-fcgi\)/.exec(text ?? '')?.[1];

/** An error with its stack takes ten times as long as the answer that there is nothing, and reading a site's file asks for much that is not there. */
const lookAt = (path: string) => orUndefined(() => statSync(path, { throwIfNoEntry: false }));
const wayTo = (path: string): readonly string[] => {
  const real = orUndefined(() => realpathSync.native(path));
  return real === undefined ? [] : [...above(path), ...above(real), real];
};
const above = (path: string): readonly string[] => (path === '/' ? [] : [...above(dirname(path)), dirname(path)]);
const rightsOf = (path: string): readonly PathRights[] => {
  const found = lookAt(path);
  if (found === undefined) return [];
  const { mode, uid, gid } = found;
  return [{ path, mode: mode & 0o7777, uid, gid, isDirectory: found.isDirectory() }];
};
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
