import type { Host } from './host.ts';

/** Settings that are bytes, with PHP's K, M or G. */
const BYTES = new Set([
  ...['memory_limit', 'post_max_size', 'upload_max_filesize', 'realpath_cache_size', 'opcache.jit_buffer_size'],
  'apc.shm_size',
]);

/** Settings that are seconds. */
const SECONDS = new Set([
  ...['max_execution_time', 'max_input_time', 'default_socket_timeout', 'realpath_cache_ttl', 'apc.ttl'],
  ...['session.gc_maxlifetime', 'session.cookie_lifetime', 'opcache.revalidate_freq'],
]);

/** Settings that PHP reads as digits alone: with K or M after them it takes its own default, or something else. */
const COUNTS: ReadonlyMap<string, string> = new Map([
  ['opcache.memory_consumption', 'MiB'],
  ['opcache.interned_strings_buffer', 'MiB'],
  ['opcache.max_accelerated_files', 'files'],
]);

const QUANTITY = /^[+-]?(?:0[xob][\da-f]{1,32}|\d{1,19})\s{0,9}[kmg]?$/i;
const UNITS: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
const SPANS: Readonly<Record<string, number>> = { m: 60, min: 60, h: 3_600, d: 86_400 };

/**
 * What is wrong with the value of a setting that PHP would take for another one without a word, or with one in a log that nobody reads
 * (zend_ini_parse_quantity(), zend_ini.c): such as 2GB, which is 2. Undefined when it is what it says.
 */
export const quantityProblem = (name: string, value: string): string | undefined => {
  // PHP puts a variable of its environment in its place.
  if (value.includes('${')) return undefined;
  const unit = COUNTS.get(name);
  if (unit !== undefined && !/^\d{1,9}$/.test(value))
    return `is '${value}', and PHP takes a number of ${unit} without more: write ${countMeant(value, unit)}`;
  if (BYTES.has(name) && !QUANTITY.test(value)) return `${readAs(value)}: write ${bytesMeant(value)}`;
  // A number of seconds with an s after it is that number.
  if (!SECONDS.has(name) || /^-?\d{1,19}\s{0,9}(?:s|sec)?$/.test(value)) return undefined;
  return `${readAs(value)}: write ${secondsMeant(value)}`;
};

const countMeant = (value: string, unit: string): string => {
  const [, digits, letter = ''] = /^(\d{1,9})\s{0,9}([kmg]?)b?$/i.exec(value) ?? [];
  if (digits === undefined) return 'a whole number';
  const factor = (UNITS[letter.toLowerCase()] ?? 1) / (unit === 'MiB' && letter !== '' ? 2 ** 20 : 1);
  return String(Math.max(1, Math.round(Number(digits) * factor)));
};

const readAs = (value: string): string => {
  const [, digits = '0'] = /^([+-]?\d{1,19})/.exec(value) ?? [];
  const letter = /[kmg]$/i.exec(value)?.[0].toUpperCase() ?? '';
  return `is '${value}', which PHP reads as ${digits}${digits === '0' ? '' : letter}`;
};

const bytesMeant = (value: string): string => {
  const [, number, letter = ''] = /^(\d{1,9}(?:[.,]\d{1,3})?)\s{0,9}([kmgt])i?b?$/i.exec(value) ?? [];
  if (number === undefined) return 'a whole number with K, M or G after it, such as 256M';
  const bytes = Number(number.replace(',', '.')) * (UNITS[letter.toLowerCase()] ?? 1);
  const [sign, unit] = (['G', 'M', 'K'] as const)
    .map(each => [each, UNITS[each.toLowerCase()] ?? 1] as const)
    .find(([, size]) => bytes % size === 0) ?? ['', 1];
  return `${Math.round(bytes / unit)}${sign}`;
};

const secondsMeant = (value: string): string => {
  const [, number, span = ''] = /^(\d{1,9})\s{0,9}(m|min|h|d)$/.exec(value) ?? [];
  const factor = SPANS[span];
  return number === undefined || factor === undefined
    ? 'a whole number of seconds'
    : `${Number(number) * factor}, the seconds`;
};

const ZONES = '/usr/share/zoneinfo';

/** What is wrong with a time zone that Debian's PHP, which knows those of the host, takes UTC for. */
export const timeZoneProblem = (host: Pick<Host, 'isFile' | 'isDirectory'>, zone: string): string | undefined => {
  if (zone === '' || zone.includes('${') || !host.isDirectory(ZONES)) return undefined;
  const named = /^\w[\w+/-]{0,63}$/.test(zone) ? canonical(zone) : undefined;
  const isSame = named?.toLowerCase() === zone.toLowerCase();
  if (/^\w[\w+/-]{0,63}$/.test(zone) && host.isFile(`${ZONES}/${isSame ? named : zone}`)) return undefined;
  const instead =
    named === undefined || isSame
      ? `a name that ${ZONES} has, such as Europe/Berlin, or have older names too with "apt install tzdata-legacy"`
      : named;
  return `is '${zone}', which PHP does not know here, and takes UTC instead: write ${instead}`;
};

/** The name that a zone has today, in the case that it has; undefined for one that nobody knows. */
const canonical = (zone: string): string | undefined => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
};
