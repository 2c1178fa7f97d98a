import { posix } from 'node:path';
import { applicationIn } from '../applications.ts';
import type { Host } from '../host.ts';
import { isAtOrBelow } from '../paths.ts';
import { adoptPhp, adoptPhpLocation, isHttpsParam, type PhpPlace } from './adopt-php-location.ts';
import { type Adopted, type Kept, leave } from './adopted.ts';
import { closingOf, isAccess, isClosed, isForPhpAlone, isOpenBeside, isRegex } from './nginx-closed.ts';
import type { NginxNode } from './nginx-file.ts';
import { type Front, frontOf } from './nginx-front.ts';
import { childOf, findAll, isHttps } from './nginx-servers.ts';
import { placeOf, stays } from './nginx-words.ts';
import { type PhpLocations, phpLocationsOf } from './php-locations.ts';
import { patternOfScripts, runsAny, type Shut, shutIn } from './run-scripts.ts';

/** Where the application of a server block lies. */
export interface ServerPlace {
  readonly host: Host;
  readonly release: string;
  /** The document root, absolute. */
  readonly root: string;
  /** Where a replica sees its release. */
  readonly mount: string;
  /** Whether an address of a fastcgi_pass is the pool's. */
  readonly leadsToPool: (address: string) => boolean;
}

/** The directive that names the document root, and the path; undefined where only a request tells. */
export const documentRootOf = (server: NginxNode): NginxNode | undefined => {
  const locations = (server.children ?? []).filter(({ name }) => name === 'location');
  const places = [server, ...locations.filter(({ args }) => args.at(-1) === '/'), ...locations];
  const node = places.flatMap(place => childOf(place, 'root') ?? [])[0];
  const path = node?.args[0] ?? '';
  return path.startsWith('/') && !path.includes('$') ? node : undefined;
};

/** What the site file says of a server block. Each directive is kept, has its like in the snippet, or is left with a reason. */
export const adoptServer = (server: NginxNode, place: ServerPlace): readonly Adopted[] => {
  const all = server.children ?? [];
  const elsewhere = all.filter(node => isElsewhere(node, place.root));
  const children = all.filter(node => !elsewhere.includes(node));
  const front = frontOf(server);
  const { root, release, mount, leadsToPool } = place;
  const php = {
    locations: phpLocationsOf(children, leadsToPool),
    scripts: posix.join(mount, posix.relative(release, rootBelow(place))),
    root,
  };
  const shut = shutIn(children, php.locations);
  const listens = all.filter(({ name }) => name === 'listen');
  const read = { front, php, shut: new Set(shut.map(each => each.node)), listens };
  return [
    ...adoptAddress(server),
    ...adoptRoot(server, place),
    ...adoptFront(server, { front, place }),
    ...adoptClosed(children, { place, shut }),
    ...adoptScripts(children, php.locations),
    ...children.flatMap(node => adoptChild(node, read)),
    ...elsewhere.map(node => stays(node, closed.elsewhere)),
  ];
};

/** Whether a location passes scripts of another directory than the document root on to PHP. */
const isElsewhere = (node: NginxNode, root: string): boolean => {
  const own = childOf(node, 'root') ?? childOf(node, 'alias');
  if (node.name !== 'location' || own === undefined || findAll(node.children ?? [], 'fastcgi_pass').length === 0)
    return false;
  const path = own.args[0] ?? '';
  return !path.includes('$') && posix.join(path, '/') !== posix.join(root, '/');
};

const kept = (node: NginxNode, of: Pick<Kept, 'section' | 'key' | 'value' | 'note'>): Kept => ({
  kind: 'kept',
  ...of,
  ...placeOf(node),
});

/** The scheme, the name and the port of the first visitor. */
const adoptAddress = (server: NginxNode): readonly Adopted[] => {
  const node = childOf(server, 'server_name');
  const said = findAll(server.children ?? [], 'fastcgi_param').find(isHttpsParam);
  const isSecure = isHttps(server) || said !== undefined;
  const isHost = (name: string) => /^[\w.-]+$/.test(name) && name !== '_';
  // .example.com is example.com and all below it.
  const host = (node?.args ?? []).map(name => name.replace(/^\./, '')).find(isHost);
  const others = (node?.args ?? []).filter(name => name !== host && name !== '_' && name !== '');
  // Something before nginx ended the encryption: nothing else tells PHP.
  const https =
    said === undefined || isHttps(server) ? [] : [kept(said, { section: 'site', key: 'param[HTTPS]', value: 'on' })];
  if (node === undefined) return https;
  if (host === undefined)
    return [
      ...https,
      leave('site', placeOf(node), 'names no host: write url = https://HOST, as visitors come to the site'),
    ];
  // Visitors come to what ends the encryption, and not to nginx's own port.
  const port = isSecure && !isHttps(server) ? '' : portOf(server, isSecure);
  const url = `${isSecure ? 'https' : 'http'}://${host}${port}`;
  const note = others.length === 0 ? {} : { note: `the snippet has the first name: add ${others.join(' ')} there` };
  return [kept(node, { section: 'site', key: 'url', value: url, ...note }), ...https];
};

const portOf = (server: NginxNode, isSecure: boolean): string => {
  const ports = (server.children ?? [])
    .filter(({ name, args }) => name === 'listen' && !args[0]?.startsWith('unix:'))
    .map(({ args: [address = ''] }) => /(?:^|:)(\d{1,5})$/.exec(address)?.[1] ?? '80');
  const usual = isSecure ? '443' : '80';
  return ports.length === 0 || ports.includes(usual) ? '' : `:${ports[0]}`;
};

/** The document root as a path below the release, also where nginx comes to it by a link. */
const rootBelow = ({ host, release, root }: ServerPlace): string =>
  isAtOrBelow(root, release) ? root : (host.resolveDirectory(root) ?? root);

const adoptRoot = (server: NginxNode, place: ServerPlace): readonly Adopted[] => {
  const node = documentRootOf(server);
  const { release } = place;
  const root = rootBelow(place);
  const inRelease = posix.relative(release, root) || '.';
  const index = childOf(server, 'index');
  const names = index?.args.filter(name => !/[/$]/.test(name)) ?? [];
  return [
    ...(node === undefined || !isAtOrBelow(root, release)
      ? []
      : [kept(node, { section: 'web', key: 'root', value: inRelease })]),
    ...(index === undefined || names.length === 0
      ? []
      : [kept(index, { section: 'web', key: 'index', value: names.join(' ') })]),
  ];
};

interface Fronted {
  readonly front: Front | undefined;
  readonly place: ServerPlace;
}

/** The front controller, and which script proves a replica where that is not the index.php of the root. */
const adoptFront = (server: NginxNode, { front, place }: Fronted): readonly Adopted[] => {
  const { host, release, root } = place;
  const script = front?.script;
  const node = front?.node ?? server;
  const note = front?.isRewritten
    ? { note: "nginx rewrites what the script gets, and the snippet does not: bring that into the snippet's block" }
    : {};
  const inRelease = (name: string) => posix.relative(release, posix.join(rootBelow(place), name));
  const index = childOf(server, 'index');
  const isThere = (name: string) => host.isFile(posix.join(host.resolveDirectory(root) ?? root, name));
  const proving = [script, 'index.php', ...(index?.args ?? [])].find(name => name?.endsWith('.php') && isThere(name));
  return [
    kept(node, { section: 'web', key: 'front_controller', value: script ?? 'none', ...note }),
    ...(proving === undefined || proving === 'index.php'
      ? []
      : [kept(index ?? node, { section: 'site', key: 'index', value: inRelease(proving) })]),
  ];
};

/** That nginx has not run every script, as the snippet does. */
const adoptScripts = (children: readonly NginxNode[], locations: PhpLocations): readonly Adopted[] => {
  const node = locations.main ?? locations.own[0]?.node;
  if (node === undefined || runsAny(children, locations)) return [];
  const pattern = patternOfScripts(locations);
  return [stays(node, pattern === undefined ? closed.scripts : `${closed.scripts}: ${insteadOf(pattern)}`)];
};

/** The snippet closes what is called like a script and is none. */
const insteadOf = (pattern: string): string =>
  `write location ~ "${pattern}" in place of the words of its location with fastcgi_pass, and it closes the others`;

interface Closed {
  readonly place: ServerPlace;
  readonly shut: readonly Shut[];
}

/** What locations close by its path, in one line, with what php-zd closes for a known application. */
const adoptClosed = (children: readonly NginxNode[], { place: { host, root }, shut }: Closed): readonly Adopted[] => {
  const found = closingsIn(children);
  const taken = [
    ...found.filter(({ isOpen }) => !isOpen),
    ...shut.flatMap(({ node, paths }) => (paths === undefined ? [] : [{ node, paths }])),
  ].sort((one, other) => one.node.line - other.node.line);
  const [first] = taken;
  const left = [
    ...found.filter(({ isOpen }) => isOpen).map(({ node }) => stays(node, closed.open)),
    ...found.flatMap(({ node }) => (isForPhpAlone(node) ? [stays(node, forPhpAlone(node))] : [])),
    ...shut.flatMap(({ node, paths }) => {
      if (paths === undefined) return [stays(node, closed.shut)];
      return paths.every(path => path.endsWith('.php')) ? [] : [stays(node, closed.pages)];
    }),
  ];
  if (first === undefined) return left;
  const paths = new Set([...taken.flatMap(each => each.paths), ...(applicationIn(host, root)?.isPrivate ?? [])]);
  return [kept(first.node, { section: 'web', key: 'closed', value: [...paths].join(' ') }), ...left];
};

interface ClosedPaths {
  readonly node: NginxNode;
  readonly paths: readonly string[];
  /** Whether another location, which nginx takes before, leaves part of them open. */
  readonly isOpen: boolean;
}

/** Of locations in locations too. */
const closingsIn = (nodes: readonly NginxNode[]): readonly ClosedPaths[] =>
  nodes
    .filter(({ name }) => name === 'location')
    .flatMap(node => {
      const closing = closingOf(node);
      if (closing === undefined) return closingsIn(node.children ?? []);
      if (closing.kind !== 'paths') return [];
      return [{ node, paths: closing.paths, isOpen: isOpenBeside(node, closing.paths, nodes) }];
    });

/** The snippet has port 80 of all addresses, and nothing else. */
const adoptListen = (node: NginxNode, listens: readonly NginxNode[]): readonly Adopted[] => {
  if (isOfSnippet(node)) return [];
  const place = listens.some(isOfSnippet)
    ? 'beside its own'
    : 'in place of its two, by which all of the network comes to port 80';
  return [stays(node, `stays in nginx: bring it into the snippet's block, ${place}`)];
};

const isOfSnippet = ({ args: [address = '', ...more] }: NginxNode): boolean =>
  /^(?:(?:\*|0\.0\.0\.0|\[::\]):)?80$/.test(address) && more.every(word => word === 'ipv6only=on');

/** What has been read before, or has its like in every snippet. */
const known: ReadonlySet<string> = new Set([
  'server_name',
  'root',
  'index',
  'fastcgi_split_path_info',
  'fastcgi_index',
]);

interface Read {
  readonly front: Front | undefined;
  readonly php: PhpPlace;
  /** Locations that nginx takes before those of scripts. */
  readonly shut: ReadonlySet<NginxNode>;
  readonly listens: readonly NginxNode[];
}

const adoptChild = (node: NginxNode, read: Read): readonly Adopted[] => {
  const { name } = node;
  const { front, php } = read;
  if (known.has(name) || node === front?.node) return [];
  if (name === 'fastcgi_param' || name === 'fastcgi_pass') return adoptPhpLocation([node], php);
  if (name === 'location') return adoptLocation(node, read);
  if (name === 'listen') return adoptListen(node, read.listens);
  if (name === 'client_max_body_size')
    return [
      stays(node, 'the snippet has no limit, and PHP has post_max_size: write it there if nginx is to refuse sooner'),
    ];
  if (isAccess(node)) return [stays(node, "the snippet lets everybody in: bring it into the snippet's block")];
  if (name === 'if' && node.children?.includes(front?.node ?? node)) return [];
  return [stays(node, name === 'if' && isClosed(node) ? closed.pattern : undefined)];
};

const adoptLocation = (node: NginxNode, read: Read): readonly Adopted[] => {
  const { front, php, shut } = read;
  const closing = closingOf(node);
  // What is said of scripts is said of all of them at once.
  if (closing?.kind === 'pattern' || closing?.kind === 'visitors') return [stays(node, closed[closing.kind])];
  if (closing !== undefined) return [];
  const children = node.children ?? [];
  const rest = children.filter(child => child !== front?.node && !known.has(child.name));
  if (findAll(children, 'fastcgi_pass').length > 0) {
    if (php.locations.foreign.includes(node)) return adoptPhp(node, php);
    return adoptPhpLocation(rest, isPhp(node) ? { ...php, location: node } : php);
  }
  if (node.args.length === 1 && node.args[0] === '/') {
    return rest.flatMap(child => (child.name === 'try_files' ? [] : adoptChild(child, read)));
  }
  if (rest.length === 0) return [];
  if (isOfFiles(node)) return [stays(node, filesOwn(node))];
  return [stays(node, shut.has(node) && node.args.length === 1 ? aheadOfScripts(node) : undefined)];
};

/** As nginx took it before, when no pattern beside it had a say. */
const aheadOfScripts = ({ args }: NginxNode): string =>
  `stays in nginx: bring it into the snippet's block as location ^~ ${args[0]}, which nginx takes before the snippet's patterns`;

const isPhp = (node: NginxNode): boolean => childOf(node, 'fastcgi_pass') !== undefined;

/** Directives beside which a location still sends the files of the document root. */
const besideFiles: ReadonlySet<string> = new Set([
  ...[
    'access_log',
    'add_header',
    'allow',
    'charset',
    'default_type',
    'error_log',
    'etag',
    'expires',
    'if_modified_since',
  ],
  ...[
    'gzip',
    'gzip_static',
    'gzip_types',
    'gzip_vary',
    'limit_rate',
    'log_not_found',
    'more_set_headers',
    'sendfile',
    'try_files',
  ],
  ...['brotli', 'brotli_static', 'open_file_cache', 'tcp_nodelay', 'tcp_nopush', 'types', 'aio', 'directio'],
]);

const isOfFiles = ({ args, children = [] }: NginxNode): boolean =>
  !args[0]?.startsWith('@') && children.every(({ name }) => besideFiles.has(name));

/** The files of the release before are elsewhere; and without the patterns of the snippet what they close would be open. */
const filesOwn = ({ args, children = [] }: NginxNode): string => {
  const place = children.some(({ name }) => name === 'try_files') ? 'in place of its own try_files' : 'in it';
  const open = args[0] === '^~' ? 'without ^~, which would open what the snippet closes, and ' : '';
  return `stays in nginx: bring it into the snippet's block, last there, ${open}with try_files $uri @former; ${place}`;
};

/** PHP sends by X-Accel-Redirect what nobody else may ask for. */
const forPhpAlone = (node: NginxNode): string => {
  const [modifier, text = modifier] = node.args;
  const where = isRegex(node) ? 'it, ahead of the others,' : `location ^~ ${text} { internal; }`;
  return `is closed: where PHP sends files of it by X-Accel-Redirect, take it out of closed = in [web], and bring ${where} into the snippet's block`;
};

/** What is said of locations that are not, or not only, closed by a path. */
const closed = {
  scripts: 'only some scripts ran, and the snippet runs every one of the document root that is not closed',
  elsewhere:
    'passes scripts of another directory on, and a replica sees its release alone: make a site of it, or keep a pool and a block for it',
  pattern:
    "is closed here, and the snippet publishes it: write its paths as closed = in [web], or bring it into the snippet's block",
  open: "another location has part of this and leaves it open: write the rest as closed = in [web], or bring both into the snippet's block",
  shut: 'scripts that this location took did not run, and the snippet runs them: write their paths as closed = in [web], as in closed = media/*.php',
  pages:
    'its pages of kinds that PHP runs elsewhere were sent as they are, and are closed, since the snippet would run them: see closed = in [web]',
  visitors: "is not for everybody, and the snippet publishes it: bring it into the snippet's block",
} as const;
