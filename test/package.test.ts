import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };

const changelog = readFileSync(new URL('../packaging/debian/changelog', import.meta.url), 'utf8');

test("Debian's version is the program's, with a ~ so that what comes before a release sorts before it", () => {
  expect(changelog).toMatch(/^php-zd \(\S+\) /);
  expect(changelog.match(/\((\S+)\)/)?.[1]).toBe(packageJson.version.replace('-', '~'));
});
