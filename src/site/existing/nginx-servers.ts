import type { NginxNode } from './nginx-file.ts';

/** The server blocks of a file, by themselves or in http. */
const serversIn = (nodes: readonly NginxNode[]): readonly NginxNode[] =>
  nodes.flatMap(node => {
    if (node.name === 'server' && node.children !== undefined) return [node];
    return node.name === 'http' ? serversIn(node.children ?? []) : [];
  });

/** All directives of a name in these blocks, at any depth. */
export const findAll = (nodes: readonly NginxNode[], name: string): readonly NginxNode[] =>
  nodes.flatMap(node => [...(node.name === name ? [node] : []), ...findAll(node.children ?? [], name)]);

export const childOf = (node: NginxNode, name: string): NginxNode | undefined =>
  node.children?.find(child => child.name === name);

/** The server block of a pool, and what is said of the others. */
export interface ChosenServer {
  readonly server: NginxNode;
  /** Other server blocks that lead to the same pool. */
  readonly twins: readonly NginxNode[];
  /** Whether the block names the pool's socket. */
  readonly isNamed: boolean;
}

/**
 * The block that passes requests to the pool's address, the one for HTTPS first; else the only one that passes any. Undefined when
 * there is none, or more than one that may be meant.
 */
export const chooseServer = (nodes: readonly NginxNode[], listen: string | undefined): ChosenServer | undefined => {
  const passing = serversIn(nodes).filter(server => findAll(server.children ?? [], 'fastcgi_pass').length > 0);
  const isPools = (server: NginxNode) =>
    listen !== undefined && addressesOf(server, nodes).some(address => isSame(address, listen));
  const named = passing.filter(isPools);
  const [server, ...twins] = [...named.filter(isHttps), ...named.filter(each => !isHttps(each))];
  if (server !== undefined) return { server, twins, isNamed: true };
  const [only, ...others] = passing;
  return only === undefined || others.length > 0 ? undefined : { server: only, twins: [], isNamed: false };
};

export const isHttps = (server: NginxNode): boolean =>
  (server.children ?? []).some(
    ({ name, args }) =>
      (name === 'listen' && (args.includes('ssl') || args.includes('quic') || /(?:^|:)443$/.test(args[0] ?? ''))) ||
      (name === 'ssl' && args[0] === 'on'),
  );

/** What a file of server blocks has beside the one of the pool, and those that lead there too. */
export const besideServer = (nodes: readonly NginxNode[], { server, twins }: ChosenServer): readonly NginxNode[] => {
  const known = [server, ...twins];
  const isKnown = (node: NginxNode) => known.some(({ file, line }) => file === node.file && line === node.line);
  // A file with http is nginx's own, and stays where it is, with all but the block.
  const isWhole = nodes.some(({ name }) => name === 'http');
  return (isWhole ? serversIn(nodes) : nodes).filter(node => !isKnown(node));
};

/** Whether an address of a fastcgi_pass, or an upstream of that name, is a pool's `listen`. Of a variable nobody knows. */
export const leadsTo = (address: string, nodes: readonly NginxNode[], listen: string | undefined): boolean =>
  listen === undefined || address.includes('$') || resolved(address, nodes).some(each => isSame(each, listen));

/** Where a block passes requests to, by itself or by an upstream. */
const addressesOf = (server: NginxNode, nodes: readonly NginxNode[]): readonly string[] => {
  return findAll(server.children ?? [], 'fastcgi_pass').flatMap(({ args: [to = ''] }) => resolved(to, nodes));
};

const resolved = (to: string, nodes: readonly NginxNode[]): readonly string[] => {
  const upstream = findAll(nodes, 'upstream').find(({ args: [name] }) => name === to);
  if (upstream === undefined) return [to];
  return findAll(upstream.children ?? [], 'server').map(({ args: [address = ''] }) => address);
};

/** Whether a fastcgi_pass leads to a pool's `listen`. */
const isSame = (address: string, listen: string): boolean => {
  if (address.startsWith('unix:')) return ofRun(address.slice('unix:'.length)) === ofRun(listen);
  const [port, wanted] = [address, listen].map(each => each.slice(each.lastIndexOf(':') + 1));
  return !listen.startsWith('/') && port === wanted && (isLocal(address) || address === listen);
};

const isLocal = (address: string): boolean => /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\]):\d+$/.test(address);

const ofRun = (path: string): string => path.replace(/^\/var\/run\//, '/run/');
