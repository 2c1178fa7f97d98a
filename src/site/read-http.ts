import { type Given, type Reading, read, readPreset, refuse, type Source, warn } from './read.ts';
import { schema } from './schema.ts';
import type { Http, HttpPlace, Web } from './site.ts';

const { http, edge, edge_from: edgeFrom } = schema.listen.keys;

/** The keys of [listen] about HTTP. `fastcgi` is the other way in. */
export const readHttp = (source: Source, fastcgi: Given<string> | 'broken'): Reading<Http> => {
  const place = read(source, http);
  const by = read(source, edge);
  const from = readPreset(source, edgeFrom);
  if (place === 'absent') return refuseEdge(source, 'and there is no http: write http, or take the line out');
  if (place === 'broken' || by === 'broken' || from === 'broken') return 'broken';
  if (!isFit(source, place, fastcgi)) return 'broken';
  const { kind } = place.value;
  if (kind === 'socket' && isOwnLine(source, read(source, edgeFrom))) {
    const why = "names addresses, and 'http' is a socket, where nobody has one: take the line out";
    return refuse(source, from.at, `'edge_from' ${why}`);
  }
  const preset = kind === 'socket' ? 'headers' : 'none';
  const value = { at: place.value, edge: by === 'absent' ? preset : by.value, edgeFrom: from.value };
  return { value, at: place.at };
};

/** What the site's own file says of an edge has no effect without HTTP; what defaults.ini says is for other sites. */
const refuseEdge = (source: Source, why: string): 'absent' | 'broken' => {
  const written = [
    { key: edge, reading: read(source, edge) },
    { key: edgeFrom, reading: read(source, edgeFrom) },
  ];
  const refused = written.filter(({ reading }) => isOwnLine(source, reading));
  for (const { key, reading } of refused) {
    if (typeof reading !== 'string')
      refuse(source, reading.at, `'${key.name}' tells of who stands in front of http, ${why}`);
  }
  return refused.length > 0 || written.some(({ reading }) => reading === 'broken') ? 'broken' : 'absent';
};

export const isOwnLine = (source: Source, reading: Reading<unknown>): boolean =>
  typeof reading !== 'string' && reading.at.file === source.file;

const isFit = (source: Source, { value, at }: Given<HttpPlace>, fastcgi: Given<string> | 'broken'): boolean => {
  if (value.kind === 'address') return true;
  if (fastcgi !== 'broken' && fastcgi.value === value.path) {
    const advice = `write http = /run/${source.name}-http.sock`;
    refuse(source, at, `'http' and 'fastcgi' are one socket, '${value.path}', and it speaks one language: ${advice}`);
    return false;
  }
  return checkSocket(source, { value: value.path, at }, 'http') !== 'broken';
};

/** What php-zd makes at the socket's path lies below /run, where no file of the host's can be in the way. */
export const checkSocket = (
  source: Source,
  socket: Given<string> | 'broken',
  key: 'fastcgi' | 'http',
): Given<string> | 'broken' => {
  if (socket === 'broken' || /^\/run\/(?!php-zd\/)./.test(socket.value)) return socket;
  if (key === 'fastcgi' && /^\/run\/php-zd\/[^/]+\/fastcgi\.sock$/.test(socket.value)) return socket;
  const where = socket.value.startsWith('/run/') ? 'must keep out of /run/php-zd' : 'must lie below /run';
  const example = `/run/${source.name}${key === 'http' ? '-http' : ''}.sock`;
  return refuse(source, socket.at, `'${key}' ${where}, not '${socket.value}': write ${key} = ${example}`);
};

/**
 * Over HTTP a site whose replicas have no web server is its front controller: without one there is nothing to ask. Warns of static
 * files, which only a web server in front can send.
 */
export const checkFrontController = (
  source: Source,
  reading: Reading<Http>,
  { frontController, server }: Web,
): boolean => {
  if (typeof reading === 'string' || server !== undefined) return true;
  if (frontController === undefined) {
    refuse(
      source,
      reading.at,
      "'http' gives every request to the front controller, and there is none: write front_controller in [web], or take http out " +
        'and have a web server speak FastCGI to the site',
    );
    return false;
  }
  warn(
    source,
    reading.at,
    `'http' gives every request to ${frontController}: static files are sent by a web server in front of it, or not at all`,
  );
  return true;
};
