import { encodeRequest } from '../base/fastcgi-records.ts';
import { FPM_PING_PATH } from '../base/fpm-paths.ts';

/** A FastCGI request for FPM's ping page, in HAProxy's hexadecimal. */
const pingHex = encodeRequest({
  params: new Map([
    ['SCRIPT_NAME', FPM_PING_PATH],
    ['SCRIPT_FILENAME', FPM_PING_PATH],
    ['REQUEST_METHOD', 'GET'],
  ]),
  stdin: Buffer.alloc(0),
}).toString('hex');

export interface Balance {
  /** How many servers the backend has. */
  readonly servers: number;
  readonly queueTimeoutMs: number;
  /** How often a server is looked at that is down. */
  readonly downInterval: string;
  readonly indent: string;
}

/** How a backend of HAProxy's balances a site's replicas so that a roll loses nothing, whoever's HAProxy it is. */
export const renderBalance = ({ servers, queueTimeoutMs, downInterval, indent }: Balance): string =>
  `balance leastconn
# A connection that fails goes to another replica at once. retry-on keeps its default, connection failures:
# nothing that was sent is sent twice.
# A new HAProxy process takes every server for up: one request may meet all those that have no replica before it comes to one.
retries ${Math.max(3, servers)}
option redispatch 1
# The queue stands here, where it can go to any replica, and not in FPM's accept backlog, where it dies with the
# master.
timeout queue ${queueTimeoutMs}ms
# The check goes to pm.status_listen, which answers while every child is busy: busy is not dead.
option tcp-check
tcp-check connect
tcp-check send-binary ${pingHex}
tcp-check expect string pong
# One that is down is asked often: a replica that begins to serve gets requests as soon as HAProxy itself has had its answer. One that rests is
# asked within \`inter\` of the begin of a roll, which is to be before the roll has come to that (facts.md N69).
default-server check inter 500ms fastinter 100ms downinter ${downInterval} rise 1 fall 3
# The first connection error takes a replica out, before the request is dispatched again: leastconn would choose the dead
# one, which has the fewest connections, until the retries are used up. Measured on 2.6 and 3.0: without it 6 of 3208
# requests lost while a gate was closed behind HAProxy's back, with it none.
default-server observe layer4 error-limit 1 on-error mark-down
`
    .trimEnd()
    .split('\n')
    .map(line => `${indent}${line}\n`)
    .join('');

/** Where HAProxy reaches a replica, and where it checks it: through the gate, which is there only while the replica serves. */
export const serverPlace = (gate: string): string => `unix@${gate}/fpm.sock addr unix@${gate}/status.sock`;
