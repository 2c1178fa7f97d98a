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

test.each(['{', '}', '"', "'", '\\', '#', 'a{', '"\\', '\'"', '$', '${', 'a ', '}{'])(
  'many times %s takes time in proportion to their number, and is no error',
  text => {
    const timeOf = (count: number) => cpuMsOf(() => parseNginxFile(file, text.repeat(count)));
    timeOf(1000);
    expect(timeOf(64_000)).toBeLessThan(Math.max(24 * timeOf(8_000), 200));
  },
);
