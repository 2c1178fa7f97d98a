import { posix } from 'node:path';
import { isError } from '../../base/errors.ts';
import type { Shown } from '../../render/snippets/web-view.ts';
import { relativePathProblem } from '../../site/paths.ts';
import { scriptExtensions } from '../../site/script-extensions.ts';
import type { Site } from '../../site/site.ts';
import { type Found, findBelow, isUnfinished, type Wanted } from './found-below.ts';
import type { Ports } from './ports.ts';

/** How deep below the document root a directory with an index, or a link to what is shared, is looked for. */
const DEPTH = '8';

/**
 * What the release that the link names now shows to a web server. Names that no configuration could hold are left out. Rejects with
 * `command-failed` where it could not be looked through: rules for a part of it would leave scripts of the rest open.
 */
export const lookAtShown = async (ports: Ports, site: Site): Promise<Shown> => {
  const { web, pool } = site;
  const root = rootOf(ports, site);
  const isIndex = web.index.filter(isScript(pool)).flatMap((name, at) => [...(at === 0 ? [] : ['-o']), '-name', name]);
  const tests = ['-maxdepth', DEPTH, '-mindepth', '2', '(', ...isIndex, ')', '-type', 'f'];
  const indexes = isIndex.length === 0 ? [] : await entriesIn(ports, root, { tests, fields: ['%h'] });
  const directories = new Set(indexes.map(([path = '']) => posix.relative(root, path)));
  return { ...(await lookAtLinks(ports, site)), indexed: [...directories].filter(isWritable).sort() };
};

/** As `lookAtShown`, of links alone. */
export const lookAtLinks = async (ports: Ports, site: Site): Promise<Shown> => {
  const links = await entriesIn(ports, rootOf(ports, site), {
    tests: ['-maxdepth', DEPTH, '-type', 'l'],
    fields: ['%P', '%l'],
  });
  return {
    links: new Map(links.flatMap(([path = '', target = '']) => (isWritable(path) ? [[path, target]] : []))),
    indexed: [],
    isFile: ports.host.isFile,
  };
};

const rootOf = ({ host }: Ports, { link, web }: Site): string =>
  posix.join(host.resolveDirectory(link) ?? link, web.root);

/** None where this user may not look. */
const entriesIn = async (
  ports: Ports,
  root: string,
  wanted: Pick<Wanted, 'tests' | 'fields'>,
): Promise<Found['entries']> => {
  try {
    const found = await findBelow(ports, [root], { ...wanted, most: Number.POSITIVE_INFINITY }, DEADLINE_MS);
    return found.get(root)?.entries ?? [];
  } catch (error) {
    if (isError(error, 'command-failed') && !isUnfinished(error)) return [];
    throw error;
  }
};

const DEADLINE_MS = 30_000;

const isScript = (pool: Site['pool']) => {
  const extensions = scriptExtensions(pool);
  return (name: string): boolean => extensions.some(extension => name.endsWith(extension));
};

/** Whether a configuration can hold the path. */
const isWritable = (path: string): boolean => path !== '' && relativePathProblem(path) === undefined;
