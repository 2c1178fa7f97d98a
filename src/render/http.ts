import { posix } from 'node:path';
import { httpUnit, SIDES, sideBackend, siteUnit } from '../base/paths.ts';
import { placeText } from '../site/http-conflicts.ts';
import type { Http, Listen, Site } from '../site/site.ts';
import { type RenderContext, renderHeader } from './generated.ts';
import { pathList } from './paths-in-units.ts';
import { haproxyParam, paramLines } from './snippets/params.ts';
import {
  CLIENT_ADDRESS_HEADER,
  CLIENT_HEADER,
  CLIENT_PORT_HEADER,
  HTTPS_HEADER,
  OWN_HEADERS,
  PORT_HEADER,
  SERVER_HEADER,
} from './web/context.ts';

/**
 * Where the site is reached over HTTP. systemd listens and hands the socket on: a port of root's needs no right of HAProxy's, a place
 * that is taken ends this unit and nothing else, and what comes while HAProxy is started anew waits.
 */
export const renderHttpSocket = (site: Site, { at }: Http): string => `${renderHeader(site, '#')}
[Unit]
Description=HTTP of PHP site ${site.name}
Documentation=man:php-zd.ini(5)
SourcePath=${site.file}
# A stop of the site takes it along, once the site's requests have ended.
StopPropagatedFrom=${siteUnit(site.name)}
Before=${siteUnit(site.name)}

[Socket]
ListenStream=${at.kind === 'socket' ? pathList([at.path]) : placeText(at).replace(/^\*:/, '')}
Service=${httpUnit(site.name)}
Backlog=4096
${at.kind === 'socket' ? rightsLines(site.listen) : ''}`;

const rightsLines = ({ owner, group, mode }: Listen): string => `RemoveOnStop=yes
SocketUser=${owner ?? 'root'}
SocketGroup=${group}
SocketMode=0${mode.toString(8)}
`;

/** Of the buffer (units/http.cfg) a head of 24,000 bytes and its query once more leave 8 KB to all other parameters. */
const MOST_URL = 16_000;

/** What the buffer holds behind a head of 16,000 bytes. */
const MOST_CHUNKED = 8192;

/**
 * An address of IPv4 that came in by a socket of IPv6's looks like ::ffff:192.0.2.1, which is nobody's to PHP. Told by its text, since in a
 * network of IPv6's HAProxy finds any address of IPv4; and without a regular expression, whose compilation the unit forbids.
 */
const isMapped = (of: 'src' | 'dst'): string => `${of} -m beg ::ffff:`;

/** The descriptor that systemd hands on (sd_listen_fds(3)). */
const INHERITED = 'fd@3';

interface HttpContext extends RenderContext {
  /** The highest number of a slot. */
  readonly lastSlot: number;
  /** Another place to listen at for "haproxy -c", which has no such descriptor. */
  readonly bind?: string;
  /** Whether every replica has a web server of its own. */
  readonly toWeb: boolean;
}

/**
 * The site's own HAProxy: what comes in over HTTP goes on as FastCGI to the socket that a web server would use, or as HTTP to the replicas'
 * own web servers, one connection for each request. So whatever is held, drained or proven there holds for HTTP as well.
 */
export const renderHttpConfig = (site: Site, http: Http, context: HttpContext): string => {
  const { name } = site;
  const { toWeb, bind = INHERITED } = context;
  return `${renderHeader(site, '#')}
global
  nbthread 1
  # What is graver than alert would be on every terminal (haproxy.cfg): it is written as alert.
  log /dev/log local0 debug alert
  log-tag php-zd-http-${name}

# No name is resolved (facts.md N12).
resolvers default

frontend ${name}
  mode http
  bind ${bind}${acceptsProxy(http) && isSocket(http) ? ' accept-proxy' : ''}
  backlog 4096
  log global
  option httplog
  option dontlog-normal
  # A visitor who sends or takes nothing for so long is gone. How long an answer may take is set in PHP.
  timeout client 1m
  timeout http-request 30s
  timeout http-keep-alive 15s
  # A visitor may just be sending the next request when HAProxy is reloaded: it is answered before the connection ends.
  option idle-close-on-response
${edgeRules(http)}  # httpoxy: PHP would have it as a variable that libraries heed.
  http-request del-header Proxy
  http-request deny deny_status 400 if { path -m sub -i %00 }
  http-request deny deny_status 400 if { url,length gt ${MOST_URL} }
  # HAProxy 2.6 takes one of 2^64 bytes for none, and its body for the next request (facts.md N157).
  http-request deny deny_status 400 if { req.hdr(content-length),length gt 18 }
${toWeb ? webHeaders(http) : FASTCGI_BODIES}${site.web.sticky === undefined ? '' : stickyRules(site, context)}  default_backend ${name}

${toWeb ? renderBackend(name, toWebLines(context)) : renderFastcgi(site, http, context)}`;
};

/** Last of all rules: between the choice of a side and the connection to it nothing is waited for. */
const stickyRules = ({ name }: Site, { lastSlot }: HttpContext): string => {
  const cookie = `"${stickyCookie(name)}=%[var(txn.release)]; Path=/; HttpOnly; SameSite=Lax`;
  return `  # Which release the visitor stays with (http.lua). A cookie that ends with the browser, and is set only where it changes.
  http-request lua.php-zd-release ${lastSlot}
  http-response add-header Set-Cookie ${cookie}" if { var(txn.release) -m found } !{ var(txn.https) -m found }
  http-response add-header Set-Cookie ${cookie}; Secure" if { var(txn.release) -m found } { var(txn.https) -m found }
${SIDES.map(side => `  use_backend ${sideBackend(name, side)} if { var(txn.side) -m str ${side} }\n`).join('')}`;
};

/** The cookie that says which release has answered a visitor (units/http.lua). */
const stickyCookie = (site: string): string => `php-zd-${site}`;

const renderFastcgi = (site: Site, http: Http, { paths }: HttpContext): string => {
  const { name, web } = site;
  const sides = web.sticky === undefined ? [] : SIDES;
  const backends = [
    renderBackend(name, toFastcgiLines(name, paths.front)),
    ...sides.map(side => renderBackend(sideBackend(name, side), toFastcgiLines(name, paths.sideFront(side)))),
  ];
  return `${backends.join('')}${renderFcgiApp(site, http)}`;
};

/** `how` says to whom, and in what. */
const renderBackend = (name: string, how: string): string => `backend ${name}
  mode http
  log global
  timeout connect 5s
  timeout server 1d
  # Only a connection that was not made is tried again: nothing that was sent is sent twice.
  retries 5
  http-reuse never
  # A name with another character would be one with '-' to PHP, and pass for it.
  option http-restrict-req-hdr-names delete
${how}
`;

const toFastcgiLines = (app: string, socket: string): string => `  use-fcgi-app ${app}
  server php-zd unix@${socket} proto fcgi
`;

const toWebLines = ({ paths }: RenderContext): string => `  option http-server-close
  # What was upgraded, such as a WebSocket, may say nothing for so long.
  timeout tunnel 1h
  server php-zd unix@${paths.webFront}
`;

/** What the replicas' web servers believe, and what nobody else may say. */
const webHeaders = (http: Http): string => {
  const lines = OWN_HEADERS.map(name => `del-header ${name}`);
  const client = [
    `set-header ${CLIENT_HEADER} %[src]:%[src_port] if { src -m found }`,
    `set-header ${CLIENT_HEADER} [%[src]]:%[src_port] if { src -m sub : }`,
    `set-header ${CLIENT_HEADER} %[src,field(4,:)]:%[src_port] if { ${isMapped('src')} }`,
    `set-header ${CLIENT_ADDRESS_HEADER} %[src] if { src -m found }`,
    `set-header ${CLIENT_ADDRESS_HEADER} %[src,field(4,:)] if { ${isMapped('src')} }`,
    `set-header ${CLIENT_PORT_HEADER} %[src_port] if { src -m found }`,
  ];
  const server = [
    `set-header ${SERVER_HEADER} %[dst]`,
    `set-header ${SERVER_HEADER} %[dst,field(4,:)] if { ${isMapped('dst')} }`,
    `set-header ${PORT_HEADER} %[dst_port]`,
  ];
  const https = '{ var(txn.https) -m found }';
  return [
    ...lines,
    ...client,
    ...(isSocket(http) ? [`set-header ${PORT_HEADER} 80`] : server),
    `set-header ${PORT_HEADER} 443 if ${https}`,
    `set-header ${HTTPS_HEADER} on if ${https}`,
  ]
    .map(line => `  http-request ${line}\n`)
    .join('');
};

/** FastCGI has no body without a length. */
const FASTCGI_BODIES = `  # Who waits for a word before he sends a body gets it. FastCGI has no body without a length: one that comes in chunks is counted as
  # far as the buffer surely holds it, and a longer one has to say its length.
  http-request wait-for-body time 30s at-least 1 if { req.hdr(expect) -m found }
  acl is_chunked req.hdr(transfer-encoding) -m found
  http-request wait-for-body time 30s if is_chunked
  http-request return status 411 content-type text/plain string "A body without a Content-Length may have ${MOST_CHUNKED} bytes." if is_chunked { req.body_len gt ${MOST_CHUNKED} }
`;

const renderFcgiApp = (site: Site, http: Http): string => {
  const { name, web, mount } = site;
  const scripts = posix.join(mount, web.root);
  const script = `/${web.frontController ?? 'index.php'}`;
  return `fcgi-app ${name}
  docroot ${scripts}
  # A connection that is kept holds a child (facts.md H1).
  no option keep-conn
  pass-header Authorization
  set-param SCRIPT_FILENAME ${scripts}${script}
  set-param SCRIPT_NAME ${script}
  set-param DOCUMENT_URI ${script}
  set-param PATH_INFO %[path,bytes(${script.length}),url_dec] if { path -m beg ${script}/ }
  set-param SERVER_NAME %[req.hdr(host),host_only]
  set-param SERVER_SOFTWARE haproxy
  set-param REDIRECT_STATUS 200
  acl is_https var(txn.https) -m found
  set-param REQUEST_SCHEME https if is_https
  set-param REQUEST_SCHEME http if !is_https
  set-param HTTPS on if is_https
  set-param SERVER_PORT 443 if is_https
${isSocket(http) ? '  set-param SERVER_PORT 80 if !is_https\n' : ADDRESSES}${paramLines(site, '  ', haproxyParam)}`;
};

const ADDRESSES = `  set-param REMOTE_ADDR %[src,field(4,:)] if { ${isMapped('src')} }
  set-param SERVER_ADDR %[dst]
  set-param SERVER_ADDR %[dst,field(4,:)] if { ${isMapped('dst')} }
`;

const isSocket = ({ at }: Http): boolean => at.kind === 'socket';
const acceptsProxy = ({ edge }: Http): boolean => edge === 'proxy-protocol';

/** What the one in front says of the visitor, if that one is believed. Who that is, is looked up while `src` is still the one in front. */
const edgeRules = (http: Http): string => {
  if (acceptsProxy(http)) {
    const expected = isSocket(http)
      ? ''
      : `${edgeLines(http)}  tcp-request connection expect-proxy layer4 if is_edge\n`;
    return `${expected}  http-request set-var(txn.https) bool(true) if { dst_port 443 }\n`;
  }
  if (http.edge === 'none') return '';
  return `${edgeLines(http)}${VISITOR}`;
};

/** Of several values the last is the word of the one in front: what came before it may be the visitor's own. */
const VISITOR = `  acl has_for req.hdr(x-forwarded-for) -m found
  acl has_visitor var(txn.visitor) -m found
  http-request set-var(txn.visitor) req.hdr_ip(x-forwarded-for,-1) if is_edge has_for
  http-request set-var(txn.visitor) req.hdr(x-forwarded-for,-1),field(2,[),field(1,]),ipmask(32,128) if is_edge has_for !has_visitor
  # Who has no address would pass for the one in front.
  http-request return status 400 content-type text/plain string "The last value of X-Forwarded-For is no address." if is_edge has_for !has_visitor
  http-request set-var(txn.https) bool(true) if is_edge { req.hdr(x-forwarded-proto,-1) -i https }
  http-request set-src var(txn.visitor) if has_visitor
`;

/** Over several lines, since HAProxy takes 64 words on one. */
const edgeLines = (http: Http): string => {
  if (isSocket(http)) return '  acl is_edge always_true\n';
  if (http.edgeFrom.length === 0) return '  acl is_edge always_false\n';
  return http.edgeFrom.map(network => `  acl is_edge src ${network}\n`).join('');
};
