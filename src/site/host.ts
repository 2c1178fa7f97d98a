/**
 * What a site file's meaning depends on besides its text. Every answer is about this instant and comes at once, and what cannot be found
 * out is answered as if it were not there; but a question about a path in a file system that does not answer, which `silentOn`
 * names, throws `file-system` {path, errno: ETIMEDOUT} within half a minute.
 */
export interface Host {
  /** A user of the host (getpwnam(3)); `group` is the name of its primary group, or its number when that has no name. */
  readonly user: (name: string) => HostUser | undefined;
  /** The name of a user of the host by its number (getpwuid(3)). */
  readonly userName: (uid: number) => string | undefined;
  /** A group of the host (getgrnam(3)). */
  readonly group: (name: string) => HostGroup | undefined;
  /** The php-fpm binaries that the distribution's packages put in place, for example /usr/sbin/php-fpm8.2; any order. */
  readonly phpBinaries: () => readonly PhpBinary[];
  /** The version of a php-fpm binary as `php-fpm -v` tells it, major.minor; undefined when it is no php-fpm. */
  readonly phpVersion: (binary: string) => string | undefined;
  /**
   * php.ini and the files that a php-fpm reads after it on this host, in that order. They are read and not run: asked for its
   * settings, php-fpm would load what they name and run what they preload.
   */
  readonly phpIniFiles: (php: PhpBinary) => readonly PhpIniFile[];
  /** Whether the path, links followed, is a file that may be executed. */
  readonly isExecutable: (path: string) => boolean;
  /**
   * The directory with every link on the way followed (realpath(3)); undefined when there is none, or when its path has control
   * characters, with which a name could pass for words of php-zd's.
   */
  readonly resolveDirectory: (path: string) => string | undefined;
  /**
   * The character for which `resolveDirectory` gives nothing, though the path leads to a directory, for example "U+000A, a line
   * break".
   */
  readonly unseenIn: (path: string) => string | undefined;
  /** Whether who asks may not look what the path, links followed, leads to (EACCES): root neither, on NFS with root_squash. */
  readonly isClosed: (path: string) => boolean;
  /** Where PHP looks for an extension that is written without a directory; undefined where it does not say. */
  readonly phpExtensions: (binary: string) => string | undefined;
  /** Those of the packages that the host's package manager can install, as far as it says so. */
  readonly installable: (packages: readonly string[]) => readonly string[];
  /** Whether the path, links followed, is a regular file. */
  readonly isFile: (path: string) => boolean;
  /** Whether the path, links followed, is a directory. */
  readonly isDirectory: (path: string) => boolean;
  /** The number of the user that the path, links followed, belongs to; undefined when there is nothing. */
  readonly ownerOf: (path: string) => number | undefined;
  /** Who may do what with a directory, links followed; undefined when there is none. */
  readonly rightsTo: (directory: string) => DirectoryRights | undefined;
  /**
   * What is on the way to each of the paths, by its name and as links lead, and what it is in the end; each once, nothing of a path that
   * leads to nothing.
   */
  readonly stepsTo: (paths: readonly string[]) => readonly PathRights[];
  /** When the path, links followed, or who may do what with it was changed last, in milliseconds since 1970; undefined when there is nothing. */
  readonly changedAt: (path: string) => number | undefined;
  /** The mount point on the way of the path, links followed, whose file system does not answer, such as one of a dead server's. */
  readonly silentOn: (path: string) => string | undefined;
}

export interface HostUser {
  readonly uid: number;
  readonly gid: number;
  readonly group: string;
  /** Its home, as a login has it; empty where it has none. */
  readonly home: string;
}

/** As stat(2) tells them. */
export interface DirectoryRights {
  /** The permission bits, with those of set-user-ID, set-group-ID and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** The same of a directory or a file. */
export interface PathRights extends DirectoryRights {
  readonly path: string;
  readonly isDirectory: boolean;
}

export interface HostGroup {
  readonly gid: number;
}

export interface PhpIniFile {
  readonly file: string;
  readonly text: string;
}

export interface PhpBinary {
  /** Absolute path. */
  readonly binary: string;
  /** For example `8.2`. */
  readonly version: string;
}
