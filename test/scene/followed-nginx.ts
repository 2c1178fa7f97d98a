/** What is done to the letter of a line that `php-zd init` prints of a server block, to the text of the snippet. */
type Follow = (snippet: string, found: Found) => string;

interface Found {
  /** The line of the block. */
  readonly own: string;
  /** The words that the pattern takes. */
  readonly words: readonly string[];
}

const last = (snippet: string, text: string): string => snippet.replace(/\}\n$/, () => `    ${text.trim()}\n}\n`);

const table: readonly (readonly [RegExp, Follow])[] = [
  [/: leads to php-zd in the snippet$/, snippet => snippet],
  [
    /: bring it into the snippet's block, in place of its two, by which all of the network comes to port 80$/,
    (snippet, { own }) => last(snippet.replaceAll(/ {4}listen (?:\[::\]:)?80;\n/g, ''), own),
  ],
  // These scripts send no files by X-Accel-Redirect.
  [/: is closed: where PHP sends files of it by X-Accel-Redirect, /, snippet => snippet],
  [
    /: write location (~ ".*") in place of the words of its location with fastcgi_pass, and it closes the others$/,
    (snippet, { words: [pattern] }) =>
      snippet.replace(/location ~ ".*" \{(?=\n {8}fastcgi_split)/, () => `location ${pattern} {`),
  ],
  [
    /: bring it into the snippet's block as location (\^~ [^ ]+), which nginx takes before the snippet's patterns$/,
    (snippet, { own, words: [modified] }) =>
      last(
        snippet,
        own.replace(/location [^{]* \{/, () => `location ${modified} {`),
      ),
  ],
  [
    /: bring it into the snippet's block, last there, (without \^~, which would open what the snippet closes, and )?with (try_files [^;]*;) (in it|in place of its own try_files)$/,
    (snippet, { own, words: [without, line = '', place] }) => {
      const cleared = place === 'in it' ? own : own.replace(/try_files [^;]*;/, '');
      const plain = without === undefined ? cleared : cleared.replace('^~ ', '');
      return last(
        snippet,
        plain.replace('{', () => `{ ${line}`),
      );
    },
  ],
];

/** The snippet as somebody has it who does all that is said of a block, whose directives stand on a line each. */
export const followed = (said: string, block: string, snippet: string): string => {
  const lines = block.split('\n');
  return [...said.matchAll(/^\/etc\/nginx\/[^:\n]+:(\d+): (.*)$/gm)].reduce((text, [, line, message = '']) => {
    for (const [pattern, follow] of table) {
      const match = pattern.exec(message);
      if (match !== null) return follow(text, { own: lines[Number(line) - 1] ?? '', words: match.slice(1) });
    }
    throw new Error(`nobody follows: ${message}`);
  }, snippet);
};
