import type { NginxNode } from './nginx-file.ts';
import { childOf } from './nginx-servers.ts';
import { inNginx } from './nginx-words.ts';
import type { Passing, PhpLocations } from './php-locations.ts';
import { inReplica, isParam, isSaid, withRootAsVariable } from './php-params.ts';

/** What locations of an operator's own block need to ask the replicas, behind what they have. */
export interface OwnLines {
  /** Their words, or that of the block, as in `location ~ \\.php$`. */
  readonly places: readonly string[];
  readonly lines: readonly string[];
}

export interface OwnPlace {
  /** The document root as nginx has it, and as replicas see it. */
  readonly root: string;
  readonly scripts: string;
  readonly locations: PhpLocations;
}

/** Without the line that leads to php-zd. Locations with the same lines are named together. */
export const ownLinesOf = (server: NginxNode, { root, scripts, locations }: OwnPlace): readonly OwnLines[] => {
  const passing = locations.own.length === 0 ? [{ node: server, within: [] }] : locations.own;
  const all = passing.map(each => ({
    place: [each.node.name, ...each.node.args].join(' '),
    lines: linesOf(each, { server, root, scripts }),
  }));
  const texts = new Map(all.map(({ lines }) => [lines.join('\n'), lines] as const));
  return [...texts].map(([text, lines]) => ({
    places: all.filter(each => each.lines.join('\n') === text).map(({ place }) => place),
    lines,
  }));
};

const linesOf = (
  { node, within }: Passing,
  { server, root, scripts }: Pick<OwnPlace, 'root' | 'scripts'> & { readonly server: NginxNode },
): readonly string[] => {
  const holder = [node, ...[...within].reverse(), server].find(each => childOf(each, 'fastcgi_param') !== undefined);
  const given = holder === undefined ? [] : (withRootAsVariable(holder, root).children ?? []).filter(isParam);
  const ofScript = given.findLast(({ args }) => args[0] === 'SCRIPT_FILENAME')?.args[1];
  const others = given.filter(({ args: [name = ''] }) => name !== 'SCRIPT_FILENAME' && name !== 'DOCUMENT_ROOT');
  // With a parameter of its own a location has none of those around it (facts.md N105).
  const isInherited = holder !== node;
  const own = others.filter(
    each => (isInherited && !isSaid(each)) || inReplica(each.args[1] ?? '', scripts) !== each.args[1],
  );
  return [
    ...(isInherited ? [`include ${includeFor(given)};`] : []),
    lineOf('DOCUMENT_ROOT', scripts),
    lineOf('SCRIPT_FILENAME', ofScript === undefined ? `${scripts}$fastcgi_script_name` : inReplica(ofScript, scripts)),
    ...own.map(({ args: [name = '', value = ''] }) => lineOf(name, inReplica(value, scripts))),
  ];
};

/** Debian's fastcgi_params takes the port from HTTP_HOST (facts.md N148): only where the block has had it so. */
const includeFor = (given: readonly NginxNode[]): string =>
  given.some(({ args }) => args[0] === 'HTTP_HOST') ? 'fastcgi_params' : 'fastcgi.conf';

const lineOf = (name: string, value: string): string => `fastcgi_param ${name} ${inNginx(value)};`;
