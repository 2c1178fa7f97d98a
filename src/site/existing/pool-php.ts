import { posix } from 'node:path';
import type { Host } from '../host.ts';
import { isRootsOwn } from './roots-own.ts';

/** The PHP that a pool runs on. */
export interface PoolPhp {
  readonly version: string;
  /** Its php-fpm; undefined when that is not installed. */
  readonly binary: string | undefined;
  /** The unit of Debian's package that has the pool; undefined for a PHP from elsewhere. */
  readonly unit: string | undefined;
}

/** By the first of the files whose path tells it: Debian's directories, or an etc beside the php-fpm. */
export const phpOf = (host: Host, files: readonly string[]): PoolPhp | undefined => {
  for (const file of files) {
    const found = debianPhp(host, file) ?? phpBeside(host, file);
    if (found !== undefined) return found;
  }
  return undefined;
};

const debianPhp = (host: Host, file: string): PoolPhp | undefined => {
  const version = /^\/etc\/php\/(\d+\.\d+)\//.exec(file)?.[1];
  if (version === undefined) return undefined;
  const binary = host.phpBinaries().find(php => php.version === version)?.binary;
  return { version, binary, unit: `php${version}-fpm` };
};

/** The program is asked for its version, so nobody but root may have put it there. */
const phpBeside = (host: Host, file: string): PoolPhp | undefined => {
  const end = file.lastIndexOf('/etc/');
  if (end === -1) return undefined;
  for (const directory of ['sbin', 'usr/sbin']) {
    const binary = posix.join('/', file.slice(0, end), directory, 'php-fpm');
    const version = host.isExecutable(binary) && isRootsOwn(host, binary) ? host.phpVersion(binary) : undefined;
    if (version !== undefined) return { version, binary, unit: undefined };
  }
  return undefined;
};
