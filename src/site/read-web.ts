import { posix } from 'node:path';
import { type Application, applicationIn } from './applications.ts';
import { below, isAtOrBelow } from './paths.ts';
import { type Given, type Reading, read, refuse, type Source } from './read.ts';
import type { Place } from './read-place.ts';
import { readSticky } from './read-sticky.ts';
import { readWebServer } from './read-web-server.ts';
import { schema } from './schema.ts';
import type { Http, Web } from './site.ts';

const {
  index,
  front_controller: frontController,
  closed,
  php_in: phpIn,
  htaccess_done: htaccessDone,
} = schema.web.keys;

/** What the section is judged with: the release, and which of its scripts is the front controller. */
interface Release {
  readonly resolved: string;
  readonly index: Given<string>;
}

/** What else decides about the section. */
interface Beside {
  readonly http: Reading<Http>;
}

/** The section, with what was found for it that others need too. */
export interface WebReading {
  readonly web: Web;
  /** The application in the document root, if it is a known one. */
  readonly application: Application | undefined;
}

/** The section [web]. Undefined when a key that it reads is broken, which is reported then. */
export const readWeb = (
  source: Source,
  { link, index: given, root: written, http }: Pick<Place, 'link' | 'index' | 'root'> & Beside,
): WebReading | undefined => {
  const server = readWebServer(source, http);
  const readings = {
    index: read(source, index),
    closed: read(source, closed),
    phpIn: read(source, phpIn),
    htaccessDone: read(source, htaccessDone),
  };
  const sticky = readSticky(source);
  const resolved = link === 'broken' ? undefined : source.host.resolveDirectory(link.value);
  if (resolved === undefined || given === 'broken' || written === 'broken' || sticky === 'broken') return undefined;
  const release: Release = { resolved, index: given };
  const documentRoot = written === 'absent' ? posix.dirname(given.value) : written.value;
  const controller = readFrontController(source, release, documentRoot);
  const { index: names, closed: paths, phpIn: directories, htaccessDone: done } = readings;
  if (
    controller === 'broken' ||
    names === 'broken' ||
    paths === 'broken' ||
    directories === 'broken' ||
    done === 'broken'
  )
    return undefined;
  if (server === 'broken') return undefined;
  const application = source.isGlance ? undefined : applicationIn(source.host, below(resolved, documentRoot));
  const web = {
    server,
    root: documentRoot,
    index: names === 'absent' ? indexNames(release, documentRoot) : names.value,
    frontController: controller,
    closed: paths === 'absent' ? (application?.isPrivate ?? []) : paths.value,
    phpIn: directories === 'absent' ? [] : directories.value,
    htaccessDone: done === 'absent' ? [] : done.value,
    sticky,
  };
  return { web, application };
};

const readFrontController = (source: Source, release: Release, documentRoot: string): string | undefined | 'broken' => {
  const reading = read(source, frontController);
  if (reading === 'broken') return reading;
  const pathOf = (name: string) => below(below(release.resolved, documentRoot), name);
  const hasFile = (name: string) => source.host.isFile(pathOf(name));
  if (reading === 'absent')
    return inRoot(release.index.value, documentRoot) ?? (hasFile('index.php') ? 'index.php' : undefined);
  if (reading.value === 'none') return undefined;
  if (hasFile(reading.value)) return reading.value;
  const problem = `is no file in the document root: there is no '${pathOf(reading.value)}'`;
  return refuse(source, reading.at, `'front_controller' ${problem}`);
};

/** The names unless they are written. A front controller of another name is the index of the directory that it lies in. */
const indexNames = ({ index: given }: Release, documentRoot: string): readonly string[] => [
  ...new Set([
    ...(posix.dirname(given.value) === documentRoot ? [posix.basename(given.value)] : []),
    'index.php',
    'index.html',
  ]),
];

/** The path relative to the document root; undefined when the path is not in there. */
const inRoot = (path: string, documentRoot: string): string | undefined => {
  if (documentRoot === '.') return path;
  return path !== documentRoot && isAtOrBelow(path, documentRoot) ? path.slice(documentRoot.length + 1) : undefined;
};
