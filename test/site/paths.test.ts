import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { below } from '../../src/site/paths.ts';

const DIRECTORIES = ['/', '/srv', '/srv/shop/releases/42', '.', 'public', 'a/b'];
const PATHS = ['.', 'index.php', 'public/index.php', '.shop.live', 'a/b/c'];

test.each(DIRECTORIES.flatMap(directory => PATHS.map(path => [directory, path] as const)))(
  '%s with %s below it is what path.join makes of the two',
  (directory, path) => {
    expect(below(directory, path)).toBe(posix.join(directory, path));
  },
);
