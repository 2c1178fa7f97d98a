/** A directive of nginx, with its block when it has one. */
export interface NginxNode {
  readonly name: string;
  readonly args: readonly string[];
  readonly file: string;
  /** Where its name stands. */
  readonly line: number;
  readonly children: readonly NginxNode[] | undefined;
}

/** Nobody nests so deep, and what walks the blocks calls itself. */
const MAX_DEPTH = 64;

/** The directives of one file, as far as their blocks are opened and closed. The time grows with the text. */
export const parseNginxFile = (file: string, text: string): readonly NginxNode[] => {
  const root: NginxNode[] = [];
  const open: NginxNode[][] = [root];
  let words: Token[] = [];
  for (const token of tokensOf(text)) {
    if (!token.isMark) {
      words.push(token);
      continue;
    }
    const children: NginxNode[] | undefined = token.text === '{' ? [] : undefined;
    const [name, ...args] = words;
    words = [];
    if (name !== undefined && open.length <= MAX_DEPTH) {
      const node = { name: name.text, args: argsOf(name.text, args), file, line: name.line, children };
      open.at(-1)?.push(node);
    }
    if (children !== undefined) open.push(children);
    if (token.text === '}' && open.length > 1) open.pop();
  }
  return root;
};

/** Of a location its modifier and its path or pattern, also where no blank parts them (ngx_http_core_location()). */
const argsOf = (name: string, args: readonly Token[]): readonly string[] => {
  const [text = '', ...more] = args.map(arg => arg.text);
  const modifier = name === 'location' && more.length === 0 ? /^(?:=|\^~|~\*?)/.exec(text)?.[0] : undefined;
  if (modifier !== undefined) return [modifier, text.slice(modifier.length)];
  return args.length === 0 ? [] : [text, ...more];
};

interface Token {
  readonly text: string;
  readonly line: number;
  /** Whether the token is a `{`, `}` or `;` outside of quotes. */
  readonly isMark: boolean;
}

/** Tokens as nginx has them (ngx_conf_file.c, ngx_conf_read_token()). */
function* tokensOf(text: string): Generator<Token> {
  let line = 1;
  let index = 0;
  while (index < text.length) {
    const character = text[index] ?? '';
    if (character === '\n') line++;
    if (/\s/.test(character)) {
      index++;
    } else if (character === '#') {
      const end = text.indexOf('\n', index);
      index = end === -1 ? text.length : end;
    } else if ('{};'.includes(character)) {
      yield { text: character, line, isMark: true };
      index++;
    } else {
      const end = endOfWord(text, index);
      const word = text.slice(index, end);
      yield { text: withoutQuotes(word), line, isMark: false };
      line += word.split('\n').length - 1;
      index = end;
    }
  }
}

/** A word ends at a blank, `;` or `{`, but for the brace of `${name}`; one in quotes with its quote. */
const endOfWord = (text: string, begin: number): number => {
  const quote = quoteOf(text[begin]);
  for (let index = quote === undefined ? begin : begin + 1; index < text.length; index++) {
    const character = text[index] ?? '';
    if (character === '\\') index++;
    else if (quote !== undefined) {
      if (character === quote) return index + 1;
    } else if (/[\s;]/.test(character) || (character === '{' && text[index - 1] !== '$')) return index;
  }
  return text.length;
};

const quoteOf = (character: string | undefined): string | undefined =>
  character === '"' || character === "'" ? character : undefined;

const withoutQuotes = (word: string): string => {
  const quote = quoteOf(word[0]);
  const inner = quote === undefined ? word : word.slice(1, word.length > 1 && word.endsWith(quote) ? -1 : undefined);
  return inner.replace(/\\(["'\\trn])/g, (_, escaped: string) => escapes[escaped] ?? escaped);
};

/** What a backslash makes of these, in quotes and without. */
const escapes: { readonly [Escaped in string]?: string } = { t: '\t', r: '\r', n: '\n' };
