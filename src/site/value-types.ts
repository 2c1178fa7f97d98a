import * as v from 'valibot';
import { formatTimeSpan, parseTimeSpan } from '../base/time-span.ts';
import { splitWords } from './command-line.ts';
import { absolutePathProblem, normalizePath, relativePathProblem } from './paths.ts';
import type { HookCommand, SiteUrl } from './site.ts';

/**
 * What a value may be: in words for the manual, and how it is read. A message is the end of a sentence that begins with the
 * key.
 */
export interface ValueType<T> {
  readonly words: string;
  readonly schema: v.GenericSchema<string, T>;
  /** Whether an empty value says something. */
  readonly mayBeEmpty?: boolean;
}

export type Checked<T> = { readonly value: T } | { readonly refused: string };

export const checkValue = <T>(type: ValueType<T>, text: string): Checked<T> => {
  if (text === '' && type.mayBeEmpty !== true) return { refused: 'has no value: write one or take the line out' };
  const result = v.safeParse(type.schema, text, { abortEarly: true, abortPipeEarly: true });
  return result.success ? { value: result.output } : { refused: result.issues[0].message };
};

export const wholeNumber = (min: number, max: number): ValueType<number> => {
  const words = `whole number from ${min} to ${max}`;
  const message = mustBe(`a ${words}`);
  const number = v.pipe(v.string(), v.regex(/^\d{1,9}$/, message), v.transform(Number));
  return { words, schema: v.pipe(number, v.minValue(min, message), v.maxValue(max, message)) };
};

/** A number of times, at most so large that it still says something; undefined for none. */
export const ratio: ValueType<number | undefined> = {
  words: 'number from 1 to 1000 such as 2 or 1.5, or none',
  schema: parsed(text => {
    if (text === 'none') return { value: undefined };
    const value = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
    return value >= 1 && value <= 1_000
      ? { value }
      : { refused: `must be a number from 1 to 1000 such as 2 or 1.5, or none, not '${text}'` };
  }),
};

export const oneOf = <const Words extends readonly [string, ...string[]]>(
  ...words: Words
): ValueType<Words[number]> => {
  const list = words.map(word => `'${word}'`).join(' or ');
  return { words: words.join(' or '), schema: v.pipe(v.string(), v.picklist(words, mustBe(list))) };
};

export const yesNo: ValueType<boolean> = {
  words: 'yes or no',
  schema: v.pipe(
    oneOf('yes', 'no').schema,
    v.transform(word => word === 'yes'),
  ),
};

/** As `timeSpan`; infinity is for ever. */
export const timeSpanOrInfinity = (minMs: number): ValueType<number> => {
  const span = timeSpan(minMs);
  return {
    words: `${span.words}, or infinity`,
    schema: parsed(text => (text === 'infinity' ? { value: Number.POSITIVE_INFINITY } : checkValue(span, text))),
  };
};

/** A time span in milliseconds, at most what a timer of Node.js and one of HAProxy can hold: 2^31 - 1 ms, 24 days. */
export const timeSpan = (minMs: number): ValueType<number> => ({
  words: 'time span',
  schema: parsed(text => {
    const ms = parseTimeSpan(text);
    if (ms === undefined) return { refused: `must be a time span such as 500ms, 30s or 1min 30s, not '${text}'` };
    if (ms < minMs) return { refused: `must be at least ${formatTimeSpan(minMs)}, not '${text}'` };
    if (ms > maxTimerMs) return { refused: `must be at most 24d, not '${text}'` };
    return Number.isInteger(ms) ? { value: ms } : { refused: `must be whole milliseconds, not '${text}'` };
  }),
});

export const absolutePath: ValueType<string> = {
  words: 'absolute path',
  schema: parsed(text => refuseOr(absolutePathProblem(text), normalizePath(text))),
};

export const relativePath: ValueType<string> = {
  words: 'relative path',
  schema: parsed(text => refuseOr(relativePathProblem(text), normalizePath(text))),
};

/** The release itself is `.`, the only name that a relative path may not have otherwise. */
export const documentRoot: ValueType<string> = {
  words: 'relative path, or . for the release itself',
  schema: parsed(text => (text === '.' ? { value: text } : refuseOr(relativePathProblem(text), normalizePath(text)))),
};

/** An empty value means no paths, also where defaults.ini has some. */
export const relativePaths: ValueType<readonly string[]> = {
  words: 'relative paths with blanks between them',
  mayBeEmpty: true,
  schema: parsed(text => {
    const paths = text.split(/\s+/).filter(path => path !== '');
    const problem = paths.map(relativePathProblem).find(found => found !== undefined);
    return refuseOr(problem, paths.map(normalizePath));
  }),
};

/** What a path may have that stands for several: one or two asterisks, each for any text, in deeper directories too. */
const MOST_ASTERISKS = 2;

/** Why a text is no path that `closed` takes, as the end of a sentence; undefined when it is one. */
export const closedPathProblem = (text: string): string | undefined =>
  text.split('*').length - 1 > MOST_ASTERISKS
    ? `must have at most ${MOST_ASTERISKS} asterisks, not '${text}'`
    : relativePathProblem(text.replaceAll('*', 'x'));

/** An empty value means no paths, also where defaults.ini has some. */
export const closedPaths: ValueType<readonly string[]> = {
  words: 'relative paths with blanks between them; * is any text in one',
  mayBeEmpty: true,
  schema: parsed(text => {
    const paths = text.split(/\s+/).filter(path => path !== '');
    const problem = paths.map(closedPathProblem).find(found => found !== undefined);
    return refuseOr(problem, paths.map(normalizePath));
  }),
};

/** Names of files without a directory, at least one. */
export const fileNames: ValueType<readonly string[]> = {
  words: 'names of files with blanks between them',
  schema: parsed(text => {
    const names = text.split(/\s+/);
    const wrong = names.find(name => name.includes('/'));
    if (wrong !== undefined) return { refused: `must be names of files without a directory, not '${wrong}'` };
    return refuseOr(
      names.map(relativePathProblem).find(found => found !== undefined),
      names,
    );
  }),
};

/** An empty value means none, also where defaults.ini has some. */
export const programNames: ValueType<readonly string[]> = {
  words: 'names of programs with blanks between them',
  mayBeEmpty: true,
  schema: parsed(text => {
    const names = text.split(/\s+/).filter(name => name !== '');
    const wrong = names.find(name => name.includes('/'));
    return wrong === undefined
      ? { value: names }
      : { refused: `must be names of programs without a directory, such as gpg-agent, not '${wrong}'` };
  }),
};

const matching = (pattern: RegExp, words: string): ValueType<string> => ({
  words,
  schema: v.pipe(v.string(), v.regex(pattern, mustBe(`a ${words}`))),
});

/** An amount of memory as systemd and mount(8) both read it. */
export const memorySize = matching(
  /^(?:[1-9]\d{0,8}[KMGT]|[1-9]\d?%|100%)$/,
  "size such as 512M or 2G, or share of the host's memory such as 50%",
);
export const memoryOrInfinity = matching(
  /^(?:[1-9]\d{0,8}[KMGT]|[1-9]\d?%|100%|infinity)$/,
  `${memorySize.words}, or infinity`,
);
export const taskCount = matching(
  /^(?:[1-9]\d{0,8}|[1-9]\d?%|100%|infinity)$/,
  'whole number, share such as 15%, or infinity',
);

/** A path of at most 107 bytes: sun_path of unix(7) holds 108, the last of them zero. */
export const socketPath: ValueType<string> = {
  words: 'absolute path, at most 107 bytes',
  schema: v.pipe(
    absolutePath.schema,
    v.check(
      path => Buffer.byteLength(path) <= 107,
      issue =>
        `must be at most 107 bytes long, as every path of a socket; this one has ${Buffer.byteLength(issue.input)}`,
    ),
  ),
};

export const regularExpression: ValueType<RegExp> = {
  words: 'regular expression, JavaScript syntax',
  schema: parsed(text => {
    try {
      return { value: new RegExp(text) };
    } catch (error) {
      // Of "Invalid regular expression: /(/: Unterminated group" the operator knows the first two parts.
      const reason = error instanceof Error ? error.message.split(': ').at(-1) : 'invalid';
      return { refused: `is no regular expression: ${reason}` };
    }
  }),
};

export const octalMode: ValueType<number> = {
  words: 'permission bits, octal',
  schema: v.pipe(
    v.string(),
    v.regex(/^0?[0-7]{3}$/, mustBe('permission bits such as 0660')),
    v.transform(text => Number.parseInt(text, 8)),
  ),
};

export const siteUrl: ValueType<SiteUrl> = {
  words: 'address such as https://www.example.com',
  schema: parsed(text => {
    const [, scheme, host = '', port] =
      /^(https?):\/\/([\w.-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?\/?$/.exec(text) ?? [];
    const number = port === undefined ? { http: 80, https: 443 }[scheme ?? ''] : Number(port);
    return (scheme === 'http' || scheme === 'https') && number !== undefined && number >= 1 && number <= 65_535
      ? { value: { scheme, host, port: number } }
      : {
          refused: `must be an address such as https://www.example.com or http://localhost:8080, without a path, not '${text}'`,
        };
  }),
};

export const requestPath: ValueType<string> = {
  words: 'path of a URL',
  schema: v.pipe(v.string(), v.regex(/^\/[!-~]*$/, mustBe('the path of a URL, beginning with / and without blanks'))),
};

/** An empty value means no paths, also where defaults.ini has some. */
export const requestPaths: ValueType<readonly string[]> = {
  words: 'paths of URLs with blanks between them, at most 100',
  mayBeEmpty: true,
  schema: parsed(text => {
    const paths = text.split(/\s+/).filter(path => path !== '');
    if (paths.length > 100) return { refused: `must be at most 100 paths, not ${paths.length}` };
    const wrong = paths.find(path => !v.is(requestPath.schema, path));
    if (wrong === undefined) return { value: paths };
    return { refused: `must be paths of URLs with blanks between them, each beginning with /, not '${wrong}'` };
  }),
};

/**
 * Directories that lie directly in /run, which is root's: what lies deeper belongs to a service, and could lead elsewhere. An
 * empty value means none, also where defaults.ini has some.
 */
export const runDirectories: ValueType<readonly string[]> = {
  words: 'directories such as /run/redis-sessions, with blanks between them',
  mayBeEmpty: true,
  schema: parsed(text => {
    const paths = text.split(/\s+/).filter(path => path !== '');
    const wrong = paths.find(path => !/^\/run\/[\w@+-][\w.@+-]*$/.test(path) || NOT_FOR_SITES.test(path));
    if (wrong === undefined) return { value: paths };
    return NOT_FOR_SITES.test(wrong)
      ? { refused: `must leave out '${wrong}': whoever can connect there rules the host, or another site` }
      : { refused: `must be directories directly in /run, such as /run/redis-sessions, not '${wrong}'` };
  }),
};

/** An empty value means none, also where defaults.ini has some. */
export const socketPaths: ValueType<readonly string[]> = {
  words: 'absolute paths, each at most 107 bytes, with blanks between them',
  mayBeEmpty: true,
  schema: parsed(text => {
    const checked = text
      .split(/\s+/)
      .filter(path => path !== '')
      .map(path => checkValue(socketPath, path));
    const refused = checked.find(each => 'refused' in each);
    if (refused !== undefined) return refused;
    return { value: checked.flatMap(each => ('value' in each ? [each.value] : [])) };
  }),
};

/** What HAProxy takes for a name (haproxy's configuration manual, 2.2). */
export const haproxyName: ValueType<string> = matching(/^[A-Za-z0-9_.:-]{1,100}$/, "name of HAProxy's");
export const haproxyPattern: ValueType<string> = matching(
  /^(?=[^%]{0,100}%N[^%]{0,100}$)[A-Za-z0-9_.:%N-]{1,100}$/,
  "name of HAProxy's with %N, once, where the number of the slot stands",
);

/** An empty value means no command, also where defaults.ini has one. */
export const commandLine: ValueType<HookCommand> = {
  words: 'command line, + before it for root',
  mayBeEmpty: true,
  schema: parsed(text => {
    const isRoot = text.startsWith('+');
    const words = splitWords(isRoot ? text.slice(1) : text);
    if (words === undefined) return { refused: 'has a quote that does not end, or a backslash at its end' };
    if (isRoot && words.length === 0) return { refused: "has no command behind its '+'" };
    return { value: { words, isRoot } };
  }),
};

export const phpVersion: ValueType<string> = {
  words: 'version such as 8.2',
  schema: v.pipe(v.string(), v.regex(/^\d+\.\d+$/, mustBe('a version such as 8.2'))),
};

/** A text that is checked against the host later, or not at all. */
export const anyText = (words: string): ValueType<string> => ({ words, schema: v.string() });

/** A text that may be empty and ends up in php-fpm.conf. */
export const phpText: ValueType<string> = {
  words: 'text',
  mayBeEmpty: true,
  schema: v.pipe(
    v.string(),
    v.check(
      text => !(text.includes("'") && text.includes('${')),
      "holds both ' and ${, which php-fpm's own configuration cannot: put it in a file that the application reads",
    ),
  ),
};

/** What php-fpm hands to PHP unchanged as an environment variable. */
export const environmentValue: ValueType<string> = {
  words: 'text',
  schema: v.pipe(
    v.string(),
    v.check(
      text => !text.startsWith('$'),
      "begins with '$', and php-fpm would put a variable of its own environment in its place: use environment_file in [site]",
    ),
    // php-fpm replaces $pool in whatever quotes (fpm_conf.c, fpm_conf_expand_pool_name()).
    v.check(
      text => !text.includes('$pool'),
      "holds '$pool', and php-fpm would put the pool's name in its place: use environment_file in [site]",
    ),
    phpText.schema,
  ),
};

const maxTimerMs = 2 ** 31 - 1;

const NOT_FOR_SITES = /^\/run\/(?:dbus|lock|systemd|user|php-zd[\w.@+-]{0,100})$/;

function mustBe(what: string): (issue: { readonly input: unknown }) => string {
  return issue => `must be ${what}, not '${String(issue.input)}'`;
}

export function parsed<T>(parse: (text: string) => Checked<T>): v.GenericSchema<string, T> {
  return v.pipe(
    v.string(),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const result = parse(dataset.value);
      if ('value' in result) return result.value;
      addIssue({ message: result.refused });
      return NEVER;
    }),
  );
}

const refuseOr = <T>(refused: string | undefined, value: T): Checked<T> =>
  refused === undefined ? { value } : { refused };
