import { ownValue } from '../../base/own.ts';
import { type Adopted, leave } from './adopted.ts';
import type { NginxNode } from './nginx-file.ts';
import { findAll } from './nginx-servers.ts';
import { placeOf, stays } from './nginx-words.ts';

/** The directives of a location that passes requests on to PHP-FPM. */
export const adoptPhpLocation = (nodes: readonly NginxNode[]): readonly Adopted[] =>
  nodes.flatMap(node => {
    const { name, args, children } = node;
    if (name === 'fastcgi_param') return adoptParam(node);
    if (name === 'location' && findAll(children ?? [], 'fastcgi_pass').length > 0)
      return adoptPhpLocation(children ?? []);
    // Whether the script is there, PHP-FPM says.
    if (name === 'try_files' && args.at(-1)?.startsWith('=')) return [];
    if (name === 'set' && /^\$fastcgi_path_info$/.test(args[1] ?? '')) return [];
    if (name === 'if' && args.includes('!-f')) return [];
    const why = ownValue(reasons, name);
    return [why === undefined ? stays(node) : leave('web', placeOf(node), why)];
  });

const reasons: { readonly [Directive in string]?: string } = {
  fastcgi_pass: 'leads to php-zd in the snippet',
  fastcgi_keep_conn: 'must stay off: a connection that is kept holds the drain of a replica',
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

const adoptParam = (node: NginxNode): readonly Adopted[] => {
  const [name = '', value = ''] = node.args;
  // The snippet includes that file.
  const isIncluded = node.file === '/etc/nginx/fastcgi_params' && value.includes('$');
  if (isIncluded || ofSnippet.has(name) || value === ownValue(usual, name) || isHttpsParam(node)) return [];
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
