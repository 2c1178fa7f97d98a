import { expect, test } from 'vitest';
import { parseNginxFile } from '../../../src/site/existing/nginx-file.ts';
import { cpuMsOf } from '../../cpu-time.ts';

const file = '/etc/nginx/sites-available/shop';

test('a directive has its line, its words without their quotes, and its block', () => {
  const text = `# a server
server { listen 80; # of mine
  root "/srv/a \\"b\\"";
  location ~ "^/x{2}\\.php$" { set $a '\${b}c'; }
}
charset utf-8;`;
  const at = (line: number) => ({ file, line });
  expect(parseNginxFile(file, text)).toEqual([
    {
      ...{ name: 'server', args: [], ...at(2) },
      children: [
        { name: 'listen', args: ['80'], ...at(2), children: undefined },
        { name: 'root', args: ['/srv/a "b"'], ...at(3), children: undefined },
        {
          ...{ name: 'location', args: ['~', '^/x{2}\\.php$'], ...at(4) },
          children: [{ name: 'set', args: ['$a', `$\{b}c`], ...at(4), children: undefined }],
        },
      ],
    },
    { name: 'charset', args: ['utf-8'], ...at(6), children: undefined },
  ]);
});

test.each([
  ['=/a', '= /a'],
  ['^~/a', '^~ /a'],
  [String.raw`~\.php$`, String.raw`~ \.php$`],
  [String.raw`~*\.php$`, String.raw`~* \.php$`],
  [String.raw`"~ \.php$"`, String.raw`~ " \.php$"`],
  ['/~a', '/~a'],
  ['@a', '@a'],
])('location %s is location %s to nginx', (glued, parted) => {
  const [one, other] = parseNginxFile(file, `location ${glued} { } location ${parted} { }`);
  expect(one?.args).toEqual(other?.args);
});

test('of other directives a sign is part of the word', () => {
  expect(parseNginxFile(file, 'server_name ~^a$;')[0]?.args).toEqual(['~^a$']);
});

test.each(['{', '}', '"', "'", '\\', '#', 'a{', '"\\', '\'"', '$', '${', 'a ', '}{'])(
  'many times %s takes time in proportion to their number, and is no error',
  text => {
    const timeOf = (count: number) => cpuMsOf(() => parseNginxFile(file, text.repeat(count)));
    timeOf(1000);
    expect(timeOf(64_000)).toBeLessThan(Math.max(24 * timeOf(8_000), 200));
  },
);
