import { balancerTag, ownBackend, sideBackend, webBackend } from '../base/paths.ts';
import type { Listen, Site, WebServerKind } from '../site/site.ts';
import { renderAnswers } from './answers.ts';
import { renderBalance, serverPlace } from './balance.ts';
import { type RenderContext, renderHeader } from './generated.ts';
import { renderOneRecord } from './one-record.ts';
import { renderSides } from './sides.ts';

/** The number of the socket whose requests are held, or answered in maintenance (units/haproxy.lua). */
const CLOSED = 2;

/** The line without which no request is held. */
export const FRONT_ACTION = `tcp-request content lua.php-zd-front if { so_id ${CLOSED} }`;

/** A replica as HAProxy is to know it. */
export interface Server {
  readonly slot: number;
  /** How many requests the replica can have at once. */
  readonly maxconn: number;
  /** The web server of the replica's own, if it has one. */
  readonly web: WebServerKind | undefined;
}

/** The number of the socket by which a replica's own web server reaches PHP. */
const ownPhpId = (slot: number): number => 100 + slot;

/**
 * The site's part of the host's HAProxy. The web server speaks FastCGI to the frontend, one connection for each request, and
 * HAProxy passes the bytes on in TCP mode: a connection is a request, and a request that was sent is never sent again.
 */
export const renderHaproxy = (site: Site, { paths }: RenderContext, servers: readonly Server[]): string => {
  const mode = `mode ${socketMode(site.listen).toString(8)}`;
  const withWeb = servers.filter(({ web }) => web !== undefined);
  const own = renderOwn(site, paths, withWeb);
  const { sides, binds, action, rules, backends } = renderSides(site, paths);
  const { begin, count: countLines } = renderAnswers(site, servers, 'fastcgi');
  const count = `${renderOneRecord(site, servers)}${countLines}`;
  return `${renderHeader(site, '#')}
frontend ${site.name} from php-zd
  mode tcp
  bind unix@${paths.openFront} ${mode}
  # The web server comes here while ${paths.front} says so.
  bind unix@${paths.closedFront} id ${CLOSED} ${mode}
${binds}${own.binds}  # More wait in the socket's backlog, which costs HAProxy nothing: connections that some sites keep open leave room for all others.
  maxconn ${mostConnections(servers)}
  backlog ${BACKLOG}
  # Only what went wrong is worth a line.
${siteLog(site)}  option tcplog
  option dontlog-normal
  # Whether the site is held or in maintenance is looked up for each request that comes in there, and for no other (haproxy.lua). A
  # wait longer than this ends.
  tcp-request inspect-delay 15m
  ${FRONT_ACTION}
${action}${own.action}${begin}  tcp-request content use-service lua.php-zd-maintenance if { var(txn.maintenance) -m found }
  # What waited in a process that a reload has left behind goes to the present one, which knows the replicas of now.
${rules}  use_backend ${site.name}:again if { var(txn.held) -m found } { stopping }
${own.rule}  default_backend ${site.name}

backend ${site.name}:again from php-zd
  mode tcp
  server php-zd unix@${paths.openFront}

${backends}${renderBackend(site, { name: site.name, servers, gate: paths.gate, log: siteLog(site), count, downInterval: '25ms' })}${sides
  .map(side => {
    const gate = (slot: number) => paths.sideGate(`${side}${slot}`);
    // Half of a side's servers are always down. None of it is news, and that all of them are, at the end of a roll, would be an alert.
    const quiet = { log: '', count, downInterval: '100ms' };
    return `\n${renderBackend(site, { name: sideBackend(site.name, side), servers, gate, ...quiet })}`;
  })
  .join('')}${withWeb.length === 0 ? '' : renderWeb(site, paths, withWeb)}`;
};

/**
 * That a replica is not there is an alert to HAProxy, also of each slot that has none, at a boot and in each new process; and that a process
 * hands a site over to the next one is a warning. Who is called by such lines would be called for nothing: whether a site lacks replicas is
 * told by status and doctor.
 */
const siteLog = ({ name }: Site): string => `  log /dev/log local0 debug notice\n  log-tag ${balancerTag(name)}\n`;

/** Where the replicas' own web servers reach PHP: parts of the configuration, each empty where there are none. */
const renderOwn = (site: Site, paths: RenderContext['paths'], withWeb: readonly Server[]) => {
  const caddies = withWeb.filter(({ web }) => web === 'caddy').map(({ slot }) => ` ${ownPhpId(slot)}`);
  const some = (line: string) => (withWeb.length === 0 ? '' : `  ${line} if { so_id gt ${ownPhpId(0)} }\n`);
  return {
    binds: withWeb
      .map(({ slot }) => `  bind unix@${paths.ownPhpSocket(slot)} id ${ownPhpId(slot)} mode 660\n`)
      .join(''),
    // Caddy closes a connection before PHP-FPM does, which would be a line for each request.
    action: `${caddies.length === 0 ? '' : `  tcp-request content set-log-level silent if { so_id${caddies.join('')} }\n`}${some('tcp-request content lua.php-zd-own')}`,
    rule: some(`use_backend ${ownBackend(site.name)}`),
  };
};

interface Backend {
  readonly name: string;
  readonly servers: readonly Server[];
  /** The path that is there while a replica takes requests of this backend. */
  readonly gate: (slot: number) => string;
  readonly log: string;
  /** The lines that count the answers. */
  readonly count: string;
  /** How often a server is looked at that is down. */
  readonly downInterval: string;
}

const renderBackend = (site: Site, { name, servers, gate, log, count, downInterval }: Backend): string => {
  const server = ({ slot, maxconn }: Server) => `  server ${slot} ${serverPlace(gate(slot))} maxconn ${maxconn}\n`;
  return `backend ${name} from php-zd
  mode tcp
${log}${renderBalance({ servers: servers.length, queueTimeoutMs: site.listen.queueTimeoutMs, downInterval, indent: '  ' })}${count}  # A path through serving/ exists only while the replica serves: what is drained stays drained when HAProxy is reloaded,
  # restarted or crashes.
${servers.map(server).join('')}`;
};

/**
 * HTTP to the replicas' own web servers. A web server follows its replica in all that HAProxy thinks of it: one drain, one switch, one check
 * of both. Who is not there is passed by, since nothing was sent then.
 */
const renderWeb = (site: Site, paths: RenderContext['paths'], servers: readonly Server[]): string => {
  const { begin, count } = renderAnswers(site, servers, 'http');
  return `
${renderOwnFrontend(site, { name: webBackend(site.name), socket: paths.webFront, servers })}  tcp-request inspect-delay 15m
  tcp-request content lua.php-zd-web
${begin}  use_backend ${webBackend(site.name)}:again if { var(txn.held) -m found } { stopping }
  default_backend ${webBackend(site.name)}

backend ${webBackend(site.name)}:again from php-zd
  mode tcp
  server php-zd unix@${paths.webFront}

backend ${webBackend(site.name)} from php-zd
  mode tcp
${siteLog(site)}  # A new HAProxy process takes every server for up until it has looked, and one that follows another cannot be marked down by its first
  # error. leastconn would choose those that are not there again and again, since they have the fewest connections (facts.md W8).
  balance random(2)
  retries ${WEB_RETRIES}
  option redispatch 1
${count}${servers.map(({ slot }) => `  server ${slot} unix@${paths.gate(slot)}/http.sock track ${site.name}/${slot}\n`).join('')}${renderOwnBackend(site, paths, servers)}`;
};

/**
 * The server of a replica is a backup one beside a server that is always there: nobody but `use-server` chooses it. The other one is this
 * HAProxy's own next frontend. It has as much room as the frontend before it, so that the one never waits for room in the other.
 */
const renderOwnBackend = (site: Site, paths: RenderContext['paths'], servers: readonly Server[]): string => `
# PHP, for the web server beside it, by no gate: who came to the one through its gate stays with the other, also while it is drained and
# before it serves. Only where that has crashed, and nothing was sent, the request goes the way of all others: to a replica that serves,
# past one that is found dead, and waiting while the others are full (facts.md W11).
backend ${ownBackend(site.name)} from php-zd
  mode tcp
${siteLog(site)}  option persist
  option redispatch 1
  retries 3
  timeout queue ${site.listen.queueTimeoutMs}ms
${servers.map(({ slot }) => `  use-server ${slot} if { so_id ${ownPhpId(slot)} }\n`).join('')}${servers.map(({ slot, maxconn }) => `  server ${slot} unix@${paths.socket(slot)} maxconn ${maxconn} backup\n`).join('')}  server php-zd unix@${paths.ownFront}

${renderOwnFrontend(site, { name: ownBackend(site.name), socket: paths.ownFront, servers })}  default_backend ${site.name}
`;

/** The head of a frontend that HAProxy's own user alone comes to. */
const renderOwnFrontend = (
  site: Site,
  { name, socket, servers }: { readonly name: string; readonly socket: string; readonly servers: readonly Server[] },
): string => `frontend ${name} from php-zd
  mode tcp
  bind unix@${socket} mode 600
  maxconn ${mostConnections(servers)}
  backlog ${BACKLOG}
${siteLog(site)}  option tcplog
  option dontlog-normal
`;

/** Where half of the servers are not there, and idle, a quarter of the tries or more comes to one that is. Each takes some microseconds. */
const WEB_RETRIES = 100;

/** Several times what the replicas do at once; of all that HAProxy may have a small part, unless the site itself is large. */
const mostConnections = (servers: readonly Server[]): string => {
  const forReplicas = TIMES_REPLICAS * servers.reduce((sum, { maxconn }) => sum + maxconn, 0);
  return forReplicas > LEAST_SHARE ? String(forReplicas) : `"\${${SHARE_VARIABLE}-${LEAST_SHARE}}"`;
};
const TIMES_REPLICAS = 4;

/** How many connections a site of ordinary size may have: HAProxy's unit says it (units/run-haproxy.sh), and never says less. */
const SHARE_VARIABLE = 'PHP_ZD_SHARE';
const LEAST_SHARE = 500;

/** The kernel's own bound of a socket's backlog, unless the host's somaxconn is another. */
const BACKLOG = 4096;

/** The mode of the front socket. `owner` gets access by an access control list, which the group's bits limit (acl(5)). */
export const socketMode = ({ owner, mode }: Listen): number => (owner === undefined ? mode : mode | 0o060);
