import { ownValue } from '../../base/own.ts';
import type { NginxNode } from './nginx-file.ts';
import { inQuotes } from './nginx-words.ts';
import { isMatch, isSnippetSplit } from './php-locations.ts';
import { fixedScriptOf } from './run-scripts.ts';

// Parameters of FastCGI, and which of them the snippet gives with the same value.

/** What nginx's own files give to every script (fastcgi.conf), and what the snippet has of its own, in words for the same. */
const usual: { readonly [Name in string]?: readonly string[] } = {
  QUERY_STRING: ['$query_string', '$args'],
  REQUEST_METHOD: ['$request_method'],
  CONTENT_TYPE: ['$content_type'],
  CONTENT_LENGTH: ['$content_length'],
  REQUEST_URI: ['$request_uri'],
  DOCUMENT_URI: ['$document_uri', '$uri'],
  SERVER_PROTOCOL: ['$server_protocol'],
  REQUEST_SCHEME: ['$scheme'],
  HTTPS: ['$https'],
  GATEWAY_INTERFACE: ['CGI/1.1'],
  SERVER_SOFTWARE: ['nginx/$nginx_version'],
  REMOTE_ADDR: ['$remote_addr'],
  REMOTE_PORT: ['$remote_port'],
  REMOTE_USER: ['$remote_user'],
  SERVER_ADDR: ['$server_addr'],
  SERVER_PORT: ['$server_port'],
  SERVER_NAME: ['$server_name'],
  REDIRECT_STATUS: ['200'],
  DOCUMENT_ROOT: ['$document_root', '$realpath_root'],
  SCRIPT_FILENAME: [
    ...['$document_root$fastcgi_script_name', '$realpath_root$fastcgi_script_name', '$request_filename'],
    ...['$document_root/$fastcgi_script_name', '$realpath_root/$fastcgi_script_name'],
  ],
  SCRIPT_NAME: ['$fastcgi_script_name'],
  PATH_INFO: ['$fastcgi_path_info', '$path_info', ''],
  HTTP_PROXY: [''],
  HTTP_HOST: ['$http_host', '$host$port_asked'],
};

const PARAMS = '/etc/nginx/fastcgi_params';

/** What says that visitors came by HTTPS, whatever came to nginx. */
export const isHttpsParam = ({ name, args }: NginxNode): boolean =>
  name === 'fastcgi_param' && args[0] === 'HTTPS' && args[1]?.toLowerCase() === 'on';

export const isParam = ({ name }: NginxNode): boolean => name === 'fastcgi_param';

/** Whether the snippet says it itself, which includes nginx's file. */
export const isSaid = (node: NginxNode): boolean => {
  const [name = '', said = ''] = node.args;
  const isIncluded = node.file === PARAMS && said.includes('$');
  return isIncluded || (ownValue(usual, name) ?? []).includes(bare(said)) || isHttpsParam(node);
};

/** As today's fastcgi_params of Debian has it (facts.md N148). */
export const isWithoutPort = ({ file, args: [name, value = ''] }: NginxNode): boolean =>
  file === PARAMS && name === 'HTTP_HOST' && bare(value) === '$host';

const bare = (value: string): string => value.replace(/\$\{(\w{1,100})\}/g, (_, name: string) => `$${name}`);

/** The last value of a parameter in a location. */
export const paramIn = ({ children = [] }: NginxNode, name: string): string | undefined => {
  const last = children.findLast(child => child.name === 'fastcgi_param' && child.args[0] === name);
  return last && bare(last.args[1] ?? '');
};

/** Whether a location that has one script run takes no other one by its own words: the snippet runs the same. */
export const isItsOwn = (location: NginxNode): boolean => {
  const script = fixedScriptOf(location);
  const { args } = location;
  return script !== undefined && isMatch(args, `/${script}`) && !isMatch(args, '/any/page.php');
};

/** Whether a value is another one once the path of the request has been rewritten to that of a script. */
export const isOfPath = (value: string): boolean =>
  /\$(?:uri|document_uri|fastcgi_script_name|fastcgi_path_info|request_filename)\b/.test(bare(value));

/** The variables of nginx that are the path of the request where a location names no script in it. */
export const PATHS: readonly string[] = ['$uri', '$document_uri', '$fastcgi_script_name'];

/** A value with the document root as replicas see it, in place of nginx's own, which leads to a link of php-zd's. */
export const inReplica = (value: string, scripts: string): string =>
  value
    .replace(/\$(?:\{(?:document_root|realpath_root)\}|(?:document_root|realpath_root)\b)/g, () => scripts)
    .replace(/\$(?:\{request_filename\}|request_filename\b)/g, () => `${scripts}$fastcgi_script_name`)
    // The snippet does not set that variable of Debian's.
    .replace(/\$(?:\{path_info\}|path_info\b)/g, () => '$fastcgi_path_info');

export const isSplit = ({ name, args: [pattern = ''] }: NginxNode): boolean =>
  name === 'fastcgi_split_path_info' && !isSnippetSplit(pattern);

export const paramText = (name: string, value: string): string => `fastcgi_param ${name} ${inQuotes(value)};`;

/** A block in which the document root is written as nginx's variable where parameters have its path. */
export const withRootAsVariable = (node: NginxNode, root: string): NginxNode => {
  const [name = '', value = ''] = node.args;
  const isPath = node.name === 'fastcgi_param' && ownValue(ofPaths, name) === true;
  const isInRoot = value === root || value.startsWith(`${root}/`) || value.startsWith(`${root}$`);
  return {
    ...node,
    args: isPath && isInRoot ? [name, `$document_root${value.slice(root.length)}`, ...node.args.slice(2)] : node.args,
    children: node.children?.map(child => withRootAsVariable(child, root)),
  };
};

const ofPaths: { readonly [Name in string]?: true } = {
  DOCUMENT_ROOT: true,
  SCRIPT_FILENAME: true,
  PATH_TRANSLATED: true,
};
