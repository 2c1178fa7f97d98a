import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsync,
  lchownSync,
  lstatSync,
  mkdirSync,
  opendirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open, readdir, rm, unlink } from 'node:fs/promises';
import { Socket } from 'node:net';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';
import { PhpZdError } from '../base/errors.ts';
import type { FileIdentity, Files, Place, Room } from '../ports/files.ts';
import { inDirectory } from './own-directory.ts';
import { span } from './span.ts';

/** To chown(2) this id means: leave the owner as it is. */
const UNCHANGED = -1;
/** The errors that mean that there is no such file: a part of the path may be missing, or be no directory. */
const MISSING: readonly string[] = ['ENOENT', 'ENOTDIR'];

/**
 * The host's file system; `root` is put before every path. An absolute link leads out of that root, since the kernel follows
 * it. What only looks does it at once: by way of libuv's threads a look takes the processor five times as long (facts.md N49).
 */
export const makeFiles = (root = ''): Files => {
  const read: Files['read'] = async (path, mostBytes) => {
    const found = orMissingNow(path, () => readNow(root + path, mostBytes));
    return typeof found === 'number' ? await orMissing(path, readPipe(found, mostBytes)) : found?.text;
  };
  return {
    read,
    readOwn: async (path, mostBytes) => {
      // Before it is opened: a device may do something of its own then.
      const found = orMissingNow(path, () => lstatSync(root + path, { throwIfNoEntry: false }));
      if (found === undefined) return undefined;
      if (!found.isFile()) throw new PhpZdError('file-system', { path, errno: 'ENOTREG' });
      return await read(path, mostBytes);
    },
    readStraight: async (path, mostBytes) => readStraight(root, path, mostBytes),
    write: (path, text, options = {}) =>
      named(path, () => replace(root + path, lasts(path), temporary => writeNow(temporary, text, options))),
    append: (path, text) => named(path, async () => append(root + path, text)),
    readLines: (path, after, mostBytes) => orMissing(path, readLines(root + path, { after, mostBytes })),
    readLink: async path => orMissingNow(path, () => readLinkNow(root + path), 'EINVAL'), // EINVAL: it is no link any more
    link: (path, target, owner) =>
      named(path, () =>
        inDirectory(root, dirname(path), directory =>
          replace(`${directory}/${basename(path)}`, lasts(path), temporary => linkNow(temporary, target, owner)),
        ),
      ),
    exists: async path => identityOf(root + path) !== undefined,
    room: async path => roomAt(root + path),
    used: async path => usedAt(root + path),
    // Never a directory with its contents: the directory's owner could put a link in the way meanwhile.
    remove: path => orMissing(path, unlink(root + path)),
    removeTree: path => named(path, () => rm(root + path, { recursive: true, force: true })),
    makeDirectory: (path, mode) => named(path, async () => makeDirectory(root + path, mode)),
    removeLeftovers: directory => removeLeftovers(root + directory),
    list: async path => [...(orMissingNow(path, () => readdirSync(root + path)) ?? [])].sort(),
    directories: path => named(path, async () => directoriesIn(root + path)),
    identity: async path => identityOf(root + path, path),
    owner: async path => {
      const found = orMissingNow(path, () => lstatSync(root + path, { bigint: true, throwIfNoEntry: false }));
      return found && { inode: found.ino, uid: Number(found.uid) };
    },
    ownersIn: async (directory, most) => orMissingNow(directory, () => ownersIn(root + directory, most)) ?? new Map(),
    rights: async path => {
      const found = orMissingNow(path, () => statSync(root + path, { throwIfNoEntry: false }));
      return found && { mode: found.mode & 0o7777, uid: found.uid, gid: found.gid };
    },
    // Links at the end of the path are not followed: they would lead to a place that php-zd sees and the process does not.
    identityInProcess: async (pid, path) => identityOf(`/proc/${pid}/root${path}`),
  };
};

const linkNow = (path: string, target: string, owner: number | undefined): undefined => {
  symlinkSync(target, path);
  if (owner !== undefined) lchownSync(path, owner, UNCHANGED);
};

/** What a boot forgets anyway is for nobody to find after a power cut. */
const lasts = (path: string): boolean => !path.startsWith('/run/');

/**
 * Makes a file or link beside the path and moves it over, so that nobody ever sees half of it. Where it is to last the file, whose
 * descriptor `make` gives, and the directory's entry are on disk afterwards.
 */
const replace = async (
  path: string,
  isToLast: boolean,
  make: (temporary: string) => number | undefined,
): Promise<void> => {
  const temporary = besides(path);
  try {
    const file = make(temporary);
    if (file !== undefined) await flushAndClose(path, file, isToLast);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  if (isToLast) await flushAndClose(dirname(path), openSync(dirname(path), O_RDONLY), true);
};

/**
 * The process stands in it, so that another one can tell whether anybody still wants it. The rest is no secret, only another one each time:
 * node:crypto would take 14 ms to load for it.
 */
const besides = (path: string): string => {
  const another = Math.floor(Math.random() * 2 ** 48)
    .toString(16)
    .padStart(12, '0');
  return `${dirname(path)}/.${process.pid}.${another}.new`;
};

const flush = promisify(fsync);

/** To flush is left to libuv's threads, of all that changes a file: the disk may take its time. */
const flushAndClose = async (path: string, file: number, isFlushed: boolean): Promise<void> => {
  try {
    if (isFlushed) await span('fsync', path, () => flush(file));
  } finally {
    closeSync(file);
  }
};

const LEFTOVER = /^\.(\d+)\.[0-9a-f]{12}\.new$/;

const removeLeftovers = async (directory: string): Promise<void> => {
  for (const name of (await orMissing(directory, readdir(directory))) ?? []) {
    const found = LEFTOVER.exec(name);
    if (found !== null && identityOf(`/proc/${found[1]}`) === undefined)
      await orMissing(name, unlink(`${directory}/${name}`));
  }
};

interface NewFile {
  readonly mode?: number;
  readonly gid?: number;
}

const writeNow = (path: string, text: string, { mode = 0o644, gid }: NewFile): number => {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    if (gid !== undefined) fchownSync(file, UNCHANGED, gid);
    // The mode is set last, and not by open(2): the umask has no say then, and nobody reads a secret before its group is right.
    fchmodSync(file, mode);
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
};

const { O_RDONLY, O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK, O_DIRECTORY, O_NOFOLLOW } = constants;

/** At once, also where a pipe has the path that nobody reads. */
const append = (path: string, text: string): void => {
  const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK);
  try {
    if (fstatSync(file).size === 0) fchmodSync(file, 0o644); // what the umask took
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
};

/** That a file is not there is found out without an error, with which Node.js takes ten times as long as with all else here. */
const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

const readLinkNow = (path: string): string | undefined =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : undefined;

/** Of a pipe its descriptor: nothing else goes on while a file is read. */
const readNow = (path: string, mostBytes: number | undefined): { readonly text: string } | number | undefined => {
  if (!isThere(path)) return undefined;
  const file = openSync(path, O_RDONLY | O_NONBLOCK);
  let isPipe = false;
  try {
    return { text: readBegin(file, mostBytes) };
  } catch (error) {
    // A pipe has no place to read at. That tells it at no cost to all that is none.
    isPipe = errnoOf(error) === 'ESPIPE' && fstatSync(file).isFIFO();
    if (!isPipe) throw error;
    return file;
  } finally {
    if (!isPipe) closeSync(file);
  }
};

/** More than any file has that is read whole. */
const MOST_WHOLE = 64 * 1024 * 1024;

/** Nothing else is read meanwhile. A buffer for each of many small files would cost more than to read them does. */
let room: Buffer | undefined;
const ROOM_BYTES = 64 * 1024;

/** Until the end, and not of the size that stat(2) gives: what the kernel makes as it is read has none. */
const readBegin = (file: number, mostBytes = MOST_WHOLE + 1): string => {
  room ??= Buffer.allocUnsafe(ROOM_BYTES);
  const full: Buffer[] = [];
  let length = 0;
  for (let left = mostBytes; left > 0; ) {
    const count = readSync(file, room, length, Math.min(left, ROOM_BYTES - length), mostBytes - left);
    if (count === 0) break;
    left -= count;
    if (left === 0 && mostBytes > MOST_WHOLE) throw tooLarge();
    length += count;
    if (length < ROOM_BYTES) continue;
    full.push(Buffer.from(room));
    length = 0;
  }
  const last = room.subarray(0, length);
  return (full.length === 0 ? last : Buffer.concat([...full, last])).toString('utf8');
};

/** How long who writes into a pipe may take, as the command of `<(...)` of a shell. */
const PIPE_MS = 10_000;

/** A directory at a time, each by the descriptor of the one above. What is no file is opened without waiting, and closed. */
const readStraight = (root: string, path: string, mostBytes: number): string | undefined => {
  const names = path.split('/').filter(name => name !== '');
  const last = names.pop() ?? '';
  let at = openSync(`${root}/`, O_RDONLY | O_DIRECTORY);
  try {
    for (const name of names) at = next(at, name, O_DIRECTORY);
    at = next(at, last, O_NONBLOCK);
    return fstatSync(at).isFile() ? readBegin(at, mostBytes) : undefined;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return undefined;
  } finally {
    closeSync(at);
  }
};

/** The former one is closed. */
const next = (directory: number, name: string, flags: number): number => {
  const opened = openSync(`/proc/self/fd/${directory}/${name}`, O_RDONLY | O_NOFOLLOW | flags);
  closeSync(directory);
  return opened;
};

/** Until its writers have closed it; a pipe without any has nothing (facts.md N82). */
const readPipe = async (pipe: number, mostBytes = MOST_WHOLE + 1): Promise<string> => {
  const chunks = [beginOfPipe(pipe)];
  // No event tells that nobody has written yet (facts.md N82).
  if (chunks[0]?.length === 0) closeSync(pipe);
  else if ((await readRest(pipe, chunks, mostBytes)) > MOST_WHOLE && mostBytes > MOST_WHOLE) throw tooLarge();
  return Buffer.concat(chunks.filter(chunk => chunk !== undefined)).toString('utf8', 0, mostBytes);
};

/** What is there now: nothing where it has no writer, and undefined where its writers have not written yet. */
const beginOfPipe = (pipe: number): Buffer | undefined => {
  const begin = Buffer.alloc(ROOM_BYTES);
  try {
    return begin.subarray(0, readSync(pipe, begin));
  } catch (error) {
    if (errnoOf(error) === 'EAGAIN') return undefined;
    closeSync(pipe);
    throw error;
  }
};

/** Gives how much it is with what was there before. */
const readRest = async (pipe: number, chunks: (Buffer | undefined)[], mostBytes: number): Promise<number> => {
  const stream = new Socket({ fd: pipe, readable: true, writable: false });
  const timer = setTimeout(() => stream.destroy(failed('EUNENDED')), PIPE_MS);
  let length = chunks[0]?.length ?? 0;
  try {
    for await (const chunk of stream) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= mostBytes) break;
    }
  } finally {
    clearTimeout(timer);
  }
  return length;
};

const failed = (errno: string) => Object.assign(new Error(errno), { code: errno });
const tooLarge = () => failed('EFBIG');

const NEWLINE = 0x0a;
const MOST_BYTES = 16 * 1024 * 1024;

interface LinesWanted {
  readonly after: Place | undefined;
  readonly mostBytes: number | undefined;
}

const readLines = async (path: string, { after, mostBytes = MOST_BYTES }: LinesWanted) => {
  const file = await open(path, O_RDONLY | O_NONBLOCK);
  try {
    const { dev: device, ino: inode, size } = await file.stat({ bigint: true });
    const isSame = after?.file.device === device && after.file.inode === inode;
    const offset = isSame ? after.offset : 0;
    const from = Math.max(offset, Number(size) - mostBytes);
    const room = Buffer.alloc(Math.min(mostBytes, Math.max(0, Number(size) - from)));
    const bytes = room.subarray(0, (await file.read(room, 0, room.length, from)).bytesRead);
    // In the middle of a file the first line may be the rest of one.
    const begin = from === offset ? 0 : bytes.indexOf(NEWLINE) + 1;
    const end = Math.max(begin, bytes.lastIndexOf(NEWLINE) + 1);
    const lines = bytes.toString('utf8', begin, end).split('\n').slice(0, -1);
    return { lines, place: { file: { device, inode }, offset: from + end } };
  } finally {
    await file.close();
  }
};

const makeDirectory = (path: string, mode = 0o755): void => {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory()) return;
  if (there === undefined) makeDirectory(dirname(path));
  mkdirSync(path, { mode });
  // What the umask took. Whoever owns the directory above could have put a link in its place meanwhile: chmod(2) would follow it.
  const directory = openSync(path, O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    fchmodSync(directory, mode);
  } finally {
    closeSync(directory);
  }
};

const directoriesIn = (path: string): ReadonlyMap<string, number> => {
  const found = new Map<string, number>();
  for (const name of readdirSync(path)) {
    // One may be gone by now.
    const there = lstatSync(`${path}/${name}`, { throwIfNoEntry: false });
    if (there?.isDirectory()) found.set(name, there.birthtimeMs > 0 ? there.birthtimeMs : there.ctimeMs);
  }
  return found;
};

const ownersIn = (path: string, most: number): ReadonlyMap<number, number> => {
  const found = new Map<number, number>();
  const directory = opendirSync(path);
  try {
    for (let left = most; left > 0; left -= 1) {
      const entry = directory.readSync();
      if (entry === null) break;
      // One may be gone by now.
      const uid = lstatSync(`${path}/${entry.name}`, { throwIfNoEntry: false })?.uid;
      if (uid !== undefined) found.set(uid, (found.get(uid) ?? 0) + 1);
    }
    return found;
  } finally {
    directory.closeSync();
  }
};

const identityOf = (path: string, named = path): FileIdentity | undefined => {
  const found = orMissingNow(named, () => statSync(path, { bigint: true, throwIfNoEntry: false }), 'ESRCH');
  return found && { device: found.dev, inode: found.ino };
};

const roomAt = (path: string): Room | undefined => {
  try {
    const { bfree, bsize, files, ffree } = statfsSync(path);
    const room = { bytes: bfree * bsize, files: files === 0 ? Number.POSITIVE_INFINITY : ffree };
    return { ...room, isReadOnly: isReadOnlyAt(path) };
  } catch {
    // Whoever may not ask finds out by writing.
    return undefined;
  }
};

const usedAt = (path: string): number | undefined => {
  try {
    if (statSync(path).dev === statSync(dirname(path)).dev) return undefined;
    const { bfree, blocks, bsize } = statfsSync(path);
    return (blocks - bfree) * bsize;
  } catch {
    // Whoever may not ask is no roll.
    return undefined;
  }
};

/** Root may be in a sandbox, where other mounts are read-only than on the host (facts.md N112); anybody else is told of no mount at root's directories. */
const isReadOnlyAt = (path: string): boolean => {
  try {
    accessSync(process.getuid?.() === 0 ? `/proc/1/root${path}` : path, constants.W_OK);
    return false;
  } catch (error) {
    return errnoOf(error) === 'EROFS';
  }
};

const errnoOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

const named = async <Value>(path: string, work: () => Promise<Value>): Promise<Value> => {
  try {
    return await work();
  } catch (error) {
    throw new PhpZdError('file-system', { path, errno: errnoOf(error) }, error);
  }
};

const orMissing = async <Value>(path: string, work: Promise<Value>): Promise<Value | undefined> => {
  try {
    return await work;
  } catch (error) {
    return missing(path, error);
  }
};

const orMissingNow = <Value>(path: string, work: () => Value, ...alsoMissing: readonly string[]): Value | undefined => {
  try {
    return work();
  } catch (error) {
    return missing(path, error, alsoMissing);
  }
};

const missing = (path: string, error: unknown, also: readonly string[] = []): undefined => {
  const errno = errnoOf(error);
  if (MISSING.includes(errno) || also.includes(errno)) return undefined;
  throw new PhpZdError('file-system', { path, errno }, error);
};
