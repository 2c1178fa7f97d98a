import { expect, test } from 'vitest';
import { toLeftProcess } from '../../../src/run/ask/left-process.ts';

test.each([
  [['sleep', '20'], 'sleep 20'],
  [['php', '/srv/shop/.shop.live/artisan', 'queue:work', '--once'], 'php /srv/shop/.shop.live/artisan queue:work'],
  [['mysqldump', '-psecret', 'shop'], 'mysqldump'],
  [['import', 'mysql://shop:secret@db/shop'], 'import'],
  [['import', 'TOKEN=secret'], 'import'],
  [['mail', 'someone@example.com'], 'mail'],
  [['--odd', 'a'], '--odd a'],
  [[], 'worker'],
])('%j is told as %j', (words, command) => {
  expect(toLeftProcess({ pid: 7, name: 'worker', words })).toEqual({ pid: 7, command });
});

test('a command is told up to a length', () => {
  const { command } = toLeftProcess({ pid: 7, name: 'x', words: ['x', 'y'.repeat(5_000)] });
  expect(command).toHaveLength(120);
});
