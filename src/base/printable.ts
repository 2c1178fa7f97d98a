import { beginOf } from './begin-of.ts';

/** A text whose characters a client or an application chose, without those that could move a terminal's cursor. */
export const printable = (text: string, length: number): string => beginOf(text, length).replace(/[^\x20-\x7e]/g, '?');

/**
 * Characters that do what a reader does not see: control characters of both sets, what changes the direction of a line, what has
 * no width, line breaks of Unicode's own, halves of characters. A line break and a tab are none of them here.
 */
const UNSEEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

/** Whether a text is one line that says what a reader sees: a name that is not could pass for other words of php-zd's. */
export const isPlainLine = (text: string): boolean => !/[\n\t]/.test(text) && text.search(UNSEEN) < 0;

/** The first character for which a text is no plain line, as people name it; undefined for a plain line. */
export const unseenIn = (text: string): string | undefined => {
  const at = /[\n\t]/.exec(text)?.[0] ?? text.match(UNSEEN)?.[0];
  if (at === undefined) return undefined;
  const point = (at.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `U+${point}${at === '\n' ? ', a line break' : at === '\t' ? ', a tab' : ''}`;
};

/** A text that may have lines and letters of any script, such as a file's name, and says no more than what a reader sees. */
export const withoutControls = (text: string): string => text.replace(UNSEEN, '?');

/** JSON with the same characters as escapes: whoever parses it has them, and whoever looks at it does not. */
export const escapeControls = (json: string): string =>
  json.replace(UNSEEN, found =>
    Array.from(found.split(''), unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  );
