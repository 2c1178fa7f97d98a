/** A file or directory as the kernel tells it from all others. */
export interface FileIdentity {
  readonly device: bigint;
  readonly inode: bigint;
}

/** Whether both are there, and the same. */
export const areSame = (wanted: FileIdentity | undefined, seen: FileIdentity | undefined): boolean =>
  wanted !== undefined && wanted.inode === seen?.inode && wanted.device === seen.device;

/** A place between two lines of a file, counted in bytes. */
export interface Place {
  readonly file: FileIdentity;
  readonly offset: number;
}

export interface FileRights {
  /** Permission bits, with those above them. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface Room {
  readonly bytes: number;
  /** How many more files; infinite where the file system makes inodes as they are needed, as btrfs does. */
  readonly files: number;
  /** Whether it is read-only for all of the host, by its mount or since the kernel made it so. Root alone is told of the mount. */
  readonly isReadOnly: boolean;
}

/**
 * The host's files. Paths are absolute. Every call rejects with `file-system` {path, errno}, except where a missing file is an
 * answer. Nothing here waits for anything but the disk, and for who writes into a pipe, ten seconds (EUNENDED).
 */
export interface Files {
  /** The text of the file, or its first `mostBytes` bytes; undefined when there is no such file. EFBIG for one of more than 64 MiB. */
  read(path: string, mostBytes?: number): Promise<string | undefined>;
  /**
   * As `read`, of a file that `write` made and that others open too, who would wait there for ever: ENOTREG for a pipe, a socket, a
   * device, a directory or a link.
   */
  readOwn(path: string, mostBytes: number): Promise<string | undefined>;
  /** As `read`, of a regular file that is come to through no link at all; undefined for whatever else has the path, or may not be read. */
  readStraight(path: string, mostBytes: number): Promise<string | undefined>;
  /**
   * Afterwards the file has this text and mode, also after a power cut: by a temporary file, fsync, rename, fsync of the
   * directory. Below /run, which a boot forgets, nothing waits for the disk.
   */
  write(path: string, text: string, options?: { readonly mode?: number; readonly gid?: number }): Promise<void>;
  /**
   * Afterwards the text stands at the end of the file, written in one write. A file that is not there is made, with mode 0644.
   * For files that a boot forgets anyway: the call does not wait for the disk.
   */
  append(path: string, text: string): Promise<void>;
  /**
   * The whole lines after a place, and the place after them. From the beginning of the file without a place, and when another
   * file has the path by now. When that is more than `mostBytes` (16 MiB unless told), the whole lines at the end of the file
   * that fit. Undefined when there is no such file.
   */
  readLines(
    path: string,
    after?: Place,
    mostBytes?: number,
  ): Promise<{ readonly lines: readonly string[]; readonly place: Place } | undefined>;
  /** Undefined when there is no such link. */
  readLink(path: string): Promise<string | undefined>;
  /**
   * Replaces the link in one step: a process that follows it comes to the old target or to the new one. The directory is made where
   * it is missing. Done as root, `file-system` with ELOOP for a link on the way that somebody else could have put there. The link itself
   * is that user's, by his number, where one is named.
   */
  link(path: string, target: string, owner?: number): Promise<void>;
  exists(path: string): Promise<boolean>;
  /**
   * The owners of up to so many entries of a directory that nobody else can put something else in the place of: user id -> how many of
   * them. No link is followed.
   */
  ownersIn(directory: string, most: number): Promise<ReadonlyMap<number, number>>;
  /** What the file system of the path has free, with what it keeps for root. Undefined when it does not say, or there is no such path. */
  room(path: string): Promise<Room | undefined>;
  /** How many bytes lie in the file system that begins at the path. Undefined where none does, or it does not say. */
  used(path: string): Promise<number | undefined>;
  /** Afterwards there is no such file; resolves also when there was none. */
  remove(path: string): Promise<void>;
  /** Removes a directory that only root can write to, with all that is in it; resolves also when there was none. */
  removeTree(path: string): Promise<void>;
  /** With those above it. One that is there stays as it is. What stands at the end of the path is never a link that somebody put there. */
  makeDirectory(path: string, mode?: number): Promise<void>;
  /**
   * The directory has no temporary file any more of a `write` or a `link` whose process was killed. Those of processes that run
   * stay: they are about to be moved to their place. Also when there is no such directory.
   */
  removeLeftovers(directory: string): Promise<void>;
  /** Names in a directory, sorted; empty when there is no such directory. */
  list(path: string): Promise<readonly string[]>;
  /**
   * The directories in a directory by their names, links left out, with when each was made: milliseconds since 1970. Where the file system
   * does not say that, when its inode was changed last: of a copy that is not before it was made.
   */
  directories(path: string): Promise<ReadonlyMap<string, number>>;
  identity(path: string): Promise<FileIdentity | undefined>;
  /** Of what stands at the end of the path, a link too: its inode, and the number of the user whose it is. Undefined when there is nothing. */
  owner(path: string): Promise<{ readonly inode: bigint; readonly uid: number } | undefined>;
  /** Of the file, links followed: who may do what with it; undefined when there is none. */
  rights(path: string): Promise<FileRights | undefined>;
  /**
   * The identity of a path as the process sees it in its own mount namespace (facts.md M1, M3). Undefined when there is no such
   * path there, or no such process.
   */
  identityInProcess(pid: number, path: string): Promise<FileIdentity | undefined>;
}
