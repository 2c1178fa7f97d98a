import { tidied } from '../closed-paths.ts';
import { fitsGlob } from './glob.ts';
import { chosenFor } from './nginx-choice.ts';
import { closingOf, isClosed, isRegex, pathsOf, samplesOf } from './nginx-closed.ts';
import type { NginxNode } from './nginx-file.ts';
import { childOf } from './nginx-servers.ts';
import { escapedText, isPattern, isReadable, isWhole, type Passing, type PhpLocations } from './php-locations.ts';
import { extensionsOf, hasOneScript } from './run-extensions.ts';

// Which scripts nginx had PHP-FPM run. The snippet runs every script of the document root that is not closed.

/** The one of these locations that has PHP-FPM asked for a path. */
const askedIn = (children: readonly NginxNode[], locations: readonly Passing[]) => {
  const passing = new Set(locations.map(({ node }) => node));
  return (path: string): NginxNode | undefined => {
    const last = chosenFor(children, path).at(-1);
    return last !== undefined && passing.has(last) && !isClosed(last) ? last : undefined;
  };
};

/** Whether nginx has PHP-FPM run the script of a path, and not another one. */
type Runs = (path: string) => boolean;

export const runsIn = (children: readonly NginxNode[], { own }: PhpLocations): Runs => runsBy(askedIn(children, own));

const runsBy = (askedFor: ReturnType<typeof askedIn>): Runs => {
  return path => {
    const node = askedFor(path);
    return node !== undefined && !hasOneScript(node);
  };
};

/** Scripts of any name, in any directory. */
const ANY_SCRIPTS = ['/page.php', '/any/page.php', '/any/dir/page.php'];

/** Whether nginx has PHP-FPM run whichever script it is asked for. A pattern that looks around leaves out some. */
export const runsAny = (children: readonly NginxNode[], locations: PhpLocations): boolean => {
  const runs = runsIn(children, locations);
  return ANY_SCRIPTS.every(path => runs(path) && !chosenFor(children, path).some(looksAround));
};

const looksAround = ({ args }: NginxNode): boolean => isPattern(args) && /\(\?<?[=!]/.test(args.at(-1) ?? '');

/** One pattern that takes the scripts that the pool's locations have run; undefined where none can be told. */
export const patternOfScripts = ({ own }: PhpLocations): string | undefined => {
  const patterns = [...new Set(own.flatMap(each => patternOfOne(each) ?? []))];
  return patterns.length === 0 ? undefined : patterns.join('|');
};

const patternOfOne = ({ node, within }: Passing): string | undefined => {
  const [modifier = '', text = modifier] = node.args;
  if (hasOneScript(node)) {
    const script = fixedScriptOf(node);
    return script && `^/${escapedText(script)}(?:/|$)`;
  }
  if (text.startsWith('@')) return undefined;
  if (modifier === '=') return `^${escapedText(text)}$`;
  if (!isPattern(node.args)) return `^${escapedText(text)}.*\\.php$`;
  return patternWithin({ node, within });
};

/** A pattern that takes what one of a location does in those around it. */
export const patternWithin = ({ node: { args }, within }: Passing): string => {
  const [modifier = '', text = modifier] = args;
  const pattern = modifier === '~*' ? `(?i:${text})` : text;
  const around = within.filter(({ args }) => !isWhole(args)).map(({ args }) => aheadOf(args));
  if (around.length === 0) return pattern;
  return `^${around.join('')}(?=.*(?:${pattern}))`;
};

/** That a path is also the location's around it. */
const aheadOf = (args: readonly string[]): string => {
  const text = args.at(-1) ?? '';
  return isPattern(args) ? `(?=.*(?:${text}))` : `(?=${escapedText(text)})`;
};

/** The script, relative to the document root, of a location that has one run for all that it takes. */
export const fixedScriptOf = (node: NginxNode): string | undefined => {
  const named = node.children?.findLast(({ name, args }) => name === 'fastcgi_param' && args[0] === 'SCRIPT_FILENAME');
  return fixedScript(named?.args[1] ?? '');
};

/** Undefined where the request names the script. */
const fixedScript = (value: string): string | undefined =>
  /^\$(?:\{(?:document_root|realpath_root)\}|document_root|realpath_root)\/([\w./-]{1,256})$/.exec(value)?.[1];

/** A location whose scripts did not run, and run in the snippet. */
export interface Shut {
  readonly node: NginxNode;
  /** What closes them, as words of `closed`; undefined where it cannot be told, or would close others that ran. */
  readonly paths: readonly string[] | undefined;
}

/** Locations that nginx takes before those that pass scripts on. */
export const shutIn = (children: readonly NginxNode[], locations: PhpLocations): readonly Shut[] => {
  // What another pool has run, ran.
  const passing = [...locations.own, ...locations.foreign];
  const extensions = ['.php', ...(locations.main === undefined ? [] : extensionsOf(locations.main))];
  const askedFor = askedIn(children, passing);
  const runs = runsBy(askedFor);
  const ran = passing.flatMap(({ node }) => pathsOf(node) ?? []).flatMap(samplesOf);
  const shutOf = (node: NginxNode): readonly Shut[] => {
    const inner = locationsIn(node.children ?? []).flatMap(shutOf);
    if (!isOfOthers(node)) return inner;
    const paths = scriptsOf(node, extensions);
    if (paths === undefined) return mayTakeScripts(node, children, locations) ? [{ node, paths }, ...inner] : inner;
    const isTaken = (path: string) => chosenFor(children, `/${path}`).includes(node) && !runs(`/${path}`);
    const shut = paths.filter(path => seenOf(path).some(isTaken));
    if (shut.length === 0) return inner;
    const isAsked = (path: string) => {
      const asked = askedFor(`/${path}`);
      return asked !== undefined && !(isWhole(asked.args) && hasOneScript(asked));
    };
    const isRun = (path: string) => [...seenOf(path), ...ran.filter(each => fitsGlob(path, each))].some(isAsked);
    const runsSome = passing.some(({ within }) => within.includes(node)) || shut.some(isRun);
    return [{ node, paths: runsSome ? undefined : tidied(shut) }, ...inner];
  };
  return locationsIn(children).flatMap(shutOf);
};

/** Without hidden ones, which the snippet never runs. */
const seenOf = (path: string): readonly string[] => samplesOf(path).filter(each => !isHidden(each));

const isHidden = (path: string): boolean => /(?:^|\/)\./.test(path);

const locationsIn = (nodes: readonly NginxNode[]): readonly NginxNode[] =>
  nodes.filter(({ name }) => name === 'location');

/** Whether a location neither passes scripts on nor closes what it takes, nor is that of all paths. */
const isOfOthers = (node: NginxNode): boolean => {
  const closing = closingOf(node);
  return (
    childOf(node, 'fastcgi_pass') === undefined &&
    (closing === undefined || closing.kind === 'visitors') &&
    !isWhole(node.args) &&
    !node.args[0]?.startsWith('@')
  );
};

/** The scripts that a location would take, as words of `closed`, without hidden ones, which the snippet never runs. */
const scriptsOf = (node: NginxNode, extensions: readonly string[]): readonly string[] | undefined => {
  const scripts = pathsOf(node)?.flatMap(path =>
    extensions.flatMap(extension => {
      const begin = path.replace(/\*$/, '');
      if (begin.endsWith(extension)) return [begin];
      if (node.args[0] === '=') return [];
      return [begin === path ? `${path}/*${extension}` : `${begin}*${extension}`];
    }),
  );
  return scripts?.filter(path => !isHidden(path));
};

/** Of a location that cannot be told in words: all but one of names that end otherwise, or one behind that of all scripts. */
const mayTakeScripts = (node: NginxNode, children: readonly NginxNode[], { main }: PhpLocations): boolean => {
  const pattern = node.args.at(-1) ?? '';
  if (node.args[0] === '=') return pattern.endsWith('.php');
  const ending = /\\\.\(?(?:\?:)?([\w|?]{1,512})\)?\$$/.exec(pattern)?.[1];
  if (ending !== undefined && !ending.includes('ph')) return false;
  if (!isRegex(node) || main === undefined || !isReadable(main.args) || looksAround(main)) return true;
  const own = children.indexOf(main);
  return own === -1 || children.indexOf(node) < own;
};
