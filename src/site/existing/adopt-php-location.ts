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

/** What nginx's own files give to every script (fastcgi.conf), which php-zd's requests have too. */
const usual: ReadonlySet<string> = new Set([
  ...['QUERY_STRING', 'REQUEST_METHOD', 'CONTENT_TYPE', 'CONTENT_LENGTH', 'SCRIPT_NAME', 'REQUEST_URI'],
  ...['DOCUMENT_URI', 'DOCUMENT_ROOT', 'SCRIPT_FILENAME', 'SERVER_PROTOCOL', 'REQUEST_SCHEME', 'HTTPS'],
  ...['GATEWAY_INTERFACE', 'SERVER_SOFTWARE', 'REMOTE_ADDR', 'REMOTE_PORT', 'REMOTE_USER', 'SERVER_ADDR'],
  ...['SERVER_PORT', 'SERVER_NAME', 'REDIRECT_STATUS', 'PATH_INFO', 'PATH_TRANSLATED', 'HTTP_PROXY'],
]);

const adoptParam = (node: NginxNode): readonly Adopted[] => {
  const [name = '', value = ''] = node.args;
  if (usual.has(name)) return [];
  // The snippet includes that file.
  const isIncluded = node.file === '/etc/nginx/fastcgi_params';
  if (value.includes('$')) {
    if (isIncluded) return [];
    return [
      stays(node, "has a variable of nginx, which php-zd's own requests have not: bring it into the snippet's block"),
    ];
  }
  return [
    {
      kind: 'kept',
      ...{ section: 'site', key: `param[${name}]`, value },
      ...placeOf(node),
      ...(isIncluded
        ? {}
        : { note: "php-zd's own requests have it; bring it into the snippet's block for those of visitors" }),
    },
  ];
};
