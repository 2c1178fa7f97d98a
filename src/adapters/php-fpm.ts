import { beginOf } from '../base/begin-of.ts';
import { PhpZdError } from '../base/errors.ts';
import { FPM_PING_PATH, FPM_STATUS_PATH } from '../base/fpm-paths.ts';
import type { FpmAnswer, FpmOptions, FpmRequest, FpmStatus, PhpFpm } from '../ports/php-fpm.ts';
import { type AskOptions, askFastcgi } from './fastcgi.ts';
import { parseStatus } from './fpm-status.ts';

/**
 * FPM has at most 944 bytes of a child's request (FPM's fpm_scoreboard.h), and 300 of its own: more than the status of two
 * thousand children.
 */
const MOST_STATUS_BYTES = 2 * 1024 * 1024;
const MOST_PONG_BYTES = 64 * 1024;
/** Of an answer's HTTP header: web servers refuse a tenth of it. */
const MOST_HEADER_BYTES = 64 * 1024;

/** The real PHP-FPM, by FastCGI over its unix sockets. Holds nothing between two questions. */
export const makePhpFpm = (): PhpFpm => ({ ping, status, request });

const ping = async (socket: string, options: FpmOptions): Promise<void> => {
  const answer = await request(socket, ownPage(FPM_PING_PATH), { ...options, mostBytes: MOST_PONG_BYTES });
  if (answer.status !== 200 || answer.body.trim() !== 'pong') throw notExpected(socket, 'no pong', answer);
};

const status = async (socket: string, options: FpmOptions): Promise<FpmStatus> => {
  const answer = await request(socket, ownPage(FPM_STATUS_PATH, '?json&full'), {
    ...options,
    mostBytes: MOST_STATUS_BYTES,
  });
  const parsed = answer.status === 200 ? parseStatus(answer.body) : undefined;
  if (!parsed) throw notExpected(socket, 'no status', answer);
  return parsed;
};

const request = async (socket: string, asked: FpmRequest, options: AskOptions): Promise<FpmAnswer> => {
  const stdin = Buffer.from(asked.body ?? '');
  const { stdout, stderr } = await askFastcgi(socket, { params: cgiParams(asked, stdin.length), stdin }, options);
  const answer = parseCgi(stdout);
  if (!answer) throw new PhpZdError('fastcgi-broken', { socket, reason: 'the answer has no HTTP header' });
  return { ...answer, stderr: stderr.toString() };
};

const notExpected = (socket: string, reason: string, { status, body }: FpmAnswer) =>
  new PhpZdError('fastcgi-broken', { socket, reason: `the answer is ${reason}`, status, body: beginOf(body, 200) });

/** A request for FPM's status or ping page. FPM compares SCRIPT_NAME with the paths of its configuration; there is no file. */
const ownPage = (path: string, query = ''): FpmRequest => ({
  scriptFilename: path,
  documentRoot: '/',
  uri: path + query,
  method: 'GET',
  headers: new Map(),
});

/** The parameters that a web server would send with the request: RFC 3875, and what PHP reads besides. */
const cgiParams = (asked: FpmRequest, contentLength: number): ReadonlyMap<string, string> => {
  const { scriptFilename, documentRoot, uri, method, url = { scheme: 'http', port: 80 } } = asked;
  const [path = '', query = ''] = splitOnce(uri, '?');
  const root = documentRoot.replace(/\/+$/, '');
  const scriptName = scriptFilename.startsWith(`${root}/`) ? scriptFilename.slice(root.length) : scriptFilename;
  const headers = new Map([...asked.headers].map(([name, value]) => [name.toLowerCase(), value]));
  const host = headers.get('host') ?? 'localhost';
  const params = new Map([
    ['GATEWAY_INTERFACE', 'CGI/1.1'],
    ['SERVER_SOFTWARE', 'php-zd'],
    ['SERVER_PROTOCOL', 'HTTP/1.1'],
    ['SERVER_NAME', host.replace(/:\d+$/, '')],
    ['SERVER_ADDR', '127.0.0.1'],
    ['SERVER_PORT', String(url.port)],
    ...(url.scheme === 'https' ? [['HTTPS', 'on'] as const] : []),
    ['REMOTE_ADDR', '127.0.0.1'],
    ['REMOTE_PORT', '0'],
    ['REQUEST_METHOD', method],
    ['REQUEST_URI', uri],
    ['REQUEST_SCHEME', url.scheme],
    ['QUERY_STRING', query],
    ['DOCUMENT_ROOT', documentRoot],
    ['DOCUMENT_URI', path],
    ['SCRIPT_NAME', scriptName],
    ['SCRIPT_FILENAME', scriptFilename],
    ['CONTENT_TYPE', headers.get('content-type') ?? ''],
    ['CONTENT_LENGTH', contentLength === 0 ? '' : String(contentLength)],
    ['REDIRECT_STATUS', '200'], // cgi.force_redirect
    ['HTTP_HOST', host],
  ]);
  for (const [name, value] of headers) {
    if (name === 'content-type' || name === 'content-length') continue;
    if (name === 'proxy') continue; // the header would become HTTP_PROXY, https://httpoxy.org
    params.set(`HTTP_${name.toUpperCase().replaceAll('-', '_')}`, value);
  }
  for (const [name, value] of asked.params ?? []) params.set(name, value);
  return params;
};

const parseCgi = (stdout: Buffer): Pick<FpmAnswer, 'status' | 'headers' | 'body'> | undefined => {
  // In latin1 a character is a byte, so the index found in the text is one in the bytes. The answer's body may be anything.
  const head = stdout.toString('latin1', 0, MOST_HEADER_BYTES);
  const blank = /\r?\n\r?\n/.exec(head);
  if (!blank) return undefined;
  const headers = new Map<string, string>();
  for (const line of head.slice(0, blank.index).split(/\r?\n/)) {
    const [name = '', value] = splitOnce(line, ':').map(part => part.trim());
    if (value === undefined) continue; // a line without a colon is no header, and PHP itself ignores it
    const key = name.toLowerCase();
    headers.set(key, headers.has(key) ? `${headers.get(key)}, ${value}` : value);
  }
  const status = Number.parseInt(headers.get('status') ?? '200', 10);
  if (!(status >= 100 && status < 1000)) return undefined;
  headers.delete('status');
  return { status, headers, body: stdout.toString('utf8', blank.index + blank[0].length) };
};

const splitOnce = (text: string, separator: string): readonly string[] => {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
};
