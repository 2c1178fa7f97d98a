/** What is done to the letter of a part of a line that `php-zd init` prints of a server block, to the text of the snippet. */
type Follow = (snippet: string, found: Found) => string;

interface Found {
  /** The line of the block. */
  readonly own: string;
  /** All that init says. */
  readonly said: string;
  /** The words that the pattern takes. */
  readonly words: readonly string[];
}

const last = (snippet: string, text: string): string => snippet.replace(/\}\n$/, () => `    ${text.trim()}\n}\n`);

/** A location of the snippet's, by the words between its name and its brace. */
const locationOf = (snippet: string, words: string): string => {
  const begin = snippet.search(new RegExp(`^ {4}location ${words} \\{\\n`, 'm'));
  if (begin === -1) return '';
  return snippet.slice(begin, snippet.indexOf('\n    }\n', begin) + '\n    }\n'.length);
};
const scriptsOf = (snippet: string): string => {
  const found = snippet.match(/^ {4}location [^\n]+ \{\n(?: {8}.*\n)+ {4}\}\n/gm) ?? [];
  return found.find(each => each.includes('include fastcgi_params;')) ?? '';
};
const atEnd = (location: string, line: string): string =>
  location.replace(/ {4}\}\n$/, () => `        ${line}\n    }\n`);
const inIndex = (snippet: string, change: (location: string) => string): string => {
  const index = locationOf(snippet, '@index');
  return snippet.replace(index, () => change(index));
};
/** Its last line is of one line. */
const atLast = (location: string, line: string): string =>
  location.replace(/([^\n]*\n) {4}\}\n$/, (_, own: string) => `        ${line}\n${own}    }\n`);
const directive = (line: string): string => line.trim().replace(/ .*/, '');

const table: readonly (readonly [RegExp, Follow])[] = [
  [/^leads to php-zd in the snippet$/, snippet => snippet],
  [
    /^leads to another pool than this one: keep that pool, and bring (?:it as location (.*)|location .*) into the snippet's block, (before its location with fastcgi_pass|last there)(?:, with (.*;) in it)?$/,
    (snippet, { own, words: [as, where, lines = ''] }) => {
      const [inner = ''] = own.match(/location [^{]*\{[^{}]*\}/) ?? [];
      const [head = '', ...rest] = inner.split(/(?=\{)/);
      const named = as === undefined ? head : `location ${as} `;
      const text = `${named}${rest.join('').replace('{', () => `{ ${lines.replace('; and ', '; ')}`)}`;
      const scripts = scriptsOf(snippet);
      return where === 'last there' ? last(snippet, text) : snippet.replace(scripts, () => `    ${text}\n${scripts}`);
    },
  ],
  // These are lines of the site file.
  [/^(?:names no host|is the script of a directory): write .*$/, snippet => snippet],
  [
    /^has no effect: each location with fastcgi_pass has a fastcgi_param of its own, and so no other one$/,
    snippet => snippet,
  ],
  [
    /^bring it into the snippet's block, in place of its two, by which all of the network comes to port 80$/,
    (snippet, { own }) => last(snippet.replaceAll(/ {4}listen (?:\[::\]:)?80;\n/g, ''), own),
  ],
  [
    /^leaves the port out of HTTP_HOST, .*: if the application wants none, take the if with \$http_host out of the snippet$/,
    snippet => snippet.replace(/ {4}if \(\$http_host .*\n.*\n {4}\}\n/, ''),
  ],
  [/^asks PHP-FPM itself .*$/, snippet => snippet],
  // These scripts send no files by X-Accel-Redirect.
  [/^is closed: where PHP sends files of it by X-Accel-Redirect, .*/, snippet => snippet],
  [
    /^only some scripts ran, .*: write location (~ ".*") in place of the words of its location with fastcgi_pass, and it closes the others$/,
    (snippet, { words: [pattern] }) =>
      snippet.replace(/location ~ ".*" \{(?=\n {8}fastcgi_split)/, () => `location ${pattern} {`),
  ],
  [
    /^bring it into the snippet's block as location (\^~ [^ ]+), which nginx takes before the snippet's patterns$/,
    (snippet, { own, words: [modified] }) =>
      last(
        snippet,
        own.replace(/location [^{]* \{/, () => `location ${modified} {`),
      ),
  ],
  [
    /^has a directory of its own: bring it into the snippet's block, last there, with ((\w+) [^;]*;) (in it|in place of its own)$/,
    (snippet, { own, words: [line = '', name = '', place] }) => {
      const cleared = place === 'in it' ? own : own.replace(new RegExp(`${name} [^;]*;`), '');
      return last(
        snippet,
        cleared.replace('{', () => `{ ${line}`),
      );
    },
  ],
  [
    /^bring it into the snippet's block, last there, (without \^~, which would open what the snippet closes, and )?with (?:(index [^;]*;) in it and )?its own try_files$/,
    (snippet, { own, words: [without, index = ''] }) => {
      const plain = without === undefined ? own : own.replace('^~ ', '');
      return last(
        snippet,
        plain.replace('{', () => `{ ${index}`),
      );
    },
  ],
  [
    /^bring it into the snippet's block, last there, (without \^~, which would open what the snippet closes, and )?with (try_files [^;]*;(?: index [^;]*;)?) (in it|in place of its own try_files)/,
    (snippet, { own, words: [without, line = '', place] }) => {
      const cleared = place === 'in it' ? own : own.replace(/try_files [^;]*;/, '');
      const plain = without === undefined ? cleared : cleared.replace('^~ ', '');
      return last(
        snippet,
        plain.replace('{', () => `{ ${line}`),
      );
    },
  ],
  [
    /^write (if \(.*?\) \{ .*? \}) (ahead of the last|as the first) line of the snippet's location @index(?:, or the front controller answers for what is missing)?/,
    (snippet, { words: [line = '', where] }) =>
      inIndex(snippet, index =>
        where === 'as the first' ? index.replace('{\n', () => `{\n        ${line}\n`) : atLast(index, line),
      ),
  ],
  [
    /^write (try_files [^;]*;)(?: and (index [^;]*;))? in the snippet's location \/, in place of its own try_files/,
    (snippet, { words: [line, index = ''] }) => {
      const whole = locationOf(snippet, '/');
      return snippet.replace(whole, () => whole.replace(/try_files .*/, () => `${line} ${index}`));
    },
  ],
  [
    /^(?:write )?((?:rewrite|return|try_files) .*;) as the last line of the snippet's location @index, in place of its own(, without its if \(-f \.\.\.\) blocks)?$/,
    (snippet, { words: [line = '', without] }) =>
      inIndex(snippet, index => {
        const left =
          without === undefined ? index : index.replace(/ {8}if \(-f[^\n]*\n(?: {12}[^\n]*\n)* {8}\}\n/g, '');
        return left.replace(/[^\n]*\n {4}\}\n$/, () => `        ${line}\n    }\n`);
      }),
  ],
  [
    /^(?:has a variable of nginx, [^:]*: )?write (it|fastcgi_param .*;) in the snippet's location with fastcgi_pass, (behind its own lines|in place of its own)$/,
    (snippet, { own, words: [what = '', where] }) => {
      const scripts = scriptsOf(snippet);
      const line = what === 'it' ? own.trim() : what;
      const place = where === 'in place of its own' ? new RegExp(`^ *${directive(line)} .*\n`, 'm') : /^$/;
      return snippet.replace(scripts, () => atEnd(scripts.replace(place, ''), line));
    },
  ],
  [
    /^holds for location .* alone(?:, and the site file has no such parameter)?: bring a copy of the snippet's location with fastcgi_pass in, (?:before that one, as location (.*)|as location \/, in place of its own), with (.*) (as its last line|in place of its own)$/,
    (given, { words: [as = '/', line = '', where] }) => {
      const whole = locationOf(given, '/');
      const snippet = as === '/' && whole !== '' ? given.replace(whole, '') : given;
      const scripts = scriptsOf(snippet);
      const head = `    location ${as} { # copy\n`;
      const begin = snippet.indexOf(head);
      const copy = begin === -1 ? '' : snippet.slice(begin, snippet.indexOf('\n    }\n', begin) + '\n    }\n'.length);
      const text = copy === '' ? scripts.replace(/.*\n/, () => head) : copy;
      const place = where === 'in place of its own' ? new RegExp(`^ *${directive(line)} .*\n`, 'm') : /^$/;
      const changed = atEnd(text.replace(place, ''), line);
      return copy === '' ? snippet.replace(scripts, () => changed + scripts) : snippet.replace(copy, () => changed);
    },
  ],
  [
    /^write it in the snippet's location \/$/,
    (snippet, { own }) => {
      const whole = locationOf(snippet, '/');
      return snippet.replace(whole, () => atEnd(whole, own.trim()));
    },
  ],
  [
    /^bring it into the snippet's block, in place of its location \/$/,
    (snippet, { own }) => last(snippet.replace(locationOf(snippet, '/'), ''), own),
  ],
  [
    /^(?:is not for everybody, and the snippet publishes it: )?bring it into the snippet's block(?:, since closed = has .*)?$/,
    (snippet, { own }) => last(snippet, own),
  ],
  [
    /^is closed here, and the snippet publishes it: write its paths as closed = in \[web\], or bring it into the snippet's block$/,
    (snippet, { own }) => last(snippet, own),
  ],
  [
    // What is said of the other one brings that.
    /^another location has part of this and leaves it open: write the rest as closed = in \[web\], or bring both into the snippet's block$/,
    (snippet, { own }) => last(snippet, own),
  ],
  [
    /^is not for everybody, and the snippet publishes it: bring it into the snippet's block, with (.*;) in what of it leads to another pool, which you keep$/,
    (snippet, { own, words: [lines = ''] }) =>
      last(
        snippet,
        own.replace(/location [^{]*\{(?=[^{}]*\})/, head => `${head} ${lines.replace('; and ', '; ')}`),
      ),
  ],
  [
    /^is not for everybody, and the snippet publishes it: bring it into the snippet's block, and change its fastcgi_pass and parameters as for a block of your own$/,
    (snippet, { own, said }) => last(snippet, ownFollowed(said, own)),
  ],
];

const INNER = /location ~ [^{]*\{[^}]*\}/g;
const HEADS = [
  ...[
    'stays in nginx: ',
    'has a ',
    'has no ',
    'holds for ',
    'leads to ',
    'names no ',
    'only some ',
    'another location ',
  ],
  ...['is closed', 'is not for ', 'leaves the port ', 'asks PHP-FPM ', 'is the script '],
];

/** The snippet as somebody has it who does all that is said of a block, whose directives stand on a line each. */
export const followed = (said: string, block: string, snippet: string): string => {
  const lines = block.split('\n');
  return [...said.matchAll(/^\/etc\/nginx\/[^:\n]+:(\d+): (.*)$/gm)].reduce((text, [, line, message = '']) => {
    const begins = HEADS.map(head => message.indexOf(`: ${head}`)).filter(begin => begin !== -1);
    if (begins.length === 0) throw new Error(`nobody follows: ${message}`);
    const [, what] = /bring it, without its (root|alias|locations of scripts), /.exec(message) ?? [];
    const whole = lines[Number(line) - 1] ?? '';
    const own =
      what === undefined ? whole : whole.replace(what.startsWith('loc') ? INNER : new RegExp(`${what} [^;]*;`), '');
    let rest = message
      .slice(Math.min(...begins) + 2)
      .replace(/^stays in nginx: /, '')
      .replace(/^bring it, without its [\w ]+, /, 'bring it ');
    let changed = text;
    while (rest !== '') {
      const [entry, match] =
        table.flatMap(each => {
          const found = each[0].exec(rest);
          return found === null ? [] : [[each, found] as const];
        })[0] ?? [];
      if (entry === undefined || match === undefined) throw new Error(`nobody follows: ${rest} (${message})`);
      changed = entry[1](changed, { own, words: match.slice(1), said });
      rest = rest.slice(match[0].length).replace(/^, and /, '');
    }
    return changed;
  }, snippet);
};

/** An own block, in which each location stands on a line, changed as init says in the place of the snippet. */
export const ownFollowed = (said: string, block: string): string => {
  const begin = said.indexOf('or change your own block, ');
  const [text = ''] = said.slice(begin).split(/\n(?! {2}|and in )/, 1);
  const groups = text.matchAll(
    /^(?:or change your own block, |and )in (.*), behind any include, and .*:\n((?: {2}.*(?:\n|$))+)/gm,
  );
  const changes = [...groups].flatMap(([, places = '', lines = '']) =>
    places.split(', and in ').map(place => ({ head: `${place} {`, lines: lines.replaceAll('\n', ' ') })),
  );
  return block
    .split('\n')
    .map(line =>
      changes.reduce((each, { head, lines }) => (each.includes(head) ? passedAnew(each, head, lines) : each), line),
    )
    .join('\n');
};

/** Of a location in which no other one is. */
const passedAnew = (line: string, head: string, lines: string): string => {
  const begin = line.indexOf(head);
  const own = line.slice(begin, line.indexOf('}', begin));
  return line.replace(own, () => `${own.replace(/fastcgi_pass [^;]*;/, '')} ${lines}`);
};
