import type { NginxNode } from './nginx-file.ts';
import { childOf, findAll } from './nginx-servers.ts';

/** What answers for a path that is no file. */
export interface Front {
  readonly node: NginxNode;
  /** A script, relative to the document root; undefined: nothing does, and nginx answers 404. */
  readonly script: string | undefined;
  /** Whether the script gets more than the path and its query. */
  readonly isRewritten: boolean;
}

/** Undefined when the block does not say so in a way that can be read. */
export const frontOf = (server: NginxNode): Front | undefined => {
  const children = server.children ?? [];
  const whole = children.find(({ name, args }) => name === 'location' && args.at(-1) === '/' && args[0] !== '=');
  const places = [whole, server].flatMap(place => (place === undefined ? [] : [place]));
  for (const place of places) {
    const tried = childOf(place, 'try_files');
    const front = tried === undefined ? (rewriteOf(place) ?? scriptOf(place)) : triedLast(tried, children);
    if (front !== undefined) return front;
  }
  const missing = children.find(({ name, args }) => name === 'error_page' && args[0] === '404');
  return missing && ofTarget(missing, missing.args.at(-1) ?? '');
};

/** The last name of a try_files. */
const triedLast = (node: NginxNode, locations: readonly NginxNode[]): Front | undefined => {
  const last = node.args.at(-1) ?? '';
  if (last.startsWith('=')) return { node, script: undefined, isRewritten: false };
  if (!last.startsWith('@')) return ofTarget(node, last);
  const named = locations.find(({ name, args }) => name === 'location' && args[0] === last);
  return named && (rewriteOf(named) ?? scriptOf(named));
};

/** The last rewrite to a script, by itself or where there is no such file. */
const rewriteOf = (place: NginxNode): Front | undefined => {
  const conditions = (place.children ?? []).filter(
    ({ name, args }) =>
      name === 'if' && /^\(?!-[ef]$/.test(args[0] ?? '') && /^\$request_filename\)?$/.test(args[1] ?? ''),
  );
  const rewrites = [
    ...(place.name === 'location' ? (place.children ?? []) : []),
    ...conditions.flatMap(each => each.children ?? []),
  ].filter(({ name }) => name === 'rewrite');
  const front = rewrites.flatMap(node => ofTarget(node, node.args[1] ?? '') ?? []).at(-1);
  return front && { ...front, isRewritten: front.isRewritten || rewrites.length > 1 };
};

/** A location that gives all of its requests to one script. */
const scriptOf = (place: NginxNode): Front | undefined => {
  if (place.name !== 'location') return undefined;
  const node = findAll(place.children ?? [], 'fastcgi_param').findLast(({ args }) => args[0] === 'SCRIPT_FILENAME');
  const script = /^(?:\$document_root|\$realpath_root|\/[\w./-]+)\/([\w.-]+\.php)$/.exec(node?.args[1] ?? '')?.[1];
  return node === undefined || script === undefined ? undefined : { node, script, isRewritten: false };
};

/** `/index.php$is_args$args` and its like; undefined for what is no script of the document root. */
const ofTarget = (node: NginxNode, target: string): Front | undefined => {
  const [, script, rest = ''] = /^\/?([\w.@+/-]+\.php)((?:[/?$]|$).*)$/.exec(target) ?? [];
  if (script === undefined) return undefined;
  return { node, script, isRewritten: !/^(?:\$is_args|\?)?(?:\$args|\$query_string)?$/.test(rest) };
};
