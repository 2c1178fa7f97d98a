import { valueUnless } from '../../base/errors.ts';
import { httpSocketUnit } from '../../base/paths.ts';
import { renderHttpSocket } from '../../render/http.ts';
import { isEvery, placeText, plainHost } from '../../site/http-conflicts.ts';
import type { Http, HttpPlace } from '../../site/site.ts';
import { type LoadedSite, SiteProblems } from './load-site.ts';
import type { Ports } from './ports.ts';
import type { HostedSite } from './site-run.ts';

/** Rejects with `site-invalid` where somebody else listens at the place at which the site is to be reached over HTTP. */
export const requireFreePlace = async (
  hosted: HostedSite,
  { positions }: Pick<LoadedSite, 'positions'>,
): Promise<void> => {
  const { ports, site } = hosted;
  const { http } = site.listen;
  if (http === undefined || positions.http === undefined || (await isOurs(hosted, http))) return;
  const by = await whoHas(ports, http.at);
  if (by === undefined) return;
  const advice =
    http.at.kind === 'socket' ? 'remove it, or write another http' : 'write another port, or end what has it';
  throw new SiteProblems(site.name, [
    { ...positions.http, message: `'http' is '${placeText(http.at)}', and ${by} already: ${advice}` },
  ]);
};

/** Whether what listens there is the site's own. */
const isOurs = async ({ paths, ports, site }: HostedSite, http: Http): Promise<boolean> => {
  const place = (text: string) => /^ListenStream=.{1,120}$/m.exec(text)?.[0];
  const unit = await ports.files.read(paths.httpSocket);
  if (unit === undefined || place(unit) !== place(renderHttpSocket(site, http))) return false;
  return http.at.kind === 'socket' || (await ports.systemd.activeState(httpSocketUnit(site.name))) === 'active';
};

/** The kernel has those who listen first: behind a hundred thousand of them there are connections, of which a site has as many as it likes. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Who has the place, as a part of a sentence; undefined when nobody has it. */
const whoHas = async (ports: Ports, place: HttpPlace): Promise<string | undefined> => {
  const { files } = ports;
  if (place.kind === 'socket') {
    const isFree = !(await files.exists(place.path)) || (await isForsaken(ports, place.path));
    return isFree ? undefined : 'something else is there';
  }
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(path => files.read(path, MOST_BYTES)));
  const taken = tables.flatMap(listeners).filter(({ port }) => port === place.port);
  const host = plainHost(place.host);
  const other = taken.find(each => each.host === host || isEvery(each.host) || isEvery(host));
  return other && `something listens at ${other.host}:${other.port}`;
};

/** Whether it is a socket that nobody listens at, such as a former place of the site's own: systemd takes the place of it. */
const isForsaken = async ({ acceptQueue, commands }: Ports, path: string): Promise<boolean> => {
  if (await acceptQueue.isListening(path)) return false;
  return (await valueUnless(() => commands.run('test', ['-S', path]), 'command-failed')) !== undefined;
};

const LISTENS = '0A';

/** The addresses that a table of proc(5) says somebody listens at. */
const listeners = (table = ''): readonly { readonly host: string; readonly port: number }[] =>
  [...table.matchAll(/^ {0,8}\d{1,8}: ([\dA-F]{8}|[\dA-F]{32}):([\dA-F]{4}) \S{13,37} (..) /gm)].flatMap(
    ([, hex = '', port = '', state]) =>
      state === LISTENS ? [{ host: hostOf(hex), port: Number.parseInt(port, 16) }] : [],
  );

/** The kernel writes an address as numbers of 32 bits, whose bytes are in the order of the processor. */
const hostOf = (hex: string): string => {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap(word => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map(byte => Number.parseInt(byte, 16)).join('.');
  return plainHost(`[${(bytes.join('').match(/.{4}/g) ?? []).join(':')}]`);
};
