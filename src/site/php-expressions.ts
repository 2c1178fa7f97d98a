import { nearest } from '../base/nearest.ts';

/**
 * Whether php.ini and php-fpm.conf make a number of a text that stands there without quotes: constants and numbers, with operators between
 * them (zend_ini_parser.y).
 */
export const isExpression = (text: string): boolean => {
  const words = wordsOf(text);
  if (words.length > MOST_WORDS || !words.some(word => isConstant(word) || /^[&|^~]$/.test(word))) return false;
  let rest = words.map(word => (OPERATOR.test(word) ? word : isOperand(word) ? '1' : '?')).join('');
  for (let before = ''; before !== rest; ) {
    before = rest;
    rest = rest
      .replaceAll('(1)', '1')
      .replace(/(?<!1)[~!]1/g, '1')
      .replace(/1[&|^]1/g, '1');
  }
  return rest === '1';
};

const MOST_WORDS = 100;
const OPERATOR = /^[&|^~!()]$/;

const wordsOf = (text: string): readonly string[] =>
  text
    .split(/([&|^~!()])/)
    .map(word => word.trim())
    .filter(word => word !== '');

const isConstant = (word: string): boolean => /^[A-Z][A-Z\d]{0,30}_[A-Z\d_]{1,60}$/.test(word);

const isOperand = (word: string): boolean => isConstant(word) || /^-?\d{1,19}$/.test(word);

/** Settings that are levels of errors. */
const LEVELS: ReadonlySet<string> = new Set(['error_reporting', 'xdebug.force_error_reporting', 'xdebug.halt_level']);

/** The constants of such a level. */
const ERRORS: readonly string[] = [
  ...['E_ALL', 'E_ERROR', 'E_WARNING', 'E_PARSE', 'E_NOTICE', 'E_STRICT', 'E_DEPRECATED', 'E_RECOVERABLE_ERROR'],
  ...['E_CORE_ERROR', 'E_CORE_WARNING', 'E_COMPILE_ERROR', 'E_COMPILE_WARNING'],
  ...['E_USER_ERROR', 'E_USER_WARNING', 'E_USER_NOTICE', 'E_USER_DEPRECATED'],
];

/** What is wrong with a level of errors of which PHP makes another one without a word; undefined when it is what it says. */
export const errorLevelProblem = (name: string, value: string): string | undefined => {
  if (!LEVELS.has(name) || value.includes('${') || /^-?\d{1,10}$/.test(value)) return undefined;
  const unknown = wordsOf(value).find(word => /^[a-z]\w{0,60}$/i.test(word) && !ERRORS.includes(word));
  if (unknown !== undefined) {
    const meant = nearest(unknown, ERRORS);
    return `is '${value}', and PHP has no '${unknown}' and takes 0 for it: write ${meant ?? `one of ${ERRORS.join(', ')}`}`;
  }
  if (isExpression(value)) return undefined;
  return `is '${value}', which PHP does not read as it stands: write constants with & | ^ ~ and parentheses, such as E_ALL & ~(E_NOTICE | E_DEPRECATED)`;
};
