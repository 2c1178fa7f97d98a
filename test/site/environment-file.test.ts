import { expect, test } from 'vitest';
import { parseEnvironmentFile } from '../../src/site/environment-file.ts';
import { formatProblem } from '../../src/site/problem.ts';
import { cpuMsOf } from '../cpu-time.ts';

const parse = (text: string) => {
  const { environment, findings } = parseEnvironmentFile('/srv/.env', text);
  return {
    environment: Object.fromEntries(environment),
    problems: findings.problems.map(formatProblem),
    warnings: findings.warnings.map(formatProblem),
  };
};

test.each([
  ['plain values', 'A=1\nB= two words \n\n# c\n ; c\nC=\n', { A: '1', B: 'two words', C: '' }],
  [
    'quotes',
    `A="x y"\nB='x "y" $Z \\n'\nC="a \\"b\\" \\$c \\\\ \\\`"\n`,
    { A: 'x y', B: 'x "y" $Z \\n', C: 'a "b" $c \\ `' },
  ],
  ['quotes within a value', 'A=x"y"\nB=it\'s\n', { A: 'x"y"', B: "it's" }],
  [
    'values of several lines',
    'A="a\nb"\nB=\'c\nd\n\'\nC=x\\\ny\nD="p\\\nq"\n',
    { A: 'a\nb', B: 'c\nd\n', C: 'xy', D: 'pq' },
  ],
  ['dollars and signs', 'A=$2y$10$x#y\nB=p\\#q\\ r\nC=a=b=\n', { A: '$2y$10$x#y', B: 'p#q r', C: 'a=b=' }],
  ['blanks around the name', ' A = 1\n', { A: '1' }],
  ['a later line', 'A=1\nA=2\n', { A: '2' }],
  ['no end of the last line', 'A=1', { A: '1' }],
  ['nothing', '', {}],
])('%s are read as systemd reads them', (_, text, environment) => {
  expect(parse(text)).toEqual({ environment, problems: [], warnings: [] });
});

test.each([
  ['export A=s3cret', "/srv/.env:1: begins with 'export': write A=VALUE"],
  [
    'A.B=s3cret',
    "/srv/.env:1: has a name that no variable has before its '=': write letters, digits and _, not beginning with a digit",
  ],
  [
    '=s3cret',
    "/srv/.env:1: has a name that no variable has before its '=': write letters, digits and _, not beginning with a digit",
  ],
  ['s3cret', "/srv/.env:1: has no '=': write NAME=VALUE, or # before a comment"],
  [
    'A=s3cret  # comment',
    "/srv/.env:1: has ' #' in its value, which begins no comment: put a comment on a line of its own, or the value in single quotes",
  ],
  [
    'A="s3cret" # comment',
    '/srv/.env:1: goes on after the quote that ends its value: put a comment on a line of its own',
  ],
  ['A="s3cret\nB=1\n', '/srv/.env:1: has a " that does not end: end the value with "'],
  [
    'A="s3cret\\nb"',
    '/srv/.env:1: has a backslash in double quotes that stays in the value: write a line break as one within the quotes, and a backslash that is meant as two of them',
  ],
  ['A=C:\\s3cret', '/srv/.env:1: would lose a backslash of its value: put the value in single quotes'],
  ['# comment \\\nA=1', '/srv/.env:1: is a comment that ends with a backslash: remove the backslash'],
  ['\uFEFFA=1', "/srv/.env:1: begins with a byte order mark: remove it with sed -i '1s/^\\xEF\\xBB\\xBF//' FILE"],
  [
    'B=1\nA=s3cret\r\n',
    "/srv/.env:2: has a carriage return at its end, as on Windows: remove them with sed -i 's/\\r$//' FILE",
  ],
  ['B=1\nA=\u0000', '/srv/.env:2: has a control character, or is no UTF-8: write the value as text, such as base64'],
  ['A=\uFFFD', '/srv/.env:1: has a control character, or is no UTF-8: write the value as text, such as base64'],
])('%j is a problem that shows no value', (text, problem) => {
  const { problems } = parse(text);
  expect(problems).toEqual([problem]);
  expect(problem).not.toContain('s3cret');
});

test.each([
  'LD_PRELOAD',
  'LD_AUDIT',
  'GCONV_PATH',
  'GLIBC_TUNABLES',
  'PHP_INI_SCAN_DIR',
  'PHPRC',
  'NOTIFY_SOCKET',
  'LISTEN_FDS',
  'PHP_ZD_REPLICA',
])('%s is not for the application', name => {
  expect(parse(`${name}=x`)).toMatchObject({
    environment: {},
    problems: [`/srv/.env:1: sets '${name}', which is not for the application but for what starts it: remove the line`],
  });
});

test('another variable within a value is a doubt, unless single quotes say that it is meant', () => {
  const value = `x $${'{B}'}`;
  const { environment, warnings } = parse(`A="${value}"\nC='${value}'\n`);
  expect(environment).toEqual({ A: value, C: value });
  expect(warnings).toEqual([
    "/srv/.env:1: 'A' holds '${', and nobody puts another variable in its place: write its value itself, or put the value in single quotes if it is meant so",
  ]);
});

test.each([
  ['quotes that do not end', 'A="\n'],
  ['escapes', 'A=\\\\'.repeat(3)],
  ['backslashes', '\\'],
  ['joined lines', 'A=\\\n'],
  ['blanks', 'export '],
  ['names', 'A'],
])('64 KiB of %s are read in an instant', (_, piece) => {
  const text = piece.repeat(Math.ceil(65_536 / piece.length));
  const work = () => [parse(`A=${text}`), parse(text)];
  expect(cpuMsOf(work)).toBeLessThan(1000);
});
