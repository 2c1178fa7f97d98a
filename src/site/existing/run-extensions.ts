import { wordsOfLimit } from '../script-extensions.ts';
import { type Adopted, type Kept, leave } from './adopted.ts';
import type { NginxNode } from './nginx-file.ts';
import { childOf, findAll } from './nginx-servers.ts';
import { placeOf } from './nginx-words.ts';
import { isMatch, isReadable } from './php-locations.ts';

const LIMIT = 'security.limit_extensions';

/** What sites of static pages and old applications have PHP in. Whatever else a pattern names is tried too. */
const USUAL = ['html', 'htm', 'shtml', 'xhtml', 'xml', 'txt', 'rss', 'css', 'js', 'json', 'svg', 'cgi', 'asp', 'do'];

/** What the snippet closes in any case, and so never sends. */
const isClosed = (extension: string): boolean => /^\.(?:ph(?:p[0-9]?|ps|tml|ar|t)|inc|sql)$/i.test(extension);

/** The extensions beside .php that a location passes on; none for one that takes everything. */
export const extensionsOf = (node: NginxNode): readonly string[] => {
  const pattern = node.args.at(-1) ?? '';
  if (hasOneScript(node)) return [];
  const words = [...pattern.matchAll(/\w{1,32}/g)].flatMap(([word]) => [word, word.slice(0, -1)]);
  const numbered = Array.from({ length: 10 }, (_, digit) => `php${digit}`);
  const [below = ''] = /^\^?\/(?:[\w-]{1,64}\/){1,16}/.exec(pattern) ?? [];
  const takes = (extension: string) =>
    [`/page${extension}`, `${below.replace('^', '')}page${extension}`, pattern].some(
      path => path.endsWith(extension) && isMatch(node.args, path),
    );
  if (takes('.none-of-these')) return [];
  const tried = new Set([...words, ...USUAL, ...numbered, 'phtml'].filter(word => word !== '' && word !== 'php'));
  return [...tried].map(word => `.${word}`).filter(takes);
};

/** Whether a location passes on names of every kind, or has a pattern that cannot be tried here. */
const isUnclear = (node: NginxNode): boolean => !hasOneScript(node) && (takesAll(node) || !isReadable(node.args));

const takesAll = ({ args }: NginxNode): boolean => isMatch(args, '/page.none-of-these');

export const hasOneScript = ({ children = [] }: NginxNode): boolean => {
  const named = children.findLast(({ name, args }) => name === 'fastcgi_param' && args[0] === 'SCRIPT_FILENAME');
  return named !== undefined && !/\$(?:fastcgi_script_name|request_filename|uri)$/.test(named.args[1] ?? '');
};

/**
 * What php-fpm may run of the pool, without what nginx did not ask it for: the snippet runs all of it. And of the locations those that ran
 * what php-fpm was not told to run, and the snippet would send.
 */
export const adoptExtensions = (lines: readonly Adopted[], server: NginxNode): readonly Adopted[] => {
  const locations = findAll(server.children ?? [], 'location').filter(
    node => childOf(node, 'fastcgi_pass') !== undefined,
  );
  const run = new Map(locations.map(node => [node, extensionsOf(node)] as const));
  const asked = new Set(['.php', '.phar', ...[...run.values()].flat()]);
  const isUnknown = locations.length === 0 || locations.some(isUnclear);
  const isLimit = (line: Adopted): line is Kept => line.kind === 'kept' && line.key === LIMIT;
  const adopted = lines.map(line => (isLimit(line) && !isUnknown ? withoutUnasked(line, asked) : line));
  const allowed = adopted.filter(isLimit).flatMap(({ value }) => wordsOfLimit(value));
  return [
    ...adopted,
    ...[...run].flatMap(([node, extensions]) => {
      const sent = extensions.filter(extension => !allowed.includes(extension) && !isClosed(extension));
      const all = [...new Set(['.php', ...allowed, ...sent])].join(' ');
      return sent.length === 0
        ? []
        : [
            leave(
              'web',
              placeOf(node),
              `passes ${sent.join(' ')} on to PHP, and the snippet sends such files as they are, with their source text: write ${LIMIT} = ${all} in [pool], and it runs them`,
            ),
          ];
    }),
  ];
};

const withoutUnasked = (line: Kept, asked: ReadonlySet<string>): Kept => {
  const words = wordsOfLimit(line.value);
  const unasked = words.filter(word => !asked.has(word));
  if (unasked.length === 0) return line;
  const note = `without ${unasked.join(' ')}, which nginx did not pass on: the snippet runs all that stands here`;
  return { ...line, value: words.filter(word => asked.has(word)).join(' '), note };
};
