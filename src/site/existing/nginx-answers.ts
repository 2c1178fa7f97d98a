import type { NginxNode } from './nginx-file.ts';
import { inNginx } from './nginx-words.ts';
import { foreignIn, isWhole, type PhpLocations } from './php-locations.ts';
import { isOfPath, isSaid, isSplit, PATHS, paramIn } from './php-params.ts';
import { fixedScriptOf } from './run-scripts.ts';

// What answers where there is no file, as it is written in the snippet's location @index, which comes last there too (facts.md N81).

export interface Answer {
  /** Directives of the rewrite module, but for `try_files "" @NAME;`. */
  readonly lines: string;
  /** The script that answers, relative to the document root. */
  readonly script: string | undefined;
  /** The location of a name that these lines stand for. */
  readonly named?: NginxNode;
}

export interface Answering {
  /** The directives of the server block. */
  readonly children: readonly NginxNode[];
  readonly locations: PhpLocations;
}

/** Of the last word of a try_files. */
export const answerOf = (word: string, around: Answering): Answer => {
  if (word.startsWith('=')) return { lines: `return ${word.slice(1)};`, script: undefined };
  if (!word.startsWith('@')) return answerOfTarget(word);
  const named = around.children.find(({ name, args }) => name === 'location' && args[0] === word);
  const itself = { lines: `try_files "" ${word};`, script: named && scriptIn(named) };
  const answer = named && (answerOfRewrites(named.children ?? []) ?? answerOfOneScript(named, around));
  return answer === undefined || named === undefined ? itself : { ...answer, named };
};

/** The script that a location leads to, whatever it gives it. */
const scriptIn = (named: NginxNode): string | undefined =>
  fixedScriptOf(named) ?? scriptOf(named.children?.findLast(({ name }) => name === 'rewrite')?.args[1] ?? '');

/** Whether a condition can have these lines. */
export const isRewriting = ({ lines }: Answer): boolean => !lines.startsWith('try_files');

/** `/index.php$is_args$args` and its like. A rewrite goes on with the query unless it ends in a question mark; a try_files does not. */
export const answerOfTarget = (target: string): Answer => {
  // Which has a query in it that a rewrite takes for a part of the path.
  if (/\$\{?request_uri\b/.test(target)) return { lines: `try_files "" ${inNginx(target)};`, script: scriptOf(target) };
  const path = withoutQuery(target.startsWith('/') ? target : `/${target}`).replace('$is_args', '?');
  return {
    lines: `rewrite ^ ${inNginx(path.includes('?') ? `${path}?` : path)} last;`,
    script: scriptOf(target),
  };
};

/** Without a query that is the visitor's, and that alone. */
const withoutQuery = (target: string): string =>
  /^([^?]{0,1024}?)(?:\$is_args|\?)(?:\$args|\$query_string)$/.exec(target)?.[1] ?? target;

/** Undefined for what is not rewrites alone, or leads to no script of the document root. */
export const answerOfRewrites = (nodes: readonly NginxNode[]): Answer | undefined => {
  const rewrites = nodes.filter(({ name }) => name !== 'break');
  const [, target = '', flag] = rewrites.at(-1)?.args ?? [];
  const script = scriptOf(target);
  if (script === undefined || isRedirect(flag) || rewrites.some(({ name }) => name !== 'rewrite')) return undefined;
  return { lines: rewrites.map(lineOf).join(' '), script };
};

const isRedirect = (flag: string | undefined): flag is string => flag === 'redirect' || flag === 'permanent';

const lineOf = ({ args: [pattern = '', target = '', flag] }: NginxNode): string => {
  const isOfAll = /^\^?\/?(?:\(?\/?\.[*+]\)?)?\$?$/.test(pattern) && !/\$\d/.test(target);
  if (isOfAll && !isRedirect(flag) && !withoutQuery(target).includes('?')) return answerOfTarget(target).lines;
  return `rewrite ${inNginx(pattern)} ${inNginx(target)} ${isRedirect(flag) ? flag : 'last'};`;
};

/** Of a location that has all of its requests answered by one script; undefined where only the location itself does the same. */
export const answerOfOneScript = (node: NginxNode, { locations }: Pick<Answering, 'locations'>): Answer | undefined => {
  const script = fixedScriptOf(node);
  const { main } = locations;
  const isOfName = isWhole(node.args) || node.args[0]?.startsWith('@');
  if (script === undefined || !isOfName || foreignIn(locations, node) !== undefined) return undefined;
  const own = (node.children ?? []).filter(child => !isTold(child, node) && !isOfScript(child));
  if (node === main ? own.some(isParamOfPath) : own.some(child => !isParamOf(child, main))) return undefined;
  if (![`/${script}`, '$fastcgi_script_name', undefined].includes(paramIn(node, 'SCRIPT_NAME'))) return undefined;
  const info = paramIn(node, 'PATH_INFO') ?? '';
  const isSplitOtherwise = info.includes('path_info') && (node.children ?? []).some(isSplit);
  if (PATHS.includes(info)) return { lines: `rewrite ^(.*)$ /${script}$1 last;`, script };
  if (isSplitOtherwise || !['', '$fastcgi_path_info', '$path_info'].includes(info)) return undefined;
  return { lines: `rewrite ^ /${script} last;`, script };
};

const isTold = (child: NginxNode, { children = [] }: NginxNode): boolean =>
  (child.name === 'fastcgi_param' && isSaid(child)) ||
  ['fastcgi_pass', 'fastcgi_index', 'fastcgi_split_path_info'].includes(child.name) ||
  // What is said twice has its last value.
  children.findLast(({ name, args }) => name === child.name && args[0] === child.args[0]) !== child;

const isOfScript = ({ name, args: [word = ''] }: NginxNode): boolean =>
  name === 'fastcgi_param' && ['SCRIPT_FILENAME', 'SCRIPT_NAME', 'PATH_INFO'].includes(word);

const isParamOfPath = ({ name, args }: NginxNode): boolean => name === 'fastcgi_param' && isOfPath(args[1] ?? '');

const isParamOf = ({ name, args }: NginxNode, main: NginxNode | undefined): boolean =>
  name === 'fastcgi_param' &&
  (main?.children ?? []).some(other => other.name === name && other.args[0] === args[0] && other.args[1] === args[1]);

/** Undefined for what is no script of the document root. */
const scriptOf = (target: string): string | undefined => /^\/?([\w.@+/-]{1,256}\.php)(?:[/?$]|$)/.exec(target)?.[1];
