import { ownValue } from '../../base/own.ts';
import { type Adopted, leave } from './adopted.ts';
import type { NginxNode } from './nginx-file.ts';
import { childOf, findAll } from './nginx-servers.ts';
import { placeOf, stays } from './nginx-words.ts';
import { isPattern, type PhpLocations, patternOf } from './php-locations.ts';
import { fixedScript } from './run-scripts.ts';

/** Where a location stands that passes requests on to PHP-FPM. */
export interface PhpPlace {
  readonly locations: PhpLocations;
  /** The document root as replicas see it. */
  readonly scripts: string;
  /** The same as nginx has it before. */
  readonly root: string;
  /** The location of some scripts, or of another pool, that is read. */
  readonly location?: NginxNode;
}

/** The directives of a location that passes requests on to PHP-FPM. */
export const adoptPhpLocation = (nodes: readonly NginxNode[], place: PhpPlace): readonly Adopted[] =>
  nodes.flatMap(node => {
    const { name, args, children } = node;
    const { locations, location } = place;
    const isOther = location !== undefined && locations.others.includes(location);
    if (name === 'fastcgi_param') return isOther ? leaveParam(node, location, place) : adoptParam(node, place.scripts);
    if (name === 'location' && findAll(children ?? [], 'fastcgi_pass').length > 0) return adoptPhp(node, place);
    // Whether the script is there, PHP-FPM says.
    if (name === 'try_files' && args.at(-1)?.startsWith('=')) return [];
    if (name === 'set' && /^\$fastcgi_path_info$/.test(args[1] ?? '')) return [];
    if (name === 'if' && args.includes('!-f')) return [];
    const why = ownValue(reasons, name);
    return [why === undefined ? stays(node) : leave('web', placeOf(node), why)];
  });

/** What a location that passes requests on says, by what it is beside the others. */
export const adoptPhp = (node: NginxNode, place: PhpPlace): readonly Adopted[] => {
  if (place.locations.foreign.includes(node)) {
    const pass = childOf(node, 'fastcgi_pass') ?? node;
    return [
      stays(
        pass,
        `leads to another pool than this one: keep that pool, and bring ${foreignPlace(node)}, with root ${place.root}; in it`,
      ),
    ];
  }
  const isPhp = childOf(node, 'fastcgi_pass') !== undefined;
  const rest = (node.children ?? []).filter(({ name }) => !isOfSnippet(name));
  return adoptPhpLocation(rest, isPhp ? { ...place, location: node } : place);
};

const isOfSnippet = (name: string): boolean =>
  ['root', 'index', 'fastcgi_split_path_info', 'fastcgi_index'].includes(name);

const wordsOf = ({ args }: NginxNode): string => `location ${args.join(' ')}`;

/** Where nginx takes it before the snippet's location of all scripts. */
const foreignPlace = (node: NginxNode): string => {
  if (isPattern(node.args)) return `${wordsOf(node)} into the snippet's block, before its location with fastcgi_pass`;
  const words = node.args.length === 1 ? `it as location ^~ ${node.args[0]}` : wordsOf(node);
  return `${words} into the snippet's block, last there`;
};

/** A parameter of some requests, which in the site file would be one of all. */
const leaveParam = (node: NginxNode, location: NginxNode, place: PhpPlace): readonly Adopted[] => {
  const [name = '', value = ''] = node.args;
  const script = name === 'SCRIPT_FILENAME' ? fixedScript(value) : undefined;
  const isOfAll = childrenNamed(place.locations.main, 'fastcgi_param').some(
    ({ args }) => args[0] === name && args[1] === value,
  );
  if (isOfAll || (script === undefined && isSaid(node))) return [];
  const line =
    script === undefined ? quoted(name, inReplica(value, place.scripts)) : quoted(name, `${place.scripts}/${script}`);
  return [
    stays(
      node,
      `holds for ${wordsOf(location)} alone, and the site file has no such parameter: bring a copy of the snippet's location with fastcgi_pass in, before that one, ` +
        `as location ${patternOf(location)}, with fastcgi_param ${line}; as its last line`,
    ),
  ];
};

const childrenNamed = (node: NginxNode | undefined, name: string): readonly NginxNode[] =>
  (node?.children ?? []).filter(child => child.name === name);

const quoted = (name: string, value: string): string => `${name} "${value.replace(/["\\]/g, '\\$&')}"`;

/** A value with the document root as replicas see it, in place of nginx's own, which leads to a link of php-zd's. */
const inReplica = (value: string, scripts: string): string =>
  value.replace(/\$(?:\{(?:document_root|realpath_root)\}|(?:document_root|realpath_root)\b)/g, () => scripts);

const reasons: { readonly [Directive in string]?: string } = {
  fastcgi_pass: 'leads to php-zd in the snippet',
  fastcgi_keep_conn:
    'must stay off: a connection that is kept holds the drain of a replica; where pages flush() before they end, write fastcgi_buffering off; in its place, with which a slow visitor holds a child',
  fastcgi_read_timeout: 'the snippet has the default of 60s: write it there',
};

/** What the snippet says itself, of the paths as a replica sees them. */
const ofSnippet: ReadonlySet<string> = new Set([
  ...['DOCUMENT_ROOT', 'SCRIPT_FILENAME', 'SCRIPT_NAME', 'PATH_INFO', 'PATH_TRANSLATED', 'HTTP_PROXY'],
]);

/** What nginx's own files give to every script (fastcgi.conf), and the snippet, which includes them. */
const usual: { readonly [Name in string]?: string } = {
  QUERY_STRING: '$query_string',
  REQUEST_METHOD: '$request_method',
  CONTENT_TYPE: '$content_type',
  CONTENT_LENGTH: '$content_length',
  REQUEST_URI: '$request_uri',
  DOCUMENT_URI: '$document_uri',
  SERVER_PROTOCOL: '$server_protocol',
  REQUEST_SCHEME: '$scheme',
  HTTPS: '$https',
  GATEWAY_INTERFACE: 'CGI/1.1',
  SERVER_SOFTWARE: 'nginx/$nginx_version',
  REMOTE_ADDR: '$remote_addr',
  REMOTE_PORT: '$remote_port',
  REMOTE_USER: '$remote_user',
  SERVER_ADDR: '$server_addr',
  SERVER_PORT: '$server_port',
  SERVER_NAME: '$server_name',
  REDIRECT_STATUS: '200',
};

/** What says that visitors came by HTTPS, whatever came to nginx. */
export const isHttpsParam = ({ name, args }: NginxNode): boolean =>
  name === 'fastcgi_param' && args[0] === 'HTTPS' && args[1]?.toLowerCase() === 'on';

/** Whether the snippet says it itself. */
const isSaid = (node: NginxNode): boolean => {
  const [name = '', value = ''] = node.args;
  // The snippet includes that file.
  const isIncluded = node.file === '/etc/nginx/fastcgi_params' && value.includes('$');
  return isIncluded || ofSnippet.has(name) || value === ownValue(usual, name) || isHttpsParam(node);
};

const adoptParam = (node: NginxNode, scripts: string): readonly Adopted[] => {
  const [name = '', said = ''] = node.args;
  if (isSaid(node)) return [];
  const value = inReplica(said, scripts);
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
        `has a variable of nginx, and the document root, which is another path to a replica: bring fastcgi_param ${quoted(name, value)}; into the snippet's block`,
      ),
    ];
  }
  if (value.includes('$')) {
    return [
      stays(node, "has a variable of nginx, which php-zd's own requests have not: bring it into the snippet's block"),
    ];
  }
  // A site file has no empty value, and no such name.
  if (value === '' || !/^[A-Za-z_]\w{0,200}$/.test(name)) return [stays(node)];
  if (/[\t\r\n]/.test(value)) {
    const instead = /^PHP_(?:ADMIN_)?(?:VALUE|FLAG)$/.test(name) ? `; or write each setting as a line of [pool]` : '';
    return [
      stays(
        node,
        `has a line break, which no line of a site file can hold: bring it into the snippet's block${instead}`,
      ),
    ];
  }
  return [{ kind: 'kept', section: 'site', key: `param[${name}]`, value, ...placeOf(node) }];
};
