import { isExpression } from '../php-expressions.ts';

/**
 * A value in a file of PHP-FPM's, read as its scanner does (php-src, Zend/zend_ini_scanner.l): what a site file has to say for the
 * same. `unclear`: why no site file can say it.
 */
export type PoolValue = { readonly text: string } | { readonly unclear: string };

/** `raw` is what stands behind the '=', which may end in a comment; `setting` the name in brackets before that. */
export const readPoolValue = (raw: string, setting = ''): PoolValue => {
  const value = trimBlanks(raw);
  const [mark = ''] = value;
  return mark === '"' || mark === "'" ? readQuoted(value, mark, setting) : readBare(value, setting);
};

/** Blanks as the scanner has them. */
export const trimBlanks = (text: string): string => {
  let begin = 0;
  let end = text.length;
  while (begin < end && isBlank(text[begin])) begin++;
  while (end > begin && isBlank(text[end - 1])) end--;
  return text.slice(begin, end);
};

const isBlank = (character: string | undefined): boolean =>
  character === ' ' || character === '\t' || character === '\r';

const readQuoted = (value: string, mark: string, setting: string): PoolValue => {
  const end = endOfQuote(value, mark);
  if (end === undefined) return { unclear: `begins with ${mark} and does not end with it` };
  const rest = trimBlanks(value.slice(end + 1));
  if (rest !== '' && !rest.startsWith(';')) return pieces;
  const inner = value.slice(1, end);
  if (mark === '"' && inner.includes('${')) return variable;
  const text = mark === '"' ? withoutEscapes(inner) : inner;
  return turnsWithoutQuotes(text) && !isTextOnly(setting)
    ? { unclear: 'is a text for its quotes, and php-zd would write it without them, which says something else' }
    : { text };
};

const endOfQuote = (value: string, mark: string): number | undefined => {
  for (let index = 1; index < value.length; index++) {
    if (value[index] === mark) return index;
    if (mark === '"' && value[index] === '\\') index++;
  }
  return undefined;
};

/** A backslash stands for itself, but before these. */
const withoutEscapes = (text: string): string => text.replace(/\\(["\\$])/g, '$1');

const readBare = (value: string, setting: string): PoolValue => {
  const text = trimBlanks(value.split(';', 1)[0] ?? '');
  if (isTextOnly(setting) && /^(?:none|null|no|off|false)$/i.test(text)) return { unclear: nothing(text, setting) };
  if (text.includes('${')) return variable;
  if (/["']/.test(text)) return pieces;
  if (isExpression(text)) return { text };
  if (/[()!=]/.test(text)) return { unclear: 'is an expression that a site file cannot have: write what it comes to' };
  if (/\$(?![A-Za-z_])/.test(text))
    return { unclear: "has a '$' that php-fpm leaves out: write it in quotes, or take it out" };
  return isBareInFpm(text) || !hasMeaning(text) ? { text } : pieces;
};

/**
 * Whether php-zd writes a value into php-fpm.conf without quotes: numbers, flags and expressions such as `E_ALL & ~E_NOTICE`, which
 * would be texts in quotes. In other texts an operator, or among other words a flag, is a mistake in its grammar.
 */
export const isBareInFpm = (text: string): boolean =>
  isExpression(text) || (/^[\w.,:/ -]*$/.test(text) && (!text.includes(' ') || !text.split(' ').some(isFlag)));

const isFlag = (word: string): boolean => /^(?:true|on|yes|false|off|no|none|null)$/i.test(word);

/** A setting of which `none` is a value; PHP-FPM and php.ini take the bare word for nothing. */
export const isTextOnly = (setting: string): boolean => setting === 'session.cookie_samesite';

/** Words that stand for other texts, and operators. */
const hasMeaning = (text: string): boolean =>
  /[&|~^]/.test(text) || text.split(/[ \t]/).some(word => isFlag(word) || /^(?:E|LOG|PHP)_[A-Z_]+$/.test(word));

/** Whether a text in quotes would say something else without them. The words of true and false every setting of PHP's knows too. */
const turnsWithoutQuotes = (text: string): boolean =>
  isBareInFpm(text) && hasMeaning(text) && !/^(?:true|on|yes|false|off|no)$/i.test(text);

/** Written as it stands the word would take effect, and browsers refuse a cookie with SameSite=None and without Secure. */
const nothing = (text: string, setting: string): string =>
  `is nothing to php-fpm without quotes, so that cookies have no SameSite: where they are to have it, write php_value[${setting}] = ${text} in [pool], ` +
  'and php_value[session.cookie_secure] = 1, without which browsers refuse the cookie';

const variable: PoolValue = {
  unclear: "takes a variable of php-fpm's own environment or of php.ini, which is another one here: write its value",
};
const pieces: PoolValue = { unclear: 'is put together of pieces: write it in one pair of quotes' };
