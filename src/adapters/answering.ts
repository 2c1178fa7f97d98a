import { posix } from 'node:path';
import { PhpZdError } from '../base/errors.ts';
import type { Files } from '../ports/files.ts';
import type { Host } from '../ports/host.ts';
import type { SilentOn } from './silent-mounts.ts';

/**
 * The host's files and the host, with a look at the way of each path first: where a file system does not answer the call rejects with
 * `file-system` {the mount point, ETIMEDOUT}. Whoever looked would wait for it, and so would all else that this process does.
 */
export const answeringFiles = (files: Files, silentOn: SilentOn): Files => {
  const require = requiring(silentOn);
  return {
    ...files,
    read: async (path, mostBytes) => await files.read(require(path), mostBytes),
    readStraight: async (path, mostBytes) => await files.readStraight(require(path), mostBytes),
    readLines: async (path, ...more) => await files.readLines(require(path), ...more),
    // The link itself, wherever it leads.
    readLink: async path => {
      require(posix.dirname(path));
      return await files.readLink(path);
    },
    exists: async path => await files.exists(require(path)),
    room: async path => await files.room(require(path)),
    used: async path => await files.used(require(path)),
    list: async path => await files.list(require(path)),
    directories: async path => await files.directories(require(path)),
    identity: async path => await files.identity(require(path)),
    ownersIn: async (path, most) => await files.ownersIn(require(path), most),
    rights: async path => await files.rights(require(path)),
    identityInProcess: async (pid, path) => {
      require(`/proc/${pid}/root${path}`);
      return await files.identityInProcess(pid, path);
    },
  };
};

export const answeringHost = (host: Omit<Host, 'silentOn'>, silentOn: SilentOn): Host => {
  const require = requiring(silentOn);
  return {
    ...host,
    silentOn,
    isExecutable: path => host.isExecutable(require(path)),
    resolveDirectory: path => host.resolveDirectory(require(path)),
    unseenIn: path => host.unseenIn(require(path)),
    isClosed: path => host.isClosed(require(path)),
    isFile: path => host.isFile(require(path)),
    isDirectory: path => host.isDirectory(require(path)),
    ownerOf: path => host.ownerOf(require(path)),
    rightsTo: path => host.rightsTo(require(path)),
  };
};

const requiring =
  (silentOn: SilentOn) =>
  (path: string): string => {
    const mount = silentOn(path);
    if (mount !== undefined) throw new PhpZdError('file-system', { path: mount, errno: 'ETIMEDOUT' });
    return path;
  };
