/** A file or directory as the kernel tells it from all others. */
export interface FileIdentity {
  readonly device: bigint;
  readonly inode: bigint;
}

/**
 * The host's files. Paths are absolute. Every call rejects with `file-system` {path, errno}, except where a missing file is an
 * answer. Nothing here waits for anything but the disk.
 */
export interface Files {
  /** Undefined when there is no such file. */
  read(path: string): Promise<string | undefined>;
  /** Afterwards the file has this text and mode, also after a power cut: temporary file, fsync, rename, fsync of the directory. */
  write(path: string, text: string, options?: { readonly mode?: number; readonly gid?: number }): Promise<void>;
  /** Undefined when there is no such link. */
  readLink(path: string): Promise<string | undefined>;
  /** Replaces the link in one step: whoever follows it sees the old target or the new one. */
  link(path: string, target: string): Promise<void>;
  exists(path: string): Promise<boolean>;
  /** Also when there is none. */
  remove(path: string): Promise<void>;
  /** A directory that only root can write to, and all that is in it. Also when there is none. */
  removeTree(path: string): Promise<void>;
  makeDirectory(path: string, mode?: number): Promise<void>;
  /** Names in a directory, sorted; empty when there is no such directory. */
  list(path: string): Promise<readonly string[]>;
  /** All links followed. Undefined when it does not exist. */
  resolve(path: string): Promise<string | undefined>;
  identity(path: string): Promise<FileIdentity | undefined>;
  /** A path as the process sees it in its own mount namespace (facts.md M1, M3). Undefined when it, or the process, is not there. */
  identityInProcess(pid: number, path: string): Promise<FileIdentity | undefined>;
}
