import { dirname } from 'node:path';
import { fitsGlobPath } from '../../site/existing/glob.ts';
import { type NginxNode, parseNginxFile } from '../../site/existing/nginx-file.ts';

/** What nginx says of its configuration: the directives, and which server blocks it does not use. */
export interface NginxSaid {
  readonly nodes: readonly NginxNode[];
  /** Names that two server blocks have at one address, of which nginx passes over the latter. */
  readonly conflicts: readonly NameConflict[];
}

export interface NameConflict {
  readonly name: string;
  readonly address: string;
}

/** What nginx adds to its dump on standard error. */
const REMARK = /^(?:nginx: |\d{4}\/\d\d\/\d\d )/;
const CONFLICT = /\[warn\] .{0,40}conflicting server name "([^"\n]{0,300})" on (\S{1,300}), ignored$/;

/** Of what `nginx -T` prints, with its remarks behind that. */
export const readNginxSaid = (said: string): NginxSaid => {
  const lines = said.trimEnd().split('\n');
  const end = lines.findLastIndex(line => !REMARK.test(line)) + 1;
  const conflicts = lines.slice(end).flatMap(line => {
    const [, name, address] = CONFLICT.exec(line) ?? [];
    return name === undefined || address === undefined ? [] : [{ name, address }];
  });
  return { nodes: parseNginx(lines.slice(0, end).join('\n')), conflicts };
};

/**
 * The directives in what `nginx -T` prints: every file that nginx reads, each after a line with its name, the main one first.
 */
export const parseNginx = (dump: string): readonly NginxNode[] => {
  const [, ...parts] = dump.split(/^# configuration file (.+):$/m);
  const files = new Map<string, readonly NginxNode[]>();
  for (let index = 0; index < parts.length; index += 2) {
    const file = parts[index] ?? '';
    files.set(file, parseNginxFile(file, parts[index + 1] ?? ''));
  }
  const [[main, nodes] = ['/etc/nginx/nginx.conf', []]] = files;
  return include(nodes, { files, directory: dirname(main) }, 0);
};

interface Included {
  readonly files: ReadonlyMap<string, readonly NginxNode[]>;
  readonly directory: string;
}

/** A bound for includes. nginx itself refuses circles, and nobody nests so deep. */
const MAX_DEPTH = 20;

/** The directives with each `include` replaced by what it names, in the order of the files' names. */
const include = (nodes: readonly NginxNode[], included: Included, depth: number): readonly NginxNode[] =>
  depth > MAX_DEPTH
    ? []
    : nodes.flatMap(node => {
        if (node.name === 'include') return include(filesLike(node.args[0] ?? '', included), included, depth + 1);
        const children = node.children && include(node.children, included, depth + 1);
        return [{ ...node, children }];
      });

const filesLike = (pattern: string, { files, directory }: Included): readonly NginxNode[] => {
  const absolute = pattern.startsWith('/') ? pattern : `${directory}/${pattern}`;
  const names = [...files.keys()].filter(name => fitsGlobPath(absolute, name)).sort();
  return names.flatMap(name => files.get(name) ?? []);
};
