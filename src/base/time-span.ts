/**
 * A time span as systemd.time(7) writes it ("1min 30s", "1.5s", "200ms", "infinity"; a bare number is seconds), in
 * milliseconds. Undefined when the text is no time span, or one longer than 285 years, where numbers stop being exact. What
 * lies below a microsecond is cut off, as systemd cuts it off.
 */
export const parseTimeSpan = (text: string): number | undefined => {
  const span = text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  if (span === '') return undefined;
  if (span === 'infinity') return Number.POSITIVE_INFINITY;
  let microseconds = 0;
  // Sticky, so each part begins where the one before it ended and nothing is read twice.
  const part = new RegExp(partPattern, 'y');
  while (part.lastIndex < span.length) {
    const match = part.exec(span);
    if (match === null) return undefined;
    const { whole = '0', fraction, onlyFraction, unit = 's' } = match.groups ?? {};
    const unitUs = microsecondsOf.get(unit) ?? second;
    microseconds += Number(whole) * unitUs + fractionOf(fraction ?? onlyFraction ?? '', unitUs);
    if (!Number.isSafeInteger(microseconds)) return undefined;
  }
  return microseconds / 1000;
};

/** The shortest sum of units that parseTimeSpan reads as the same number of milliseconds, whole microseconds at best. */
export const formatTimeSpan = (ms: number): string => {
  if (ms === Number.POSITIVE_INFINITY) return 'infinity';
  let rest = Math.round(ms * 1000);
  const parts: string[] = [];
  for (const [unit, unitUs] of writtenUnits) {
    const count = Math.floor(rest / unitUs);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * unitUs;
  }
  return parts.length === 0 ? '0' : parts.join(' ');
};

/**
 * The microseconds of a decimal fraction, summed digit by digit in whole numbers, as systemd does: in floating point 0.1 is not
 * exact.
 */
const fractionOf = (digits: string, unitUs: number): number => {
  let sum = 0;
  let worth = Math.floor(unitUs / 10);
  for (const digit of digits) {
    sum += Number(digit) * worth;
    worth = Math.floor(worth / 10);
  }
  return sum;
};

const second = 1_000_000;
const day = 24 * 3600 * second;

/** systemd.time(7), "Parsing time spans". A month is 30.44 days and a year 365.25 days. */
const units: readonly (readonly [number, readonly string[]])[] = [
  [second, ['seconds', 'second', 'sec', 's']],
  [60 * second, ['minutes', 'minute', 'min']],
  [2_629_800 * second, ['months', 'month', 'M']],
  [1000, ['msec', 'ms']],
  [60 * second, ['m']],
  [3600 * second, ['hours', 'hour', 'hr', 'h']],
  [day, ['days', 'day', 'd']],
  [7 * day, ['weeks', 'week', 'w']],
  [31_557_600 * second, ['years', 'year', 'y']],
  [1, ['usec', 'us', 'µs', 'μs']],
];

const microsecondsOf: ReadonlyMap<string, number> = new Map(
  units.flatMap(([unitUs, names]) => names.map(name => [name, unitUs] as const)),
);

/** The units that a span is written in, without months and years: nobody expects one of 30.44 days. */
const writtenUnits: readonly (readonly [string, number])[] = [
  ['w', 7 * day],
  ['d', day],
  ['h', 3600 * second],
  ['min', 60 * second],
  ['s', second],
  ['ms', 1000],
  ['us', 1],
];

// A number is followed by its unit, by white space or by the end: systemd refuses "12.34.56" and takes "12.34 .56".
const numberPattern = String.raw`(?:\+?(?<whole>\d+)(?:\.(?<fraction>\d+))?|\.(?<onlyFraction>\d+))`;
const unitPattern = `(?<unit>${units.flatMap(([, names]) => names).join('|')})`;
const partPattern = String.raw`[ \t\r\n]*${numberPattern}(?:[ \t\r\n]*${unitPattern}|(?=[ \t\r\n])|$)`;
