import type { NginxNode } from '../../site/existing/nginx-file.ts';

/** A block of nginx's configuration that passes requests on to a site. */
export interface FastcgiPlace {
  readonly file: string;
  /** The block in words, for example `location ~ \.php$`. */
  readonly block: string;
  /** The directives that hold in the block: its own, and those from the blocks around it. */
  readonly directives: ReadonlyMap<string, readonly (readonly string[])[]>;
  /** Where to, as nginx names it: an address, or those of an upstream. */
  readonly sockets: readonly string[];
  /** Whether the block passes requests to an upstream that keeps idle connections. */
  readonly keepsConnections: boolean;
  /** The server block that it is in. */
  readonly server: NginxNode | undefined;
}

/** Where nginx passes requests on by FastCGI, by itself or by an upstream. */
export const findPlaces = (nodes: readonly NginxNode[]): readonly FastcgiPlace[] => {
  const http = nodes.filter(({ name }) => name === 'http').flatMap(({ children }) => children ?? []);
  const upstreams = new Map(http.filter(({ name }) => name === 'upstream').map(node => [node.args[0], node]));
  return placesIn({ block: 'http', children: http, server: undefined }, new Map()).map(({ pass, ...place }) => {
    const inside = upstreams.get(pass)?.children ?? [];
    const servers = inside.filter(({ name }) => name === 'server').flatMap(({ args: [address] }) => address ?? []);
    const keepsConnections = inside.some(({ name }) => name === 'keepalive');
    return { ...place, sockets: [...(pass === undefined ? [] : [pass]), ...servers], keepsConnections };
  });
};

type Inherited = FastcgiPlace['directives'];
type PassingPlace = Omit<FastcgiPlace, 'keepsConnections' | 'sockets'> & { readonly pass: string | undefined };

interface Block {
  readonly block: string;
  readonly children: readonly NginxNode[];
  readonly server: NginxNode | undefined;
}

const placesIn = ({ block, children, server }: Block, inherited: Inherited): readonly PassingPlace[] => {
  const directives = new Map([...inherited, ...ownDirectives(children)]);
  const passes = children.filter(({ name }) => name === 'fastcgi_pass');
  const inner = children.flatMap(node =>
    node.children === undefined
      ? []
      : placesIn(
          {
            block: [node.name, ...node.args].join(' '),
            children: node.children,
            server: node.name === 'server' ? node : server,
          },
          directives,
        ),
  );
  return [...passes.map(({ file, args: [pass] }) => ({ file, block, directives, pass, server })), ...inner];
};

/** The directives of one level. A level that has a directive at all gets none of that name from the levels above. */
const ownDirectives = (children: readonly NginxNode[]): ReadonlyMap<string, readonly (readonly string[])[]> => {
  const own = new Map<string, (readonly string[])[]>();
  for (const { name, args, children: block } of children) {
    if (block === undefined) own.set(name, [...(own.get(name) ?? []), args]);
  }
  return own;
};

/** The value of a directive that counts once: the last one. */
export const valueAt = ({ directives }: FastcgiPlace, name: string): string | undefined =>
  directives.get(name)?.at(-1)?.[0];

/** The value of a FastCGI parameter as far as it is known before a request. The last of several counts. */
export const paramAt = (place: FastcgiPlace, name: string): string | undefined => {
  const value = (place.directives.get('fastcgi_param') ?? []).findLast(([param]) => param === name)?.[1];
  const root = place.directives.has('alias') ? undefined : valueAt(place, 'root');
  return root === undefined ? value : value?.replace(/\$(?:document_root\b|\{document_root\})/g, root);
};

/** Whether the block passes requests on to one of these sockets. */
export const namesOne = (place: FastcgiPlace, sockets: readonly string[]): boolean =>
  sockets.some(socket => place.sockets.includes(`unix:${socket}`));
