import { posix } from 'node:path';
import { PhpZdError } from '../../src/base/errors.ts';
import type { FileIdentity, FileRights, Files, Place, Room } from '../../src/ports/files.ts';

type Entry =
  | {
      readonly kind: 'file';
      readonly inode: bigint;
      readonly text: string;
      readonly mode: number;
      readonly gid: number;
    }
  | { readonly kind: 'link'; readonly inode: bigint; readonly target: string; readonly uid: number }
  | { readonly kind: 'directory'; readonly inode: bigint; readonly mode: number };

const MAX_LINKS = 40;
const MOST_BYTES = 16 * 1024 * 1024;

/** A tree of files in memory. */
export class FakeFiles implements Files {
  readonly #entries = new Map<string, Entry>([['/', { kind: 'directory', inode: 1n, mode: 0o755 }]]);
  readonly #mounts = new Map<number, ReadonlyMap<string, string>>();
  #lastInode = 1n;
  /** Directory -> what its file system has free. */
  readonly rooms = new Map<string, Room>();
  /** Where a file system begins -> how many bytes lie in it. */
  readonly filled = new Map<string, number>();

  async read(path: string, mostBytes?: number): Promise<string | undefined> {
    const entry = this.#follow(path)?.entry;
    if (entry?.kind === 'directory') throw fails(path, 'EISDIR');
    if (entry?.kind !== 'file' || mostBytes === undefined) return entry?.kind === 'file' ? entry.text : undefined;
    return Buffer.from(entry.text).toString('utf8', 0, mostBytes);
  }

  async readOwn(path: string, mostBytes: number): Promise<string | undefined> {
    const kind = this.#at(path)?.entry.kind;
    if (kind !== undefined && kind !== 'file') throw fails(path, 'ENOTREG');
    return await this.read(path, mostBytes);
  }

  async readStraight(path: string, mostBytes: number): Promise<string | undefined> {
    const found = this.#follow(path);
    return found?.path === path && found.entry.kind === 'file' ? await this.read(path, mostBytes) : undefined;
  }

  async write(path: string, text: string, { mode = 0o644, gid = 0 }: { mode?: number; gid?: number } = {}) {
    this.#put(path, { kind: 'file', inode: this.#newInode(), text, mode, gid });
  }

  async append(path: string, text: string): Promise<void> {
    const entry = this.#follow(path)?.entry;
    if (entry?.kind === 'directory') throw fails(path, 'EISDIR');
    if (entry?.kind !== 'file') await this.write(path, text);
    else this.#put(this.#follow(path)?.path ?? path, { ...entry, text: entry.text + text });
  }

  async readLines(path: string, after?: Place, mostBytes = MOST_BYTES) {
    const text = await this.read(path);
    const file = await this.identity(path);
    if (text === undefined || file === undefined) return undefined;
    const bytes = Buffer.from(text);
    const offset = after?.file.inode === file.inode ? after.offset : 0;
    const from = Math.max(offset, bytes.length - mostBytes);
    const begin = from === offset ? from : bytes.indexOf('\n', from) + 1 || from;
    const end = Math.max(begin, bytes.lastIndexOf('\n') + 1);
    return { lines: bytes.toString('utf8', begin, end).split('\n').slice(0, -1), place: { file, offset: end } };
  }

  async room(path: string): Promise<Room | undefined> {
    return this.#at(path) && (this.rooms.get(path) ?? { bytes: 2 ** 40, files: 2 ** 20, isReadOnly: false });
  }

  async used(path: string): Promise<number | undefined> {
    return this.filled.get(path);
  }

  async readLink(path: string): Promise<string | undefined> {
    const entry = this.#at(path)?.entry;
    return entry?.kind === 'link' ? entry.target : undefined;
  }

  async link(path: string, target: string, uid = 0): Promise<void> {
    await this.makeDirectory(posix.dirname(path));
    this.#put(path, { kind: 'link', inode: this.#newInode(), target, uid });
  }

  /** Directory -> whose it is; root's unless told. */
  readonly owners = new Map<string, number>();

  async owner(path: string): Promise<{ readonly inode: bigint; readonly uid: number } | undefined> {
    const found = this.#at(path);
    if (found === undefined) return undefined;
    const { entry } = found;
    return { inode: entry.inode, uid: entry.kind === 'link' ? entry.uid : (this.owners.get(found.path) ?? 0) };
  }

  async exists(path: string): Promise<boolean> {
    return this.#follow(path) !== undefined;
  }

  async remove(path: string): Promise<void> {
    const found = this.#at(path);
    if (found?.entry.kind === 'directory') throw fails(path, 'EISDIR');
    if (found) this.#entries.delete(found.path);
  }

  async removeTree(path: string): Promise<void> {
    const found = this.#at(path);
    if (!found) return;
    for (const each of [...this.#entries.keys()]) {
      if (each === found.path || each.startsWith(`${found.path}/`)) this.#entries.delete(each);
    }
  }

  /** As rename(2) does it with a directory: who has it mounted goes on to see it. */
  move(from: string, to: string): void {
    const moved = (path: string) =>
      path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : path;
    for (const [path, entry] of [...this.#entries]) {
      if (moved(path) === path) continue;
      this.#entries.delete(path);
      this.#entries.set(moved(path), entry);
    }
    for (const [pid, mounts] of this.#mounts) {
      this.#mounts.set(pid, new Map([...mounts].map(([at, source]) => [at, moved(source)])));
    }
  }

  async makeDirectory(path: string, mode = 0o755): Promise<void> {
    const found = this.#follow(path);
    if (found?.entry.kind === 'directory') return;
    if (found || this.#at(path)) throw fails(path, 'EEXIST');
    await this.makeDirectory(posix.dirname(path));
    this.#put(path, { kind: 'directory', inode: this.#newInode(), mode });
  }

  async directories(path: string): Promise<ReadonlyMap<string, number>> {
    const found = this.#follow(path);
    if (found?.entry.kind !== 'directory') throw fails(path, found === undefined ? 'ENOENT' : 'ENOTDIR');
    const names = await this.list(path);
    return new Map(
      names
        .filter(name => this.#entries.get(posix.join(found.path, name))?.kind === 'directory')
        .map(name => [name, Date.now()]),
    );
  }

  async list(path: string): Promise<readonly string[]> {
    const found = this.#follow(path);
    if (found?.entry.kind !== 'directory') return [];
    return [...this.#entries.keys()]
      .filter(each => each !== '/' && posix.dirname(each) === found.path)
      .map(each => posix.basename(each))
      .sort();
  }

  /** No write takes time in memory, so every file with a temporary name was left over. */
  async removeLeftovers(directory: string): Promise<void> {
    const leftovers = (await this.list(directory)).filter(name => /^\.(?:\d+\.)?[0-9a-f]{12}\.new$/.test(name));
    for (const name of leftovers) await this.remove(posix.join(directory, name));
  }

  resolve(path: string): string | undefined {
    return this.#follow(path)?.path;
  }

  resolveDirectory(path: string): string | undefined {
    const found = this.#follow(path);
    return found?.entry.kind === 'directory' ? found.path : undefined;
  }

  /** Links followed. */
  inodeOf(path: string): bigint | undefined {
    return this.#follow(path)?.entry.inode;
  }

  async identity(path: string): Promise<FileIdentity | undefined> {
    const inode = this.inodeOf(path);
    return inode === undefined ? undefined : { device: 1n, inode };
  }

  async ownersIn(directory: string, most: number): Promise<ReadonlyMap<number, number>> {
    const found = new Map<number, number>();
    for (const name of (await this.list(directory)).slice(0, most)) {
      const uid = (await this.owner(`${directory}/${name}`))?.uid;
      if (uid !== undefined) found.set(uid, (found.get(uid) ?? 0) + 1);
    }
    return found;
  }

  async rights(path: string): Promise<FileRights | undefined> {
    const found = this.#follow(path);
    if (found === undefined || found.entry.kind === 'link') return undefined;
    const { kind, mode, ...rest } = found.entry;
    return { mode, uid: this.owners.get(found.path) ?? 0, gid: kind === 'file' && 'gid' in rest ? rest.gid : 0 };
  }

  /** As chmod(1). */
  chmod(path: string, mode: number): void {
    const found = this.#follow(path);
    if (found !== undefined && found.entry.kind !== 'link') this.#entries.set(found.path, { ...found.entry, mode });
  }

  async identityInProcess(pid: number, path: string): Promise<FileIdentity | undefined> {
    const mounts = this.#mounts.get(pid);
    return mounts && this.identity(mounts.get(path) ?? path);
  }

  /**
   * Starts a process with these mounts: a path, and the path that is bound there, with its links followed now (facts.md M1).
   */
  startProcess(pid: number, mounts: Readonly<Record<string, string>> = {}): void {
    const bound = Object.entries(mounts).map(([at, source]): [string, string] => [
      at,
      this.#follow(source)?.path ?? source,
    ]);
    this.#mounts.set(pid, new Map(bound));
  }

  endProcess(pid: number): void {
    this.#mounts.delete(pid);
  }

  /** The mode and the group of the entry at a path, of the link itself when the entry is one. */
  attributes(path: string): { readonly mode: number; readonly gid: number } | undefined {
    const entry = this.#at(path)?.entry;
    if (!entry || entry.kind === 'link') return undefined;
    return { mode: entry.mode, gid: entry.kind === 'file' ? entry.gid : 0 };
  }

  #newInode(): bigint {
    this.#lastInode += 1n;
    return this.#lastInode;
  }

  #put(path: string, entry: Entry): void {
    const parent = this.#follow(posix.dirname(path));
    if (!parent) throw fails(path, 'ENOENT');
    if (parent.entry.kind !== 'directory') throw fails(path, 'ENOTDIR');
    const at = posix.join(parent.path, posix.basename(path));
    if (this.#entries.get(at)?.kind === 'directory') throw fails(path, 'EISDIR');
    this.#entries.set(at, entry);
  }

  /** What stands at the path, links followed on the way but not at its end. */
  #at(path: string): { readonly path: string; readonly entry: Entry } | undefined {
    const parent = path === '/' ? { path: '/' } : this.#follow(posix.dirname(path));
    const at = parent && (path === '/' ? '/' : posix.join(parent.path, posix.basename(path)));
    const entry = at === undefined ? undefined : this.#entries.get(at);
    return at !== undefined && entry ? { path: at, entry } : undefined;
  }

  /** Follows a path part by part, as the kernel does: `..` after a link leads out of the link's target. */
  #follow(path: string): { readonly path: string; readonly entry: Entry } | undefined {
    const parts = path.split('/');
    let at = '/';
    for (let links = 0; parts.length > 0; ) {
      const part = parts.shift() ?? '';
      const here = this.#entries.get(at);
      if (here?.kind !== 'directory') return undefined;
      const next = posix.join(at, part);
      const entry = this.#entries.get(next);
      if (entry?.kind !== 'link') {
        at = next;
        continue;
      }
      links += 1;
      if (links > MAX_LINKS) throw fails(path, 'ELOOP');
      parts.unshift(...entry.target.split('/'));
      if (entry.target.startsWith('/')) at = '/';
    }
    const entry = this.#entries.get(at);
    return entry && { path: at, entry };
  }
}

const fails = (path: string, errno: string) => new PhpZdError('file-system', { path, errno });
