import { ownValue } from '../base/own.ts';
import { parseTimeSpan } from '../base/time-span.ts';

/**
 * The directives of [pool] that are times and numbers (php-src, fpm_conf.c: fpm_conf_set_time() and _integer()), but for rlimit_files and
 * rlimit_core. A flag that it does not take PHP-FPM refuses itself, and takes none for another one.
 */
const kinds: Readonly<Record<string, 'time' | 'number'>> = {
  request_terminate_timeout: 'time',
  request_slowlog_timeout: 'time',
  'pm.process_idle_timeout': 'time',
  'pm.max_requests': 'number',
  'pm.start_servers': 'number',
  'pm.min_spare_servers': 'number',
  'pm.max_spare_servers': 'number',
  'pm.max_spawn_rate': 'number',
  request_slowlog_trace_depth: 'number',
};

/** What PHP-FPM's int holds. */
export const MOST_OF_FPM = 2 ** 31 - 1;

/**
 * What is wrong with a value of [pool] that PHP-FPM takes for another one without a word, or does not take (facts.md N178): such as
 * 1min 30s, which is one second. Undefined when it is what it says.
 */
export const poolValueProblem = (directive: string, value: string): string | undefined => {
  const kind = ownValue(kinds, directive);
  // PHP-FPM puts a variable of its environment in its place.
  if (kind === undefined || value === '' || value.includes('${')) return undefined;
  const text = inFpm(value);
  return kind === 'time' ? timeProblem(directive, value, text) : numberProblem(directive, value, text);
};

/** How long a time of php-fpm's is, in its own reading, which goes by the number in front and the last letter; undefined for none. */
export const secondsInFpm = (value: string): number | undefined => {
  const unit = /[smhd]$/.exec(value)?.[0];
  if (value === '' || (unit === undefined && !/\d$/.test(value))) return undefined;
  return Number(/^\s{0,9}([+-]?\d{1,15})/.exec(value)?.[1] ?? 0) * (UNITS[unit ?? 's'] ?? 1);
};

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Words that stand for others in a file of PHP-FPM's. */
const inFpm = (value: string): string => {
  if (/^(?:true|on|yes)$/i.test(value)) return '1';
  return NO.test(value) ? '' : value;
};

const NO = /^(?:false|off|no|none|null)$/i;
const NEVER = /^(?:never|infinity|infinite|unlimited|-\d{1,9}s?)$/i;

const timeProblem = (directive: string, value: string, text: string): string | undefined => {
  const seconds = secondsInFpm(text);
  const isPlain = /^\+?\d{1,15}[ \t]{0,9}[smhd]?$/.test(value);
  if (isPlain && seconds !== undefined && seconds <= MOST_OF_FPM) return undefined;
  if (isPlain) return tooMuch(value, `${MOST_OF_FPM}s`);
  const mayBeNone = directive !== 'pm.process_idle_timeout';
  const meant = mayBeNone && (NO.test(value) || NEVER.test(value)) ? '0, for none' : secondsMeant(value);
  return told(value, seconds === undefined ? undefined : `${seconds}s`, meant);
};

const secondsMeant = (value: string): string => {
  // A letter more or less is another unit: M is a month.
  const ms = /[A-Z]/.test(value) ? undefined : parseTimeSpan(value);
  const seconds = Math.ceil((ms ?? 0) / 1_000);
  return seconds > 0 && seconds <= MOST_OF_FPM
    ? `${seconds}s`
    : 'a whole number with s, m, h or d after it, such as 90s';
};

const numberProblem = (directive: string, value: string, text: string): string | undefined => {
  const isDepth = directive === 'request_slowlog_trace_depth';
  const meant = directive === 'pm.max_requests' && NEVER.test(value) ? '0, for none' : 'a whole number';
  if (!/^-?\d{0,40}$/.test(text)) return told(value, undefined, meant);
  const read = Number(text === '-' ? 0 : text);
  if (read > MOST_OF_FPM) return tooMuch(value, String(MOST_OF_FPM));
  // Of a depth none is php-fpm's own (fpm_conf.c).
  if (isDepth && read === 0) return told(value, '20', 'a whole number from 1 up');
  return NO.test(value) || /^\d{1,40}$/.test(value) ? undefined : told(value, String(read), meant);
};

const tooMuch = (value: string, most: string): string =>
  `is '${value}', more than php-fpm holds: write at most ${most}`;

const told = (value: string, read: string | undefined, meant: string): string =>
  `is '${value}', which php-fpm ${read === undefined ? 'does not take' : `reads as ${read}`}: write ${meant}`;
