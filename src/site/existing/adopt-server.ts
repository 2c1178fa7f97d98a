import { posix } from 'node:path';
import type { Host } from '../host.ts';
import { isAtOrBelow } from '../paths.ts';
import { adoptAddress, adoptListen, portAsked } from './adopt-address.ts';
import { adoptClosed, adoptScripts, closed } from './adopt-closed.ts';
import { adoptFiles, isOfServer, unneededIn, withoutRoot } from './adopt-files.ts';
import { adoptPhp, adoptPhpDirectives, linesOfForeign, type PhpPlace } from './adopt-php-location.ts';
import { adoptWhole, type FilesPlace, indexNames, indexOf } from './adopt-whole.ts';
import { type Adopted, kept } from './adopted.ts';
import { answerOfOneScript } from './nginx-answers.ts';
import { closingOf, isAccess, isClosed } from './nginx-closed.ts';
import type { NginxNode } from './nginx-file.ts';
import { frontOf, wholeIn } from './nginx-front.ts';
import { childOf, findAll } from './nginx-servers.ts';
import { placeOf, stays } from './nginx-words.ts';
import { foreignIn, isMatch, type Passing, phpLocationsOf } from './php-locations.ts';
import { isParam, withRootAsVariable } from './php-params.ts';
import { shutIn } from './run-scripts.ts';

/** Where the application of a server block lies. */
export interface ServerPlace {
  readonly host: Host;
  readonly site: string;
  readonly release: string;
  /** The document root, absolute. */
  readonly root: string;
  /** Where a replica sees its release. */
  readonly mount: string;
  /** Whether an address of a fastcgi_pass is the pool's. */
  readonly leadsToPool: (address: string) => boolean;
  /** pm.status_path and ping.path of the pool. */
  readonly ofFpm: readonly string[];
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
export const adoptServer = (given: NginxNode, place: ServerPlace): readonly Adopted[] => {
  const { root, release, mount, leadsToPool } = place;
  const server = withRootAsVariable(given, root);
  const ofFpm = (server.children ?? []).filter(node => isOfFpm(node, place.ofFpm));
  const all = (server.children ?? []).filter(node => !ofFpm.includes(node));
  const elsewhere = all.filter(node => isElsewhere(node, root));
  const children = all.filter(node => !elsewhere.includes(node));
  const locations = phpLocationsOf(children, leadsToPool);
  const around = { children: all, locations };
  const front = frontOf(around);
  const shut = shutIn(children, locations);
  const files = { ...place, around, front, shut: new Set(shut.map(({ node }) => node)) };
  const unneeded = unneededIn(files);
  const whole = wholeIn(all);
  const answered = [...unneeded, ...(whole && answerOfOneScript(whole, around) ? [whole] : [])];
  const scripts = posix.join(mount, posix.relative(release, rootBelow(place)));
  const read = {
    files,
    php: { locations, scripts, root, answered: new Set(answered), hasOwnPort: portAsked(server) !== '' },
    unneeded,
  };
  return [
    ...adoptAddress(server),
    ...adoptRoot(server, files),
    ...adoptFront(server, files),
    ...adoptClosed(children, { ...place, shut, locations }),
    ...adoptScripts(children, locations),
    ...children.flatMap(node => adoptChild(node, read)),
    ...elsewhere.map(node => stays(node, closed.elsewhere)),
    ...ofFpm.map(node => stays(node, closed.ofFpm(place.site))),
  ];
};

/** Whether a location passes scripts of another directory than the document root on to PHP. */
export const isElsewhere = (node: NginxNode, root: string): boolean => {
  const own = childOf(node, 'root') ?? childOf(node, 'alias');
  if (node.name !== 'location' || own === undefined || findAll(node.children ?? [], 'fastcgi_pass').length === 0)
    return false;
  const path = own.args[0] ?? '';
  return !path.includes('$') && posix.join(path, '/') !== posix.join(root, '/');
};

/** Whether a location asks PHP-FPM itself how it is, at one of these paths, and no script. */
export const isOfFpm = (node: NginxNode, paths: readonly string[]): boolean => {
  const { name, args, children = [] } = node;
  const isPassing = name === 'location' && findAll(children, 'fastcgi_pass').length > 0;
  const takesScripts = ['/', '/index.php', '/any/page.php'].some(path => isMatch(args, path));
  return isPassing && !takesScripts && paths.some(path => isMatch(args, path));
};

/** The document root as a path below the release, also where nginx comes to it by a link. */
const rootBelow = ({ host, release, root }: Pick<ServerPlace, 'host' | 'release' | 'root'>): string =>
  isAtOrBelow(root, release) ? root : (host.resolveDirectory(root) ?? root);

const adoptRoot = (server: NginxNode, place: FilesPlace): readonly Adopted[] => {
  const node = documentRootOf(server);
  const { release } = place;
  const root = rootBelow(place);
  const inRelease = posix.relative(release, root) || '.';
  const index = indexOf(place);
  const names = indexNames(place);
  const of = index ?? place.front?.node;
  return [
    ...(node === undefined || !isAtOrBelow(root, release)
      ? []
      : [kept(placeOf(node), { section: 'web', key: 'root', value: inRelease })]),
    ...(of === undefined || names.length === 0
      ? []
      : [kept(placeOf(of), { section: 'web', key: 'index', value: names.join(' ') })]),
  ];
};

/** The front controller, and which script proves a replica where that is not the index.php of the root. */
const adoptFront = (server: NginxNode, files: FilesPlace): readonly Adopted[] => {
  const { front, host, release, root } = files;
  const script = front?.script;
  const node = front?.node ?? server;
  const inRelease = (name: string) => posix.relative(release, posix.join(rootBelow(files), name));
  const index = indexOf(files);
  const isThere = (name: string) => host.isFile(posix.join(host.resolveDirectory(root) ?? root, name));
  const proving = [script, 'index.php', ...(index?.args ?? [])].find(name => name?.endsWith('.php') && isThere(name));
  return [
    kept(placeOf(node), { section: 'web', key: 'front_controller', value: script ?? 'none' }),
    ...(proving === undefined || proving === 'index.php'
      ? []
      : [kept(placeOf(index ?? node), { section: 'site', key: 'index', value: inRelease(proving) })]),
    ...adoptWhole(files),
  ];
};

interface Read {
  readonly files: FilesPlace;
  readonly php: PhpPlace;
  /** Locations of a name for which lines of the snippet's own stand. */
  readonly unneeded: ReadonlySet<NginxNode>;
}

/** What is read of a whole block. */
const readBefore: ReadonlySet<string> = new Set(['server_name', 'root', 'index', 'try_files', 'fastcgi_index']);

/** Directives that the snippet's block has itself, and nginx takes once. */
const onceInBlock: ReadonlySet<string> = new Set(['disable_symlinks', 'absolute_redirect']);

const adoptChild = (node: NginxNode, read: Read): readonly Adopted[] => {
  const { name, children = [] } = node;
  const { files, php } = read;
  const replaced = files.front?.replaced ?? [];
  if (name === 'location') return adoptLocation(node, read);
  if (readBefore.has(name) || replaced.includes(node)) return [];
  if (isParam(node)) return adoptInherited(node, php);
  if (name.startsWith('fastcgi_')) return adoptPhpDirectives([node], { ...php, location: undefined });
  if (name === 'listen')
    return adoptListen(
      node,
      files.around.children.filter(child => child.name === name),
    );
  if (name === 'client_max_body_size')
    return [
      stays(node, 'the snippet has no limit, and PHP has post_max_size: write it there if nginx is to refuse sooner'),
    ];
  if (isAccess(node)) return [stays(node, "the snippet lets everybody in: bring it into the snippet's block")];
  if (onceInBlock.has(name))
    return [stays(node, "stays in nginx: bring it into the snippet's block, in place of its own")];
  if (
    name === 'if' &&
    children.some(child => replaced.includes(child)) &&
    children.every(child => child.name === 'break' || replaced.includes(child))
  )
    return [];
  return [stays(node, name === 'if' && isClosed(node) ? closed.pattern : undefined)];
};

/** nginx gives what the block says to no location that has a parameter of its own. */
const adoptInherited = (node: NginxNode, php: PhpPlace): readonly Adopted[] => {
  const { own } = php.locations;
  const hasOwn = own.every(({ node: location, within }) =>
    [location, ...within].some(each => childOf(each, 'fastcgi_param')),
  );
  if (own.length > 0 && hasOwn)
    return [
      stays(node, 'has no effect: each location with fastcgi_pass has a fastcgi_param of its own, and so no other one'),
    ];
  return adoptPhpDirectives([node], { ...php, location: undefined });
};

const adoptLocation = (node: NginxNode, read: Read): readonly Adopted[] => {
  const { files, php, unneeded } = read;
  const children = node.children ?? [];
  if (node === wholeIn(files.around.children) && foreignIn(php.locations, node) === undefined)
    return adoptWholeLocation(node, read);
  const closing = closingOf(node);
  // What is said of scripts is said of all of them at once.
  if (closing?.kind === 'pattern') return [stays(node, closed.pattern)];
  if (closing?.kind === 'visitors') return [stays(node, ofSome(node, php))];
  if (closing !== undefined) return [];
  const inner = () => children.filter(({ name }) => name === 'location').flatMap(child => adoptLocation(child, read));
  if (childOf(node, 'fastcgi_pass') !== undefined) return [...adoptPhp(node, php), ...inner()];
  if (unneeded.has(node)) return [];
  if (findAll(children, 'fastcgi_pass').length > 0) return [...adoptAround(node, read), ...inner()];
  return adoptFiles(node, files) ?? [stays(node, asItIs(node, files))];
};

/** What is said of a location that is not for everybody. */
const ofSome = (node: NginxNode, { locations, root }: PhpPlace): string => {
  const isIn = (each: Passing) => each.node === node || each.within.includes(node);
  const [foreign] = locations.foreign.filter(isIn);
  const hasOwn = locations.own.some(isIn);
  if (foreign === undefined) return hasOwn ? closed.scriptsOfSome : closed.visitors;
  const lines = linesOfForeign(foreign, root) || 'its own lines';
  return `${closed.visitors}, with ${lines} in what of it leads to another pool, which you keep${hasOwn ? closed.othersOfSome : ''}`;
};

/** A location in which another one passes scripts on. */
const adoptAround = (node: NginxNode, { files, php }: Read): readonly Adopted[] => {
  const own = (node.children ?? []).filter(({ name }) => name !== 'location');
  const ofScripts = own.filter(({ name }) => name.startsWith('fastcgi_'));
  const ofFiles = own.filter(child => !ofScripts.includes(child));
  return [
    ...adoptPhpDirectives(ofScripts, { ...php, location: undefined }),
    ...(adoptFiles({ ...node, children: ofFiles }, files, ', without its locations of scripts,') ?? [
      stays(node, AROUND),
    ]),
  ];
};

const AROUND = "stays in nginx: bring it, without its locations of scripts, into the snippet's block, last there";

/** What answers for all paths itself, without a look at files. */
const answering = /^(?:(?:proxy|uwsgi|scgi|grpc|memcached)_pass|return|alias)$/;

const adoptWholeLocation = (node: NginxNode, read: Read): readonly Adopted[] => {
  const { files, php } = read;
  const children = node.children ?? [];
  const isOther = (child: NginxNode) => child.name === 'root' && !isOfServer(child, { node, place: files });
  const isShut = isClosed(node) && closingOf(node)?.kind !== 'visitors';
  if (isShut || children.some(child => answering.test(child.name) || isOther(child)))
    return [stays(node, "stays in nginx: bring it into the snippet's block, in place of its location /")];
  const ofAll = children.filter(
    child => ['location', 'if', 'try_files'].includes(child.name) || isAccess(child) || child.name.startsWith('auth_'),
  );
  const rest = children.filter(child => !ofAll.includes(child));
  return [
    ...ofAll.flatMap(child => adoptChild(child, read)),
    ...(childOf(node, 'fastcgi_pass') === undefined
      ? rest.flatMap(child => adoptOfWhole(child, read))
      : adoptPhpDirectives(rest, { ...php, location: node })),
  ];
};

const adoptOfWhole = (child: NginxNode, { files, php }: Read): readonly Adopted[] => {
  if (child.name === 'root' || child.name === 'index' || files.front?.replaced.includes(child)) return [];
  if (child.name.startsWith('fastcgi_')) return adoptPhpDirectives([child], { ...php, location: undefined });
  return [stays(child, "stays in nginx: write it in the snippet's location /")];
};

/** As nginx took it before, when no pattern beside it had a say. */
const asItIs = (node: NginxNode, files: FilesPlace): string => {
  const isAhead = files.shut.has(node) && node.args.length === 1;
  const as = isAhead ? ` as location ^~ ${node.args[0]}, which nginx takes before the snippet's patterns` : '';
  return `stays in nginx: bring it${withoutRoot(node, files)} into the snippet's block${as}`;
};
