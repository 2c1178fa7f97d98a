import { posix } from 'node:path';
import type { HaproxySockets } from '../base/own-haproxies.ts';
import { userNameProblem } from './account-name.ts';
import { type Given, read, readPreset, refuse, type Source, valuesOf } from './read.ts';
import { isOwnLine } from './read-http.ts';
import { schema } from './schema.ts';
import type { Key } from './schema-key.ts';
import type { OwnHaproxy } from './site.ts';

const { socket, master_socket: masterSocket, backend, server, worker_user: workerUser, mode } = schema.haproxy.keys;

/** The section [haproxy]. 'none': the site has no HAProxy of the operator's. Undefined when a key is broken, or does not fit. */
export const readHaproxy = (source: Source): Given<OwnHaproxy> | 'none' | undefined => {
  const sockets = read(source, socket);
  const named = read(source, backend);
  const masters = readPreset(source, masterSocket);
  const as = readPreset(source, workerUser);
  const rest = { server: readPreset(source, server), mode: readPreset(source, mode) };
  if (sockets === 'broken' || named === 'broken' || masters === 'broken' || as === 'broken') return undefined;
  const values = valuesOf(rest);
  if (values === undefined) return undefined;
  if (sockets === 'absent' || sockets.value.length === 0) return refuseLost(source);
  const processes = pair(source, sockets, masters);
  if (processes === undefined || !isUser(source, as)) return undefined;
  if (![...sockets.value, ...masters.value].every(path => isKept(source, { value: path, at: sockets.at }, as.value)))
    return undefined;
  const name = named === 'absent' ? source.name : named.value;
  const value = { processes, backend: name, ...values, user: as.value };
  return isFit(source, { value, at: sockets.at }) ? { value, at: sockets.at } : undefined;
};

/** What the site's own file says of a HAProxy has no effect without one; what defaults.ini says is for other sites. */
const refuseLost = (source: Source): 'none' | undefined => {
  const others: readonly Key<unknown>[] = [masterSocket, backend, server, workerUser, mode];
  const written = others.flatMap(key => {
    const reading = read(source, key);
    return typeof reading !== 'string' && isOwnLine(source, reading) ? [{ key, at: reading.at }] : [];
  });
  for (const { key, at } of written) {
    const why = 'tells of a HAProxy of your own, and none is named';
    refuse(source, at, `'${key.name}' ${why}: write socket = /run/haproxy/admin.sock, or take the line out`);
  }
  return written.length > 0 ? undefined : 'none';
};

const pair = (
  source: Source,
  sockets: Given<readonly string[]>,
  masters: Given<readonly string[]>,
): readonly HaproxySockets[] | undefined => {
  const all = [...sockets.value, ...masters.value];
  const twice = all.find((path, at) => all.indexOf(path) !== at);
  if (twice !== undefined) {
    refuse(
      source,
      sockets.at,
      `'socket' and 'master_socket' name '${twice}' twice: write a socket of its own for each`,
    );
    return undefined;
  }
  if (masters.value.length !== sockets.value.length) {
    const [many, count] = [sockets.value.length, masters.value.length];
    const why = `names ${count}, and 'socket' ${many}: write the master's socket of each, in the order of 'socket'`;
    refuse(source, read(source, masterSocket) === 'absent' ? sockets.at : masters.at, `'master_socket' ${why}`);
    return undefined;
  }
  return sockets.value.map((path, at) => ({ socket: path, master: masters.value[at] ?? '' }));
};

const isUser = (source: Source, { value, at }: Given<string>): boolean => {
  const unsayable = userNameProblem(value);
  if (unsayable !== undefined) return refuse(source, at, `'worker_user' ${unsayable}`) !== 'broken';
  if (source.host.user(value) !== undefined) return true;
  const why = `is '${value}', and this host has no such user: write the one of 'user' in [global] of its configuration`;
  return refuse(source, at, `'worker_user' ${why}`) !== 'broken';
};

/** php-zd says what is to be drained to whoever listens there, so nobody may put a socket there but root and that HAProxy. */
const isKept = (source: Source, { value: path, at }: Given<string>, as: string): boolean => {
  const trusted = [0, source.host.user(as)?.uid];
  const open = parentsOf(path).find(directory => !trusted.includes(source.host.ownerOf(directory) ?? 0));
  if (open === undefined) return true;
  const why = `is neither root's nor ${as}'s, so that its owner could answer in HAProxy's place`;
  return (
    refuse(source, at, `'${path}' in [haproxy] lies in '${open}', which ${why}: write a socket in /run`) !== 'broken'
  );
};

const parentsOf = (path: string): readonly string[] =>
  path === '/' ? [] : [posix.dirname(path), ...parentsOf(posix.dirname(path))];

/** What cannot be had past php-zd's own balancer is refused where it is asked for. */
const isFit = (source: Source, { value, at }: Given<OwnHaproxy>): boolean => {
  const reasons = [conflictOfWeb(source), conflictOfBake(source), conflictOfSwitch(source, value)].filter(
    reason => reason !== undefined,
  );
  for (const reason of reasons) refuse(source, at, `'socket' in [haproxy] ${reason}`);
  return reasons.length === 0;
};

const conflictOfWeb = (source: Source): string | undefined => {
  const web = readPreset(source, schema.web.keys.server);
  if (web !== 'broken' && web.value !== 'none') {
    return 'leads to PHP past the web server of each replica: take [haproxy] out, or write server = none in [web]';
  }
  const sticky = readPreset(source, schema.web.keys.sticky);
  if (sticky === 'broken' || sticky.value === 'none') return undefined;
  return 'leads past what keeps a visitor with a release: take [haproxy] out, or write sticky = none in [web]';
};

/** Answers are counted in php-zd's own alone. */
const conflictOfBake = (source: Source): string | undefined => {
  const { bake_errors: errors, bake_latency: latency } = schema.site.keys;
  const compared = [errors, latency].find(key => {
    const given = readPreset(source, key);
    return given !== 'broken' && given.value !== undefined;
  });
  if (compared === undefined) return undefined;
  return `leads past where answers are compared: take [haproxy] out, or write ${compared.name} = none in [site]`;
};

/** Two processes cannot be switched at one moment. */
const conflictOfSwitch = (source: Source, { processes }: OwnHaproxy): string | undefined => {
  const strategy = readPreset(source, schema.site.keys.strategy);
  if (strategy === 'broken' || strategy.value !== 'blue-green' || processes.length === 1) return undefined;
  return (
    `names ${processes.length} processes, which cannot all be switched at one moment: ` +
    'write one, or strategy = rolling in [site]'
  );
};
