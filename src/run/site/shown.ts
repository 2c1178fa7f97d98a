import { posix } from 'node:path';
import { isError } from '../../base/errors.ts';
import type { Shown } from '../../render/snippets/web-view.ts';
import { relativePathProblem } from '../../site/paths.ts';
import { scriptExtensions } from '../../site/script-extensions.ts';
import type { Site } from '../../site/site.ts';
import type { Ports } from './ports.ts';

/** How deep below the document root a directory with an index, or a link to what is shared, is looked for. */
const DEPTH = '8';

/** What the release that the link names now shows to a web server. Names that no configuration could hold are left out. */
export const lookAtShown = async (ports: Ports, { link, web, pool }: Site): Promise<Shown> => {
  const release = ports.host.resolveDirectory(link) ?? link;
  const root = posix.join(release, web.root);
  const links = await findLinks(ports, root, DEPTH);
  const isIndex = web.index.filter(isScript(pool)).flatMap((name, at) => [...(at === 0 ? [] : ['-o']), '-name', name]);
  const indexes =
    isIndex.length === 0
      ? []
      : await find(ports, root, [
          '-maxdepth',
          DEPTH,
          '-mindepth',
          '2',
          '(',
          ...isIndex,
          ')',
          '-type',
          'f',
          '-printf',
          '%h\\0',
        ]);
  const directories = new Set(indexes.map(path => posix.relative(root, path)));
  return {
    links: new Map(links.filter(([path]) => isWritable(path))),
    indexed: [...directories].filter(isWritable).sort(),
    isFile: ports.host.isFile,
  };
};

/** The links in a directory: path in there -> target as it is written. */
const findLinks = async (
  ports: Ports,
  directory: string,
  depth: string,
): Promise<readonly (readonly [string, string])[]> =>
  pairs(await find(ports, directory, ['-maxdepth', depth, '-type', 'l', '-printf', '%P\\0%l\\0']));

/** The parts that find(1) prints, each ended by a zero byte; none where this user may not look. */
const find = async ({ commands }: Ports, root: string, args: readonly string[]): Promise<readonly string[]> => {
  try {
    const text = await commands.run('find', [root, '-xdev', ...args]);
    return text.split('\0').slice(0, -1);
  } catch (error) {
    if (isError(error, 'command-failed')) return [];
    throw error;
  }
};

const pairs = (parts: readonly string[]): readonly (readonly [string, string])[] =>
  Array.from({ length: Math.floor(parts.length / 2) }, (_, at) => [parts[2 * at] ?? '', parts[2 * at + 1] ?? '']);

const isScript = (pool: Site['pool']) => {
  const extensions = scriptExtensions(pool);
  return (name: string): boolean => extensions.some(extension => name.endsWith(extension));
};

/** Whether a configuration can hold the path. */
const isWritable = (path: string): boolean => path !== '' && relativePathProblem(path) === undefined;
