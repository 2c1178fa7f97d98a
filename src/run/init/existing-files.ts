import { posix } from 'node:path';
import type { UnitFile } from '../../site/existing/adopt-service.ts';
import { type NginxNode, parseNginxFile } from '../../site/existing/nginx-file.ts';
import { type PoolConfig, type PoolItem, poolsOf, readPoolFile } from '../../site/existing/pool-file.ts';
import { type PoolPhp, phpOf } from '../../site/existing/pool-php.ts';
import type { Unread } from '../../site/existing/unread.ts';
import type { Ports } from '../site/ports.ts';
import { expand, newReader, type Reader, readIncluded, readText } from './existing-reader.ts';
import { readService } from './pool-service.ts';

export interface ExistingPools {
  readonly config: PoolConfig;
  readonly files: readonly string[];
  readonly unread: readonly Unread[];
  /** Undefined where no path tells it. */
  readonly php: PoolPhp | undefined;
  /** The names of all pools of Debian's PHP-FPM that has this one; undefined where they are not known. */
  readonly beside: readonly string[] | undefined;
  /** The files of the unit of the PHP-FPM that has the pool. */
  readonly service: readonly UnitFile[];
}

export interface ExistingNginx {
  readonly nodes: readonly NginxNode[];
  readonly files: readonly string[];
  readonly unread: readonly Unread[];
}

/** Where relative paths begin: Debian's PHP_PREFIX, for a PHP from elsewhere the directory that its etc lies in, and nginx's own. */
const fpmPrefix = (file: string): string => file.slice(0, Math.max(0, file.lastIndexOf('/etc/'))) || '/usr';
const NGINX_PREFIX = '/etc/nginx';

/** Undefined when there is no such file. */
export const readPools = async (ports: Ports, file: string): Promise<ExistingPools | undefined> => {
  const reader = newReader(ports);
  const lines = await readPoolLines(reader, file);
  if (lines === undefined) return undefined;
  const php = phpOf(ports.host, reader.files);
  const service = await readService(ports, { file, debian: php?.unit, filesOf: config => filesBehind(ports, config) });
  const beside = php?.unit === undefined ? undefined : await poolsOfDebian(ports, php.version);
  return { config: poolsOf(lines), files: reader.files, unread: reader.unread, php, beside, service };
};

/** The php-fpm.conf of the unit of Debian's. */
export const debianConfig = (version: string): string => `/etc/php/${version}/fpm/php-fpm.conf`;

/** The names of the pools that Debian's PHP-FPM of a version has after all of its files; undefined where they cannot all be read. */
export const poolsOfDebian = async (ports: Ports, version: string): Promise<readonly string[] | undefined> => {
  const reader = newReader(ports);
  const lines = await readPoolLines(reader, debianConfig(version));
  return lines === undefined || reader.unread.length > 0 ? undefined : poolsOf(lines).pools.map(({ name }) => name);
};

/** Those that a php-fpm.conf leads to, with its own. A host of many customers has more pools than are read at once. */
const filesBehind = async (ports: Ports, config: string): Promise<readonly string[]> => {
  const reader = newReader(ports);
  const items = readPoolFile(config, (await readText(reader, config)) ?? '');
  const patterns = items.flatMap(item =>
    item.kind === 'include' ? [posix.resolve(fpmPrefix(config), item.pattern)] : [],
  );
  const direct = await Promise.all(patterns.map(pattern => expand(ports, pattern)));
  await withIncluded(reader, items, { prefix: fpmPrefix(config), depth: 1 });
  return [...direct.flat(), ...reader.files];
};

type Line = Exclude<PoolItem, { kind: 'include' }>;

const readPoolLines = async (reader: Reader, file: string): Promise<readonly Line[] | undefined> => {
  const text = await readText(reader, file);
  return text === undefined
    ? undefined
    : await withIncluded(reader, readPoolFile(file, text), { prefix: fpmPrefix(file), depth: 1 });
};

interface Depth {
  readonly prefix: string;
  readonly depth: number;
}

const withIncluded = async (
  reader: Reader,
  items: readonly PoolItem[],
  { prefix, depth }: Depth,
): Promise<readonly Line[]> => {
  const lines: Line[] = [];
  for (const item of items) {
    if (item.kind !== 'include') lines.push(item);
    else {
      const pattern = posix.resolve(prefix, item.pattern);
      for (const [file, text] of await readIncluded(reader, { ...item, pattern, depth })) {
        lines.push(...(await withIncluded(reader, readPoolFile(file, text), { prefix, depth: depth + 1 })));
      }
    }
  }
  return lines;
};

/** Undefined when there is no such file. */
export const readNginx = async (ports: Ports, file: string): Promise<ExistingNginx | undefined> => {
  const reader = newReader(ports);
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
