import fc from 'fast-check';

/** One change of a text, at parts of its length. */
type Change = (text: string) => string;

const place = fc.double({ min: 0, max: 1, noNaN: true });
const at = (text: string, part: number): number => Math.floor(part * text.length);

/** What is odd in more than one of the languages that are read. */
const ODD = [
  ...[
    '',
    '\0',
    '\n',
    '\r\n',
    '\n\n',
    ' ',
    ',',
    ';',
    '=',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '\\',
    '%',
    '$',
    '#',
    '<',
    '>',
    '/',
    '..',
  ],
  ...[
    '-1',
    '0',
    '1e999',
    'NaN',
    '00',
    '18446744073709551616',
    '9007199254740993',
    'null',
    'true',
    '__proto__',
    'constructor',
  ],
  ...['\x01', '\x7f', '\xff', '\xff\xff\xff\xff', '\x80\0\0\0', 'ü', '\u2028', '\u202e'],
];

const between = (text: string, one: number, other: number): readonly [number, number] => {
  const [from, to] = [at(text, one), at(text, other)];
  return from <= to ? [from, to] : [to, from];
};

/** `unit` is what a text of random characters is of: bytes, or characters. */
const changes = (unit: fc.Arbitrary<string>): fc.Arbitrary<Change> => {
  const put = fc.oneof(fc.constantFrom(...ODD), fc.string({ unit, maxLength: 8 }));
  return fc.oneof(
    place.map(
      (end): Change =>
        text =>
          text.slice(0, at(text, end)),
    ),
    place.map(
      (begin): Change =>
        text =>
          text.slice(at(text, begin)),
    ),
    fc.tuple(place, put).map(
      ([where, more]): Change =>
        text =>
          text.slice(0, at(text, where)) + more + text.slice(at(text, where)),
    ),
    fc.tuple(place, put).map(
      ([where, more]): Change =>
        text =>
          text.slice(0, at(text, where)) + more + text.slice(at(text, where) + more.length),
    ),
    fc.tuple(place, place).map(
      ([one, other]): Change =>
        text => {
          const [from, to] = between(text, one, other);
          return text.slice(0, from) + text.slice(to);
        },
    ),
    fc.tuple(place, place, fc.constantFrom(2, 3, 50, 3_000)).map(
      ([one, other, times]): Change =>
        text => {
          const [from, to] = between(text, one, other);
          const piece = text.slice(from, Math.min(to, from + MOST_CHARACTERS / times));
          return text.slice(0, from) + piece.repeat(times) + text.slice(to);
        },
    ),
    fc.tuple(place, place).map(
      ([one, other]): Change =>
        text => {
          const lines = text.split('\n');
          const [from, to] = [Math.floor(one * lines.length), Math.floor(other * lines.length)];
          [lines[from], lines[to]] = [lines[to] ?? '', lines[from] ?? ''];
          return lines.join('\n');
        },
    ),
  );
};

const MOST_CHARACTERS = 300_000;

const mutatedBy = (unit: fc.Arbitrary<string>, texts: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.string({ unit, maxLength: 60 }) },
    {
      weight: 9,
      arbitrary: fc
        .tuple(fc.constantFrom(...texts), fc.array(changes(unit), { maxLength: 6 }))
        .map(([text, all]) => all.reduce((changed, change) => change(changed), text).slice(0, MOST_CHARACTERS * 4)),
    },
  );

/** Texts as those, with a few changes, and a few that are like none. */
export const mutated = (...texts: readonly string[]): fc.Arbitrary<string> =>
  mutatedBy(
    fc.integer({ min: 0, max: 0x24f }).map(code => String.fromCharCode(code)),
    texts,
  );

/** The same of bytes, as texts of latin1. */
export const mutatedBytes = (...bytes: readonly Buffer[]): fc.Arbitrary<string> =>
  mutatedBy(
    fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code)),
    bytes.map(each => each.toString('latin1')),
  ).map(text => [...text].map(each => String.fromCharCode(each.charCodeAt(0) & 0xff)).join(''));
