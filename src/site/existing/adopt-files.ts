import { posix } from 'node:path';
import { sitePaths } from '../../base/paths.ts';
import { isAtOrBelow } from '../paths.ts';
import { type FilesPlace, indexNames, indexOf, inLocation, isUsual, triedIn, triedText } from './adopt-whole.ts';
import type { Adopted } from './adopted.ts';
import { type Answer, type Answering, answerOf, isRewriting } from './nginx-answers.ts';
import { isAccess } from './nginx-closed.ts';
import type { NginxNode } from './nginx-file.ts';
import { lastLine, wholeIn } from './nginx-front.ts';
import { childOf, findAll } from './nginx-servers.ts';
import { inNginx, inQuotes, stays } from './nginx-words.ts';
import { escapedText, isPattern } from './php-locations.ts';

// Locations that send files.

/** Undefined for a location that does more than to send files. */
export const adoptFiles = (node: NginxNode, place: FilesPlace, without = ''): readonly Adopted[] | undefined => {
  const own = (node.children ?? []).filter(child => !isOfServer(child, { node, place }));
  if (own.some(({ name }) => name === 'root' || name === 'alias')) return [stays(node, ownRoot(node, place))];
  if (node.args[0]?.startsWith('@') || !own.every(({ name }) => name === 'index' || besideFiles.has(name)))
    return undefined;
  const tried = own.find(({ name }) => name === 'try_files');
  const said = filesWords(node, { own, tried, place, without });
  return said === undefined ? [] : [stays(node, said)];
};

interface Own {
  readonly own: readonly NginxNode[];
  readonly tried: NginxNode | undefined;
  readonly place: FilesPlace;
  /** What does not come along. */
  readonly without: string;
}

/** The files of the release before are elsewhere; and without the patterns of the snippet what they close would be open. */
const filesWords = (node: NginxNode, { own, tried, place, without }: Own): string | undefined => {
  const { around, front, shut } = place;
  const index = own.some(({ name }) => name === 'index');
  const isIndexed = index || (tried === undefined && isLeftOut(node, place));
  const words = [...new Set([...(tried?.args.slice(0, -1) ?? ['$uri']), ...(isIndexed ? ['$uri/'] : [])])];
  const answer = answerOf(tried?.args.at(-1) ?? '=404', around);
  const bring = `bring it${without || withoutRoot(node, place)} into the snippet's block, last there, ${openWords(node)}with`;
  const names = indexOf(place)?.args.map(inNginx).join(' ');
  const withIndex = words.includes('$uri/') && !index && names !== undefined ? `index ${names};` : '';
  if (tried !== undefined && !isRewriting(answer)) {
    return `stays in nginx: ${bring} ${withIndex === '' ? '' : `${withIndex} in it and `}its own try_files`;
  }
  const at = tried === undefined ? 'in it' : 'in place of its own try_files';
  const isPlain = isUsual(words) && !isIndexed;
  const isOtherwise = hasMore(around) || inLocation(triedIn(front), place).length > 0;
  const isBrought = !isPlain || isOtherwise || own.some(each => each !== tried);
  const line = isPlain ? 'try_files $uri @former;' : [triedText(words), withIndex].join(' ').trim();
  const isNeverMissing = node.args[0] === '=' && (shut.has(node) || node.args[1] === '/');
  const isSame = isNeverMissing || answer.lines === (front?.lines ?? lastLine(undefined));
  const said = [
    ...(isBrought ? [`${bring} ${line} ${at}`] : []),
    ...(isSame ? [] : [missingWords(node, { answer, place })]),
  ];
  return said.length === 0 ? undefined : `stays in nginx: ${said.join(', and ')}`;
};

/** Where the document root is another path in the snippet. */
export const withoutRoot = (node: NginxNode, place: FilesPlace): string => {
  const own = node.children?.find(child => child.name !== 'index' && isOfServer(child, { node, place }));
  return own === undefined ? '' : `, without its ${own.name},`;
};

/** Whether the directories of a location have an index of which the site file has no word (indexNames()). */
const isLeftOut = ({ args }: NginxNode, place: FilesPlace): boolean => {
  const names = indexOf(place)?.args.join(' ');
  return names !== undefined && args[0] !== '=' && !isPattern(args) && names !== indexNames(place).join(' ');
};

/** Whether the snippet's location / comes to have directives that other paths did not have. */
const hasMore = ({ children }: Answering): boolean =>
  (wholeIn(children)?.children ?? []).some(child => !ofPages.has(child.name) && !isAccess(child));

const ofPages: ReadonlySet<string> = new Set(['try_files', 'root', 'index', 'location', 'if', 'rewrite', 'break']);

const openWords = ({ args }: NginxNode): string =>
  args[0] === '^~' ? 'without ^~, which would open what the snippet closes, and ' : '';

/** What a location has answer where there is no file, in the place that all of them come to. */
const missingWords = (
  node: NginxNode,
  { answer, place }: { readonly answer: Answer; readonly place: FilesPlace },
): string => {
  const isReturn = answer.lines.startsWith('return');
  // Of patterns, which nginx takes before paths, none has an index.
  const at = isPattern(node.args) && isReturn ? 'as the first line' : 'ahead of the last line';
  const why = isReturn ? ', or the front controller answers for what is missing' : '';
  return `write if (${conditionOf(node, place)}) { ${answer.lines} } ${at} of the snippet's location @index${why}`;
};

/** That a path is the location's, and of no other one that is longer. */
const conditionOf = ({ args }: NginxNode, { around }: FilesPlace): string => {
  const [modifier = '', text = modifier] = args;
  if (modifier === '=') return `$uri = ${inNginx(text)}`;
  if (isPattern(args)) return `$uri ${modifier} ${inQuotes(text)}`;
  const longer = around.children.flatMap(({ name, args: [word = '', path = word] }) =>
    name === 'location' && !isPattern([word]) && path.startsWith(text) && path !== text
      ? [`${escapedText(path.slice(text.length))}${word === '=' ? '$' : ''}`]
      : [],
  );
  return `$uri ~ ${inQuotes(`^${escapedText(text)}${longer.length === 0 ? '' : `(?!${longer.join('|')})`}`)}`;
};

/** Whether a directive of a location says what the whole block says. */
export const isOfServer = (
  child: NginxNode,
  { node, place }: { readonly node: NginxNode; readonly place: FilesPlace },
): boolean => {
  const path = posix.join(child.args[0] ?? '', '/');
  const root = posix.join(place.root, '/');
  if (child.name === 'root') return path === root;
  if (child.name === 'alias') return !isPattern(node.args) && path === posix.join(root, node.args.at(-1) ?? '', '/');
  if (child.name !== 'index') return false;
  return child.args.join(' ') === indexOf(place)?.args.join(' ');
};

/** Directives beside which a location still sends the files of the document root. */
const besideFiles: ReadonlySet<string> = new Set([
  ...['access_log', 'add_header', 'allow', 'charset', 'default_type', 'error_log', 'etag', 'expires'],
  ...['if_modified_since', 'gzip', 'gzip_static', 'gzip_types', 'gzip_vary', 'limit_rate', 'log_not_found'],
  ...['more_set_headers', 'sendfile', 'try_files', 'brotli', 'brotli_static', 'open_file_cache', 'tcp_nodelay'],
  ...['tcp_nopush', 'types', 'aio', 'directio'],
]);

/** A location with files of another directory, which may be one of the release. */
const ownRoot = (node: NginxNode, { host, site, release, shut }: FilesPlace): string => {
  const own = childOf(node, 'alias') ?? childOf(node, 'root');
  const { name = '', args: [path = ''] = [] } = own ?? {};
  const as = shut.has(node) && node.args.length === 1 ? ` as location ^~ ${node.args[0]}` : '';
  const bring = `has a directory of its own: bring it into the snippet's block${as}, last there, with`;
  const base = [release, host.resolveDirectory(release) ?? release].find(each =>
    isAtOrBelow(posix.normalize(path), each),
  );
  // A link of another owner's leads out of the release, as in the snippet's own places.
  if (base === undefined)
    return `${bring} disable_symlinks if_not_owner from=${path.includes('$') ? '$document_root' : posix.join(path, '/').slice(0, -1)}; in it`;
  const below = posix.join(sitePaths(site).staticFiles, posix.relative(base, path));
  return `${bring} ${name} ${below}${path.endsWith('/') ? '/' : ''}; in place of its own`;
};

/** Locations of a name to which only a try_files leads, in the place of which the snippet has other lines. */
export const unneededIn = (place: FilesPlace): ReadonlySet<NginxNode> => {
  const { around } = place;
  const { children } = around;
  const leadsTo = (name: string | undefined) => (node: NginxNode) => node.args.at(-1) === name;
  const spoken = new Set([
    ...children,
    ...(wholeIn(children)?.children ?? []),
    ...findAll(children, 'location').flatMap(node => triedOfFiles(node, place)),
  ]);
  return new Set(
    children.filter(node => {
      const {
        name,
        args: [word],
      } = node;
      if (name !== 'location' || !word?.startsWith('@') || answerOf(word, around).named !== node) return false;
      const tried = findAll(children, 'try_files').filter(leadsTo(word));
      return tried.every(each => spoken.has(each)) && !findAll(children, 'error_page').some(leadsTo(word));
    }),
  );
};

/** The try_files of a location that does no more than to send files. */
const triedOfFiles = (node: NginxNode, place: FilesPlace): readonly NginxNode[] => {
  const own = (node.children ?? []).filter(child => !isOfServer(child, { node, place }));
  const isOfFiles = own.every(({ name }) => ['index', 'location'].includes(name) || besideFiles.has(name));
  return isOfFiles ? own.filter(({ name }) => name === 'try_files') : [];
};
