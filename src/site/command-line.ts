import { ownValue } from '../base/own.ts';

/** The words of a command line, split as systemd splits those of ExecStart= (systemd.syntax(7), Quoting). */
export const splitWords = (text: string): readonly string[] | undefined => {
  const words: string[] = [];
  for (let rest = text.trim(); rest !== ''; rest = rest.trimStart()) {
    const [word] = WORD.exec(rest) ?? [];
    if (word === undefined) return undefined;
    words.push(unquote(word));
    rest = rest.slice(word.length);
  }
  return words;
};

/** A word is quoted and unquoted parts without a blank between them. Text with a quote that does not end is no word. */
const WORD = /^(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\.|[^\s"'\\])+(?=\s|$)/;
const PART = /"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|((?:\\.|[^\s"'\\])+)/g;

const unquote = (word: string): string =>
  word.replace(PART, (_, double?: string, single?: string, bare?: string) =>
    withoutEscapes(double ?? single ?? bare ?? ''),
  );

const withoutEscapes = (text: string): string =>
  text.replace(/\\(.)/g, (_, character: string) => ownValue(ESCAPED, character) ?? character);

const ESCAPED: { readonly [Character in string]?: string } = { n: '\n', t: '\t', s: ' ' };
