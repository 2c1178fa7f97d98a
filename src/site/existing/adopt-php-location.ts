import { ownValue } from '../../base/own.ts';
import { type Adopted, leave } from './adopted.ts';
import type { NginxNode } from './nginx-file.ts';
import { childOf } from './nginx-servers.ts';
import { placeOf, stays, written } from './nginx-words.ts';
import { foreignIn, isPattern, isWhole, type Passing, type PhpLocations, patternOf } from './php-locations.ts';
import { inReplica, isItsOwn, isSaid, isSplit, isWithoutPort, paramIn, paramText } from './php-params.ts';
import { fixedScriptOf, patternWithin } from './run-scripts.ts';

/** Where a location stands that passes requests on to PHP-FPM. */
export interface PhpPlace {
  readonly locations: PhpLocations;
  /** The document root as replicas see it. */
  readonly scripts: string;
  /** The same as nginx has it before. */
  readonly root: string;
  /** Locations of one script for which another line of the snippet stands (answerOfOneScript()). */
  readonly answered: ReadonlySet<NginxNode>;
  /** Whether visitors name a port. */
  readonly hasOwnPort: boolean;
}

interface Within extends PhpPlace {
  /** Undefined for the server block itself. */
  readonly location: NginxNode | undefined;
}

/** The directives of a location that passes requests on to PHP-FPM, without the locations in it. */
export const adoptPhp = (node: NginxNode, place: PhpPlace): readonly Adopted[] => {
  const foreign = foreignIn(place.locations, node);
  if (foreign !== undefined) {
    const pass = childOf(node, 'fastcgi_pass') ?? node;
    const lines = linesOfForeign(foreign, place.root);
    const how = `${foreignPlace(foreign)}${lines === '' ? '' : `, with ${lines} in it`}`;
    return [stays(pass, `leads to another pool than this one: keep that pool, and bring ${how}`)];
  }
  const own = (node.children ?? []).filter(({ name }) => name !== 'location');
  return adoptPhpDirectives(own, { ...place, location: node });
};

/** Directives that hold for scripts, of one location, or of the server block. */
export const adoptPhpDirectives = (nodes: readonly NginxNode[], place: Within): readonly Adopted[] =>
  nodes.flatMap(node => {
    const { location } = place;
    if (node.name === 'fastcgi_param') return adoptParam(node, place);
    if (isOfSnippet(node, location)) return [];
    const why = ownValue(reasons, node.name);
    if (why !== undefined) return [leave('web', placeOf(node), why)];
    if (node.name === 'fastcgi_index')
      return [leave('web', placeOf(node), `is the script of a directory: write index = ${node.args[0]} in [web]`)];
    if (location !== undefined && isCopied(location, place)) return [stays(node, inCopy(node, location))];
    if (node.name === 'fastcgi_read_timeout')
      return [leave('web', placeOf(node), 'the snippet has the default of 60s: write it there')];
    return [stays(node, `stays in nginx: ${isSplit(node) ? IN_PLACE : BEHIND}`)];
  });

const SCRIPTS = "in the snippet's location with fastcgi_pass";
const AT_LAST = `${SCRIPTS}, behind its own lines`;
const BEHIND = `write it ${AT_LAST}`;
const IN_PLACE = `write it ${SCRIPTS}, in place of its own`;

/** Whether the snippet says the same of all scripts. */
const isOfSnippet = (node: NginxNode, location: NginxNode | undefined): boolean => {
  const { name, args, children = [] } = node;
  if (name === 'root' || name === 'index') return true;
  // A pattern of scripts takes no directory.
  if (name === 'fastcgi_index') return args[0] === 'index.php' || location === undefined || isPattern(location.args);
  if (name === 'fastcgi_split_path_info') return !isSplit(node);
  // Whether the script is there, PHP-FPM says.
  if (name === 'try_files') return args.at(-1)?.startsWith('=') ?? false;
  if (name === 'if')
    return args.includes('!-f') && children.every(child => child.name === 'return' && child.args[0] === '404');
  return name === 'set' && args[0] === '$path_info' && args[1] === '$fastcgi_path_info';
};

const wordsOf = ({ args }: NginxNode): string => `location ${args.join(' ')}`;

/** Where nginx takes it before the snippet's location of all scripts. */
const foreignPlace = ({ node, within }: Passing): string => {
  if (isPattern(node.args)) {
    const isAlone = within.every(({ args }) => isWhole(args));
    const words = isAlone ? wordsOf(node) : `it as location ~ "${patternWithin({ node, within })}"`;
    return `${words} into the snippet's block, before its location with fastcgi_pass`;
  }
  if (isWhole(node.args)) return `${wordsOf(node)} into the snippet's block, in place of its location /`;
  const words =
    node.args.length === 1 && !node.args[0]?.startsWith('@') ? `it as location ^~ ${node.args[0]}` : wordsOf(node);
  return `${words} into the snippet's block, last there`;
};

/**
 * The pool that is kept comes to the scripts by the path that it had. From there the links of a deployment are seldom their targets' owner's,
 * to which the snippet's block holds what it opens (facts.md N140).
 */
export const linesOfForeign = ({ node, within }: Passing, root: string): string => {
  const inIt = (name: string) => childOf(node, name) !== undefined;
  const hasAlias = [node, ...within].some(each => childOf(each, 'alias') !== undefined);
  return [
    ...(inIt('root') || hasAlias ? [] : [`root ${root};`]),
    ...(inIt('disable_symlinks') ? [] : ['disable_symlinks off;']),
  ].join(' and ');
};

/** Whether what a location says holds for it alone, or the snippet's location of all scripts cannot say it. */
const isCopied = (location: NginxNode, { locations, answered }: PhpPlace): boolean => {
  if (answered.has(location)) return false;
  return location !== locations.main || (fixedScriptOf(location) !== undefined && !isItsOwn(location));
};

const inCopy = (
  node: NginxNode,
  location: NginxNode,
  line = node.children === undefined ? written(node) : `its own ${node.name}`,
): string => {
  const at = isSplit(node) ? 'in place of its own' : 'as its last line';
  const why = node.name === 'fastcgi_param' ? ', and the site file has no such parameter' : '';
  const place = isWhole(location.args)
    ? 'as location /, in place of its own'
    : `before that one, as location ${patternOf(location)}`;
  return `holds for ${wordsOf(location)} alone${why}: bring a copy of the snippet's location with fastcgi_pass in, ${place}, with ${line} ${at}`;
};

/** A parameter of some requests, which in the site file would be one of all. */
const leaveParam = (node: NginxNode, location: NginxNode, place: PhpPlace): readonly Adopted[] => {
  const [name = '', value = ''] = node.args;
  const { main } = place.locations;
  const isOfAll = childrenNamed(main, 'fastcgi_param').some(({ args }) => args[0] === name && args[1] === value);
  if (isOfAll && location !== main) return [];
  return [stays(node, inCopy(node, location, paramText(name, inReplica(value, place.scripts))))];
};

const childrenNamed = (node: NginxNode | undefined, name: string): readonly NginxNode[] =>
  (node?.children ?? []).filter(child => child.name === name);

const reasons: { readonly [Directive in string]?: string } = {
  fastcgi_pass: 'leads to php-zd in the snippet',
  fastcgi_keep_conn:
    'must stay off: a connection that is kept holds the drain of a replica; where pages flush() before they end, write fastcgi_buffering off; in its place, with which a slow visitor holds a child',
};

/** What says which script runs, where the snippet says the same in another way. */
const isOfScript = (node: NginxNode, location: NginxNode | undefined, place: PhpPlace): boolean => {
  const [name = ''] = node.args;
  if (location === undefined) return false;
  if (place.answered.has(location)) return ['SCRIPT_FILENAME', 'SCRIPT_NAME', 'PATH_INFO'].includes(name);
  const script = fixedScriptOf(location);
  if (script === undefined || !isItsOwn(location)) return false;
  return name === 'SCRIPT_FILENAME' || (name === 'SCRIPT_NAME' && paramIn(location, name) === `/${script}`);
};

const adoptParam = (node: NginxNode, place: Within): readonly Adopted[] => {
  const { location } = place;
  if (isWithoutPort(node)) return location === place.locations.main && place.hasOwnPort ? [stays(node, PORTLESS)] : [];
  if (isSaid(node) || isOfScript(node, location, place)) return [];
  const [name = '', value = ''] = node.args;
  const isOfRequest = value.includes('$') || ofRequest.has(name);
  if (location !== undefined && isCopied(location, place) && (isOfRequest || location !== place.locations.main))
    return leaveParam(node, location, place);
  return adoptParamOfAll(node, place.scripts);
};

const PORTLESS =
  'leaves the port out of HTTP_HOST, where the snippet has it: if the application wants none, take the if with $http_host out of the snippet';

/** No site file has them, since each request has its own. */
const ofRequest: ReadonlySet<string> = new Set([
  ...['DOCUMENT_ROOT', 'SCRIPT_FILENAME', 'SCRIPT_NAME', 'PATH_INFO', 'PATH_TRANSLATED', 'HTTP_PROXY'],
]);

const adoptParamOfAll = (node: NginxNode, scripts: string): readonly Adopted[] => {
  const [name = '', said = ''] = node.args;
  const value = inReplica(said, scripts);
  if (ofRequest.has(name)) return [stays(node, `stays in nginx: write ${paramText(name, value)} ${AT_LAST}`)];
  const basedir = /^PHP_(?:ADMIN_)?VALUE$/.test(name)
    ? /^open_basedir\s{0,9}=\s{0,9}([^\n$]{1,4096})$/.exec(value)
    : null;
  if (basedir?.[1] !== undefined) {
    return [
      { kind: 'kept', section: 'pool', key: 'php_admin_value[open_basedir]', value: basedir[1], ...placeOf(node) },
    ];
  }
  if (value.includes('$') && value !== said) {
    return [
      stays(
        node,
        `has a variable of nginx, and the document root, which is another path to a replica: write ${paramText(name, value)} ${AT_LAST}`,
      ),
    ];
  }
  if (value.includes('$')) {
    return [stays(node, `has a variable of nginx, which php-zd's own requests have not: ${BEHIND}`)];
  }
  // A site file has no empty value, and no such name.
  if (value === '' || !/^[A-Za-z_]\w{0,200}$/.test(name)) return [stays(node, `stays in nginx: ${BEHIND}`)];
  if (/[\t\r\n]/.test(value)) {
    const instead = /^PHP_(?:ADMIN_)?(?:VALUE|FLAG)$/.test(name) ? `; or write each setting as a line of [pool]` : '';
    return [stays(node, `has a line break, which no line of a site file can hold: ${BEHIND}${instead}`)];
  }
  return [{ kind: 'kept', section: 'site', key: `param[${name}]`, value, ...placeOf(node) }];
};
