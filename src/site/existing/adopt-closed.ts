import { posix } from 'node:path';
import { applicationIn } from '../applications.ts';
import type { Host } from '../host.ts';
import { type Adopted, kept } from './adopted.ts';
import { closingOf, isForPhpAlone, isOpenBeside, isRegex } from './nginx-closed.ts';
import type { NginxNode } from './nginx-file.ts';
import { placeOf, stays } from './nginx-words.ts';
import type { PhpLocations } from './php-locations.ts';
import { patternOfScripts, runsAny, runsIn, type Shut } from './run-scripts.ts';

// What nginx did not have run, or send.

/** That nginx has not run every script, as the snippet does. */
export const adoptScripts = (children: readonly NginxNode[], locations: PhpLocations): readonly Adopted[] => {
  const node = locations.main ?? locations.own[0]?.node;
  if (node === undefined || runsAny(children, locations)) return [];
  const pattern = patternOfScripts(locations);
  return [stays(node, pattern === undefined ? closed.scripts : `${closed.scripts}: ${insteadOf(pattern)}`)];
};

/** The snippet closes what is called like a script and is none. */
const insteadOf = (pattern: string): string =>
  `write location ~ "${pattern}" in place of the words of its location with fastcgi_pass, and it closes the others`;

interface Closed {
  readonly host: Host;
  readonly root: string;
  readonly shut: readonly Shut[];
  readonly locations: PhpLocations;
}

/** What locations close by its path, in one line, with what php-zd closes for a known application. */
export const adoptClosed = (children: readonly NginxNode[], { shut, ...place }: Closed): readonly Adopted[] => {
  const { host, root } = place;
  const found = closingsIn(children).map(each => besideScript(each, children, place));
  const taken = [
    ...found.filter(({ isOpen }) => !isOpen),
    ...shut.flatMap(({ node, paths }) => (paths === undefined ? [] : [{ node, paths }])),
  ].sort((one, other) => one.node.line - other.node.line);
  const [first] = taken;
  const left = [
    ...found.filter(({ isOpen }) => isOpen).map(({ node }) => stays(node, closed.open)),
    ...found.flatMap(({ node, script }) => (script === undefined ? [] : [stays(node, besideRun(script))])),
    ...found.flatMap(({ node }) => (isForPhpAlone(node) ? [stays(node, forPhpAlone(node))] : [])),
    ...shut.flatMap(({ node, paths }) => {
      if (paths === undefined) return [stays(node, closed.shut)];
      return paths.every(path => path.endsWith('.php')) ? [] : [stays(node, closed.pages)];
    }),
  ];
  if (first === undefined) return left;
  const paths = new Set([...taken.flatMap(each => each.paths), ...(applicationIn(host, root)?.isPrivate ?? [])]);
  return [kept(placeOf(first.node), { section: 'web', key: 'closed', value: [...paths].join(' ') }), ...left];
};

interface ClosedPaths {
  readonly node: NginxNode;
  readonly paths: readonly string[];
  /** Whether another location, which nginx takes before, leaves part of them open. */
  readonly isOpen: boolean;
  /** What ran though its path begins so. */
  readonly script?: string;
}

/** A path of nginx's is the begin of others too; where a script has such a name and ran, the directory alone is closed. */
const besideScript = (
  found: ClosedPaths,
  children: readonly NginxNode[],
  { host, root, locations }: Omit<Closed, 'shut'>,
): ClosedPaths => {
  const [path = ''] = found.paths;
  const script = `${path.slice(0, -1)}.php`;
  const isBegin = !isRegex(found.node) && path.endsWith('*');
  const isThere = () => host.isFile(posix.join(host.resolveDirectory(root) ?? root, script));
  if (!isBegin || !runsIn(children, locations)(`/${script}`) || !isThere()) return found;
  return { ...found, paths: [path.slice(0, -1)], script };
};

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

const besideRun = (script: string): string =>
  `stays in nginx: bring it into the snippet's block, since closed = has the directory alone: /${script}, which begins so, ran`;

/** PHP sends by X-Accel-Redirect what nobody else may ask for. */
const forPhpAlone = (node: NginxNode): string => {
  const [modifier, text = modifier] = node.args;
  const where = isRegex(node) ? 'it, ahead of the others,' : `location ^~ ${text} { internal; }`;
  return `is closed: where PHP sends files of it by X-Accel-Redirect, take it out of closed = in [web], and bring ${where} into the snippet's block`;
};

/** What is said of locations that are not, or not only, closed by a path. */
export const closed = {
  scripts: 'only some scripts ran, and the snippet runs every one of the document root that is not closed',
  elsewhere:
    'passes scripts of another directory on, and a replica sees its release alone: make a site of it, or keep a pool and a block for it',
  ofFpm: (site: string) =>
    `asks PHP-FPM itself at pm.status_path or ping.path, which each replica has for php-zd alone: leave it out; "php-zd status ${site} --json" has the numbers`,
  pattern:
    "is closed here, and the snippet publishes it: write its paths as closed = in [web], or bring it into the snippet's block",
  open: "another location has part of this and leaves it open: write the rest as closed = in [web], or bring both into the snippet's block",
  shut: 'scripts that this location took did not run, and the snippet runs them: write their paths as closed = in [web], as in closed = media/*.php',
  pages:
    'its pages of kinds that PHP runs elsewhere were sent as they are, and are closed, since the snippet would run them: see closed = in [web]',
  scriptsOfSome:
    "is not for everybody, and the snippet publishes it: bring it into the snippet's block, and change its fastcgi_pass and parameters as for a block of your own",
  othersOfSome: ', and change its other fastcgi_pass and their parameters as for a block of your own',
  visitors: "is not for everybody, and the snippet publishes it: bring it into the snippet's block",
} as const;
