import type { Site, WebServer } from '../../site/site.ts';
import { renderHeader } from '../generated.ts';
import { closedLocation, hiddenLocation, nginxLocations, paramLine, splitRule } from '../snippets/nginx.ts';
import { paramLines } from '../snippets/params.ts';
import { scriptRule } from '../snippets/rules.ts';
import {
  CLIENT_HEADER,
  furtherRoots,
  HTTPS_HEADER,
  headerParam,
  OWN_HEADERS,
  type OwnPlaces,
  PORT_HEADER,
  type Renderer,
  SERVER_HEADER,
  type Start,
  WEB_FILES,
  type WebContext,
} from './context.ts';

/**
 * The configuration of a replica's own nginx. One connection is one request, as everywhere behind the site's HAProxy: what is counted and
 * drained are connections.
 */
const renderConfig = (site: Site, server: WebServer, context: WebContext): string => {
  const { paths, view } = context;
  return `${renderHeader(site, '#')}
daemon off;
# Below its prefix, which is its own directory, as all that has no slash before it.
pid pid;
worker_processes 2;
error_log stderr error;
events {
    worker_connections ${WEB_FILES / 4};
}
http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log off;
    sendfile on;
    server_tokens off;
    keepalive_timeout 0;
    types_hash_max_size 2048;
    # What HAProxy's buffer holds comes through.
    client_header_buffer_size 16k;
    large_client_header_buffers 4 64k;
${['client_body', 'fastcgi', 'proxy', 'scgi', 'uwsgi'].map(name => `    ${name}_temp_path ${name};\n`).join('')}
    # Who the visitor is, by the word of the site's HAProxy, which takes these headers from everybody else. A socket's has no address.
    set_real_ip_from unix:;
    real_ip_header ${CLIENT_HEADER};
    map $remote_addr $php_zd_address { "unix:" ""; default $remote_addr; }
    map $${variable(HTTPS_HEADER)} $php_zd_scheme { "" http; default https; }

    server {
        # Where it listens, and where its PHP is ($php_zd).
        include ${paths.webOwn};
        server_name _;
        root ${view.files};
        absolute_redirect off;
        # PHP has a limit of its own, post_max_size.
        client_max_body_size 0;

${indented(nginxLocations(view, furtherRoots(view)))}
        # Not public, and scripts where the site itself writes.
${indented(closedLocation(view))}        location ~ "${scriptRule(view)}" {
            # To PHP a body has a length: one that comes in chunks is counted first.
            error_page 418 = @php_zd_chunks;
            if ($http_transfer_encoding) {
                return 418;
            }
${toPhp(site, context)}            fastcgi_request_buffering off;
        }
        location @php_zd_chunks {
${toPhp(site, context)}        }
${indented(hiddenLocation(view))}${view.sendable.map(sendRule).join('')}${server.include === undefined ? '' : `        include ${paths.webInclude};\n`}    }
}
`;
};

/** What goes to PHP goes on as it comes, and so does its answer. How long one may take is set in PHP. */
const toPhp = (
  site: Site,
  context: WebContext,
): string => `            fastcgi_split_path_info ${splitRule(context.view)};
${phpParams(site, context)}            fastcgi_pass $php_zd;
            fastcgi_buffering off;
            fastcgi_buffer_size 64k;
            fastcgi_buffers 8 64k;
            fastcgi_read_timeout 1d;
            fastcgi_send_timeout 1d;
            fastcgi_next_upstream off;
`;

/** X-Accel-Redirect: PHP sees what nginx sees. */
const sendRule = ({ path }: { readonly path: string }): string => `        location ^~ ${path}/ {
            internal;
            root /;
        }
`;

const phpParams = (site: Site, { view }: Pick<WebContext, 'view'>): string => {
  const own = [
    ['QUERY_STRING', '$query_string'],
    ['REQUEST_METHOD', '$request_method'],
    ['CONTENT_TYPE', '$content_type'],
    ['CONTENT_LENGTH', '$content_length'],
    ['SCRIPT_NAME', '$fastcgi_script_name'],
    ['SCRIPT_FILENAME', `${view.scripts}$fastcgi_script_name`],
    ['PATH_INFO', '$fastcgi_path_info'],
    ['REQUEST_URI', '$request_uri'],
    ['DOCUMENT_URI', '$document_uri'],
    ['DOCUMENT_ROOT', view.scripts],
    ['SERVER_PROTOCOL', '$server_protocol'],
    ['REQUEST_SCHEME', '$php_zd_scheme'],
    ['HTTPS', `$${variable(HTTPS_HEADER)} if_not_empty`],
    ['GATEWAY_INTERFACE', 'CGI/1.1'],
    ['SERVER_SOFTWARE', 'nginx'],
    ['REMOTE_ADDR', '$php_zd_address'],
    ['REMOTE_PORT', '$remote_port'],
    ['SERVER_ADDR', `$${variable(SERVER_HEADER)} if_not_empty`],
    ['SERVER_PORT', `$${variable(PORT_HEADER)}`],
    ['SERVER_NAME', '$host'],
    ['REDIRECT_STATUS', '200'],
    // httpoxy, and what is the site's HAProxy's to say.
    ['HTTP_PROXY', '"" if_not_empty'],
    ['HTTP_TRANSFER_ENCODING', '"" if_not_empty'],
    ...OWN_HEADERS.map(name => [headerParam(name), '"" if_not_empty'] as const),
  ] as const;
  return own
    .map(([name, value]) => `            fastcgi_param ${name} ${value};\n`)
    .join('')
    .concat(paramLines(site, '            ', paramLine));
};

const variable = (header: string): string => headerParam(header).toLowerCase();

const indented = (text: string): string => text.replace(/^(?=.)/gm, '    ');

/** What the nginx of one replica has of its own. */
const renderOwn = (site: Site, { socket, php }: OwnPlaces): string =>
  `${renderHeader(site, '#')}listen unix:${socket};
set $php_zd unix:${php};
`;

const command = ({ config, tmp }: Start): string => `exec /usr/sbin/nginx -e stderr -p ${tmp}/ -c ${config}`;

export const nginx: Renderer = {
  config: renderConfig,
  own: renderOwn,
  command,
  test: start => `${command(start)} -q -t`,
  stopSignal: 'SIGQUIT',
  leftovers: () => [],
};
