import { posix } from 'node:path';
import { isError } from '../../base/errors.ts';
import { leaveService } from '../../site/existing/adopt-service.ts';
import type { Left } from '../../site/existing/adopted.ts';
import { fitsGlob, isGlob } from '../../site/existing/glob.ts';
import { type NginxNode, parseNginxFile } from '../../site/existing/nginx-file.ts';
import { type PoolConfig, type PoolItem, poolsOf, readPoolFile } from '../../site/existing/pool-file.ts';
import { type PoolPhp, phpOf } from '../../site/existing/pool-php.ts';
import { isRootsOwn } from '../../site/existing/roots-own.ts';
import type { Unread } from '../../site/existing/unread.ts';
import type { Position } from '../../site/problem.ts';
import type { Ports } from './ports.ts';

/** Files of PHP-FPM's and nginx's that exist, with what they include. */
interface Reader {
  readonly ports: Ports;
  readonly unread: Unread[];
  /** The files that were read, each as often as it was. */
  readonly files: string[];
}

export interface ExistingPools {
  readonly config: PoolConfig;
  readonly files: readonly string[];
  readonly unread: readonly Unread[];
  /** Undefined where no path tells it. */
  readonly php: PoolPhp | undefined;
  /** What the administrator gave the unit of the PHP-FPM that has the pool. */
  readonly service: readonly Left[];
}

export interface ExistingNginx {
  readonly nodes: readonly NginxNode[];
  readonly files: readonly string[];
  readonly unread: readonly Unread[];
}

const MOST_BYTES = 1024 * 1024;
const MOST_FILES = 256;
/** PHP-FPM stops there too (fpm_conf.c, fpm_conf_load_ini_file()). */
const MOST_DEPTH = 5;
/** Where relative paths begin: Debian's PHP_PREFIX, and nginx's own. */
const FPM_PREFIX = '/usr';
const NGINX_PREFIX = '/etc/nginx';

/** Undefined when there is no such file. */
export const readPools = async (ports: Ports, file: string): Promise<ExistingPools | undefined> => {
  const reader: Reader = { ports, unread: [], files: [] };
  const text = await readText(reader, file);
  if (text === undefined) return undefined;
  const items = await withIncluded(reader, readPoolFile(file, text), 1);
  const php = phpOf(ports.host, reader.files);
  const service = php?.unit === undefined ? [] : await readService(ports, php.unit);
  return { config: poolsOf(items), files: reader.files, unread: reader.unread, php, service };
};

/** Where administrators, and `systemctl edit` and `systemctl set-property`, write. */
const UNITS = [
  '/etc/systemd/system.control',
  '/run/systemd/system.control',
  '/etc/systemd/system',
  '/run/systemd/system',
];

const readService = async (ports: Ports, name: string): Promise<readonly Left[]> => {
  const reader: Reader = { ports, unread: [], files: [] };
  const found: Left[] = [];
  for (const directory of UNITS) {
    const unit = `${directory}/${name}.service`;
    for (const path of [...(await expand(reader, unit)), ...(await expand(reader, `${unit}.d/*.conf`))]) {
      const text = isRootsOwn(ports.host, path) ? await readText(reader, path) : undefined;
      if (text !== undefined) found.push(...leaveService(path, text));
    }
  }
  return found;
};

type Line = Exclude<PoolItem, { kind: 'include' }>;

const withIncluded = async (reader: Reader, items: readonly PoolItem[], depth: number): Promise<readonly Line[]> => {
  const lines: Line[] = [];
  for (const item of items) {
    if (item.kind !== 'include') lines.push(item);
    else {
      const pattern = posix.resolve(FPM_PREFIX, item.pattern);
      for (const [file, text] of await readIncluded(reader, { ...item, pattern, depth })) {
        lines.push(...(await withIncluded(reader, readPoolFile(file, text), depth + 1)));
      }
    }
  }
  return lines;
};

/** Undefined when there is no such file. */
export const readNginx = async (ports: Ports, file: string): Promise<ExistingNginx | undefined> => {
  const reader: Reader = { ports, unread: [], files: [] };
  const text = await readText(reader, file);
  if (text === undefined) return undefined;
  const nodes = await withNginxIncluded(reader, parseNginxFile(file, text), 1);
  return { nodes, files: reader.files, unread: reader.unread };
};

const withNginxIncluded = async (
  reader: Reader,
  nodes: readonly NginxNode[],
  depth: number,
): Promise<readonly NginxNode[]> => {
  const found: NginxNode[] = [];
  for (const node of nodes) {
    if (node.name !== 'include') {
      const children = node.children && (await withNginxIncluded(reader, node.children, depth));
      found.push({ ...node, children });
      continue;
    }
    const pattern = posix.resolve(NGINX_PREFIX, node.args[0] ?? '');
    for (const [file, text] of await readIncluded(reader, { pattern, at: node, depth })) {
      found.push(...(await withNginxIncluded(reader, parseNginxFile(file, text), depth + 1)));
    }
  }
  return found;
};

interface Included {
  /** Absolute. */
  readonly pattern: string;
  readonly at: Position;
  readonly depth: number;
}

const readIncluded = async (
  reader: Reader,
  { pattern, at: { file, line }, depth }: Included,
): Promise<readonly (readonly [string, string])[]> => {
  const say = (why: Unread['why'], path = pattern) => void reader.unread.push({ at: { file, line }, path, why });
  if (depth >= MOST_DEPTH) {
    say('deep');
    return [];
  }
  const paths = await expand(reader, pattern);
  if (paths.length === 0 && !isGlob(pattern)) say('missing');
  const texts: (readonly [string, string])[] = [];
  for (const path of paths) {
    if (reader.files.length >= MOST_FILES) {
      say('many', path);
      break;
    }
    if (!isRootsOwn(reader.ports.host, path)) {
      say('foreign', path);
      continue;
    }
    const text = await readText(reader, path);
    if (text !== undefined) texts.push([path, text]);
  }
  return texts;
};

/** The files that a pattern names, in the order of their names. */
const expand = async ({ ports }: Reader, pattern: string): Promise<readonly string[]> => {
  let found: readonly string[] = ['/'];
  for (const part of pattern.split('/').filter(each => each !== '')) {
    const next: string[] = [];
    for (const directory of found.slice(0, MOST_FILES)) {
      if (!isGlob(part)) next.push(posix.join(directory, part));
      else if (ports.host.isDirectory(directory)) {
        const names = await ports.files.list(directory);
        next.push(...names.filter(name => fitsGlob(part, name)).map(name => posix.join(directory, name)));
      }
    }
    found = next;
  }
  return found.filter(path => ports.host.isFile(path));
};

/** The text of a regular file: whatever else has the name could keep its reader waiting. Of a longer one the rest is left out. */
const readText = async (reader: Reader, path: string): Promise<string | undefined> => {
  const { files, host } = reader.ports;
  if (!host.isFile(path)) return undefined;
  try {
    const text = await files.read(path, MOST_BYTES);
    reader.files.push(path);
    if (text !== undefined && Buffer.byteLength(text) >= MOST_BYTES) {
      reader.unread.push({ at: { file: path, line: 1 }, path, why: 'long' });
    }
    return text;
  } catch (error) {
    if (!isError(error, 'file-system')) throw error;
    reader.unread.push({ at: { file: path, line: 1 }, path, why: 'refused' });
    return undefined;
  }
};
