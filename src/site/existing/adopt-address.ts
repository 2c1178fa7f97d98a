import { type Adopted, kept, leave } from './adopted.ts';
import type { NginxNode } from './nginx-file.ts';
import { findAll, isHttps } from './nginx-servers.ts';
import { inNginx, placeOf, stays } from './nginx-words.ts';
import { isHttpsParam } from './php-params.ts';

/** The scheme, the name and the port of the first visitor. */
export const adoptAddress = (server: NginxNode): readonly Adopted[] => {
  const named = (server.children ?? []).filter(({ name }) => name === 'server_name');
  const node = named[0] ?? server;
  const said = saidOfHttps(server);
  const isSecure = isHttps(server) || said !== undefined;
  const isHost = (name: string) => /^[\w.-]+$/.test(name) && name !== '_';
  // .example.com is example.com and all below it.
  const names = named.flatMap(({ args }) => args);
  const host = names.map(name => name.replace(/^\./, '')).find(isHost);
  const others = names.filter(name => name !== host && name !== '_').map(inNginx);
  // Something before nginx ended the encryption: nothing else tells PHP.
  const https =
    said === undefined || isHttps(server)
      ? []
      : [kept(placeOf(said), { section: 'site', key: 'param[HTTPS]', value: 'on' })];
  const urlOf = (name: string) => `${isSecure ? 'https' : 'http'}://${name}${portAsked(server)}`;
  if (host === undefined)
    return [
      ...https,
      leave('site', placeOf(node), `names no host: write url = ${urlOf('HOST')}, as visitors come to the site`),
    ];
  const note = others.length === 0 ? {} : { note: `the snippet has the first name: add ${others.join(' ')} there` };
  return [kept(placeOf(node), { section: 'site', key: 'url', value: urlOf(host), ...note }), ...https];
};

/** That something before nginx ended the encryption. */
const saidOfHttps = (server: NginxNode): NginxNode | undefined =>
  findAll(server.children ?? [], 'fastcgi_param').find(isHttpsParam);

/** The port that visitors have to name, with its colon; else nothing. */
export const portAsked = (server: NginxNode): string => {
  // They come to what ends the encryption, and not to nginx's own port.
  if (saidOfHttps(server) !== undefined && !isHttps(server)) return '';
  const ports = (server.children ?? [])
    .filter(({ name, args }) => name === 'listen' && !args[0]?.startsWith('unix:'))
    .map(({ args: [address = ''] }) => /(?:^|:)(\d{1,5})$/.exec(address)?.[1] ?? '80');
  const usual = isHttps(server) ? '443' : '80';
  return ports.length === 0 || ports.includes(usual) ? '' : `:${ports[0]}`;
};

/** The snippet has port 80 of all addresses, and nothing else. */
export const adoptListen = (node: NginxNode, listens: readonly NginxNode[]): readonly Adopted[] => {
  if (isOfSnippet(node)) return [];
  const place = listens.some(isOfSnippet)
    ? 'beside its own'
    : 'in place of its two, by which all of the network comes to port 80';
  return [stays(node, `stays in nginx: bring it into the snippet's block, ${place}`)];
};

const isOfSnippet = ({ args: [address = '', ...more] }: NginxNode): boolean =>
  /^(?:(?:\*|0\.0\.0\.0|\[::\]):)?80$/.test(address) && more.every(word => word === 'ipv6only=on');
