import type { Site, WebServer } from '../../site/site.ts';
import { renderHeader } from '../generated.ts';
import { closedSections, directoryRules, furtherRule, paramLine } from '../snippets/apache.ts';
import { inQuotes, paramLines } from '../snippets/params.ts';
import { scriptEnding } from '../snippets/rules.ts';
import {
  CLIENT_ADDRESS_HEADER,
  CLIENT_PORT_HEADER,
  furtherRoots,
  HTTPS_HEADER,
  headerParam,
  LONGEST_S,
  OWN_HEADERS,
  type OwnPlaces,
  PORT_HEADER,
  type Renderer,
  SERVER_HEADER,
  type Start,
  type WebContext,
} from './context.ts';

/** What Debian's Apache has loaded by itself, and what a site's rules need besides. */
const MODULES = [
  ...[
    'mpm_event',
    'authn_core',
    'authn_file',
    'authz_core',
    'authz_host',
    'authz_user',
    'auth_basic',
    'alias',
    'deflate',
  ],
  ...['dir', 'env', 'expires', 'filter', 'headers', 'mime', 'negotiation', 'rewrite', 'setenvif'],
  ...['proxy', 'proxy_fcgi', 'proxy_http', 'proxy_wstunnel'],
];

const PROCESSES = 2;
/** A request that waits for PHP holds a thread: as many of them as HAProxy gives to a site of ordinary size. */
const THREADS = 250;

/**
 * The configuration of a replica's own Apache. Where `Listen` has a path, Apache Portable Runtime makes a UNIX socket of it (facts.md W6).
 * A child that ends by itself would remove that, so their number is fixed.
 */
const renderConfig = (site: Site, server: WebServer, { paths, view }: WebContext): string => `${renderHeader(site, '#')}
# Where it listens, and where its PHP is (php_zd_socket, php_zd_php).
Include ${paths.webOwn}
${MODULES.map(name => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so\n`).join('')}
# Apache reads this twice, and listens each time before it closes what it listened at the first time: that is another socket.
<IfFile "\${php_zd_socket}.first">
    Listen "\${php_zd_socket}:80"
</IfFile>
<IfFile !"\${php_zd_socket}.first">
    Listen "\${php_zd_socket}.first:80"
</IfFile>
AcceptFilter http none
ListenBacklog 4096
# None is ended for having nothing to do: the first that closes the socket would remove it.
ServerLimit ${PROCESSES}
StartServers ${PROCESSES}
ThreadLimit ${THREADS}
ThreadsPerChild ${THREADS}
MaxRequestWorkers ${PROCESSES * THREADS}
MinSpareThreads 1
MaxSpareThreads ${PROCESSES * THREADS}
MaxConnectionsPerChild 0
# One connection is one request.
KeepAlive Off
Timeout ${LONGEST_S}
ProxyTimeout ${LONGEST_S}
# PHP has a limit of its own, post_max_size.
LimitRequestBody 0
# What HAProxy's buffer holds comes through.
LimitRequestLine 65536
LimitRequestFieldSize 65536
# Below its own directory.
PidFile pid
DefaultRuntimeDir .
ErrorLog syslog:daemon:apache2
# Not what was denied, which any visitor may fill the journal with.
LogLevel error authz_core:crit
ServerTokens Prod
TraceEnable Off
ServerName ${site.name}
TypesConfig /etc/mime.types
DocumentRoot ${view.files}
# PATH_INFO may have slashes of its own.
AllowEncodedSlashes On
# Redirects keep the scheme, the host and the port that the browser knows.
RedirectRelative On
RewriteEngine On
${furtherRoots(view)
  .map(({ root, why }) => `# ${why}\n${furtherRule(view, root)}`)
  .join('')}
<Directory />
    Options FollowSymLinks
    AllowOverride None
    Require all denied
</Directory>
<Directory ${view.files}>
    Require all granted
    CGIPassAuth On
${directoryRules(view)}</Directory>
${furtherRoots(view)
  .map(({ root }) => `<Directory ${root}>\n    Require all granted\n</Directory>\n`)
  .join('')}# Not public, and scripts where the site itself writes.
${closedSections(view)}<FilesMatch "${scriptEnding(view)}$">
    SetHandler "proxy:unix:\${php_zd_php}|fcgi://${site.name}"
${phpParams(site, view.scripts)}</FilesMatch>
# To PHP a body has a length: one that comes in chunks is counted first.
SetEnvIf Transfer-Encoding . proxy-sendcl=1
<Proxy "unix:\${php_zd_php}|fcgi://${site.name}">
    ProxySet enablereuse=off timeout=${LONGEST_S} retry=0 flushpackets=on
</Proxy>
${server.include === undefined ? '' : `Include ${paths.webInclude}\n`}`;

/** Who the visitor is, by the word of the site's HAProxy, which takes these headers from everybody else. */
const phpParams = (site: Site, scripts: string): string => {
  const said = (header: string) => `%{req_novary:${header}}`;
  const isHttps = `req_novary('${HTTPS_HEADER}') == 'on'`;
  const params = [
    ['true', 'DOCUMENT_ROOT', scripts],
    ['true', 'SCRIPT_FILENAME', `${scripts}%{reqenv:SCRIPT_NAME}`],
    ['true', 'REMOTE_ADDR', said(CLIENT_ADDRESS_HEADER)],
    ['true', 'REMOTE_PORT', said(CLIENT_PORT_HEADER)],
    ['true', 'SERVER_ADDR', said(SERVER_HEADER)],
    ['true', 'SERVER_PORT', said(PORT_HEADER)],
    [isHttps, 'HTTPS', 'on'],
    [isHttps, 'REQUEST_SCHEME', 'https'],
  ] as const;
  const none = [`req_novary('${SERVER_HEADER}') == ''`, '!SERVER_ADDR'] as const;
  const hidden = [...OWN_HEADERS.map(headerParam), 'HTTP_TRANSFER_ENCODING'].map(name => ['true', `!${name}`] as const);
  return [...params, none, ...hidden]
    .map(
      ([when, name, value]) =>
        `    ProxyFCGISetEnvIf "${when}" ${name}${value === undefined ? '' : ` ${inQuotes(value)}`}\n`,
    )
    .join('')
    .concat(paramLines(site, '    ', paramLine));
};

/** What the Apache of one replica has of its own. */
const renderOwn = (
  site: Site,
  { socket, php }: OwnPlaces,
): string => `${renderHeader(site, '#')}Define php_zd_socket ${socket}
Define php_zd_php ${php}
`;

/** Its socket is HAProxy's group's to connect to. */
const command = ({ config, tmp }: Start): string =>
  `umask 0007 && exec /usr/sbin/apache2 -DFOREGROUND -d ${tmp} -f ${config}`;

export const apache: Renderer = {
  config: renderConfig,
  own: renderOwn,
  command,
  test: start => `${command(start)} -t`,
  stopSignal: 'SIGWINCH',
  leftovers: socket => [`${socket}.first`],
};
