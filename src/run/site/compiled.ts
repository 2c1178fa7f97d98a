import { posix } from 'node:path';
import { isAtOrBelow } from '../../site/paths.ts';
import type { Site } from '../../site/site.ts';
import type { Link, Links } from './links.ts';
import type { Ports } from './ports.ts';

/** How a framework keeps code that it compiles. */
interface Compiler {
  /** What a release of it has. */
  readonly sign: string;
  /** Where the compiled code lies. */
  readonly directory: string;
  /** A variable that names another place, and a place for it in the release, below a directory that is written to anyway. */
  readonly variable?: string;
  readonly instead: string;
}

/**
 * Laravel compiles a view again only where its file is newer, under a name that is made of its path; Symfony's container, in production,
 * never. All releases of a site have one path, and a deployment leaves files with the time of their last change.
 */
const COMPILERS: readonly Compiler[] = [
  {
    ...{ sign: 'artisan', directory: 'storage/framework/views' },
    ...{ variable: 'VIEW_COMPILED_PATH', instead: 'bootstrap/cache/views' },
  },
  { sign: 'bin/console', directory: 'var/cache', instead: 'var/cache' },
];

/** Where a framework keeps compiled code that all releases of a site share. */
export interface SharedCode {
  readonly path: string;
  readonly mount: string;
  readonly variable?: string;
  readonly instead: string;
}

/** Of the frameworks that the release has. The links in it are asked for where there is one. */
export const sharedCode = async (
  { files }: Ports,
  { site, release }: { readonly site: Site; readonly release: string },
  linksIn: () => Promise<Links>,
): Promise<readonly SharedCode[]> => {
  const isOfRelease = await Promise.all(COMPILERS.map(({ sign }) => files.exists(posix.join(release, sign))));
  const compilers = COMPILERS.filter((_, at) => isOfRelease[at]);
  if (compilers.length === 0) return [];
  const { links } = await linksIn();
  return compilers.flatMap(({ directory, variable, instead }) => {
    const path = placeOf(site, directory, variable);
    if (!isShared(site, links, path)) return [];
    return [{ path, mount: site.mount, ...(variable && { variable }), instead }];
  });
};

const placeOf = ({ env, environment, mount }: Site, directory: string, variable: string | undefined): string =>
  (variable === undefined ? undefined : (env.get(variable) ?? environment.get(variable))) ??
  posix.join(mount, directory);

/** Whether all releases see the same directory there. */
const isShared = ({ mount, shared, writable }: Site, links: readonly Link[], path: string): boolean => {
  if (!isAtOrBelow(path, mount)) return true;
  const covers = (inRelease: string) => isAtOrBelow(path, posix.join(mount, inRelease));
  if (writable.some(covers)) return false;
  return (
    [...shared.keys()].some(covers) ||
    links.some(
      link => covers(link.path) && !isAtOrBelow(posix.resolve(mount, posix.dirname(link.path), link.target), mount),
    )
  );
};
