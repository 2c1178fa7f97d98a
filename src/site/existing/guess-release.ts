import { posix } from 'node:path';
import { isAmongReleases, isNamedAsFlipped } from '../deployment-link.ts';
import type { Host } from '../host.ts';

/**
 * The release that a document root lies in: the link of a deployment tool on the way, else the application around a directory such
 * as public/, else the root itself. A link that leads to another part of the host, as a panel has one for each domain, is flipped by
 * nobody: what lies beside its end is no release of the site's.
 */
export const guessRelease = (host: Host, root: string): string => {
  const links = pathsTo(root).filter(path => isLink(host, path));
  const named = links.find(isNamedAsFlipped);
  const flipped = links.find(path => isAmongReleases(host.resolveDirectory(path) ?? path));
  const application = applicationOf(host, root);
  return (
    named ?? flipped ?? (isAway(host, application) ? (host.resolveDirectory(application) ?? application) : application)
  );
};

/** Whether a path leads to something that does not lie beside its own end. */
const isAway = (host: Host, path: string): boolean => {
  const [beside, resolved] = [host.resolveDirectory(posix.dirname(path)), host.resolveDirectory(path)];
  return beside !== undefined && resolved !== undefined && posix.dirname(resolved) !== beside;
};

/** The path, and the directories above it. */
const pathsTo = (path: string): readonly string[] =>
  path === '/' || path === '.' ? [] : [path, ...pathsTo(posix.dirname(path))];

const isLink = (host: Host, path: string): boolean => {
  const parent = host.resolveDirectory(posix.dirname(path));
  const resolved = host.resolveDirectory(path);
  return parent !== undefined && resolved !== undefined && resolved !== posix.join(parent, posix.basename(path));
};

/** Of these an application keeps its code outside. */
const inner: readonly string[] = ['public', 'web', 'webroot', 'pub', 'docroot'];
/** Of these only some do. */
const whole: readonly string[] = ['htdocs', 'public_html', 'www', 'html'];
const signs: readonly string[] = ['composer.json', 'composer.lock', 'artisan', 'bin/console', 'bin/cake'];

const applicationOf = (host: Host, root: string): string => {
  const parent = posix.dirname(root);
  const name = posix.basename(root);
  const hasSign = () => signs.some(sign => host.isFile(posix.join(parent, sign)));
  const isInner = parent.split('/').length > 2 && !/^\/(?:var|usr)\/\w+$/.test(parent);
  return (inner.includes(name) && isInner) || (whole.includes(name) && hasSign()) ? parent : root;
};
