import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { makeScratch } from '../../src/adapters/scratch.ts';

test.each(['/nonexistent/user/0', 'relative', '', '/etc/passwd', '/etc/passwd/x'])(
  'it lies in /tmp where TMPDIR is "%s"',
  async wanted => {
    const made = await makeScratch(wanted);
    rmSync(made, { recursive: true });
    expect(dirname(made)).toBe('/tmp');
  },
);

test('it lies in the directory of TMPDIR', async () => {
  const wanted = mkdtempSync(`${tmpdir()}/php-zd-own-`);
  expect(dirname(await makeScratch(wanted))).toBe(wanted);
  rmSync(wanted, { recursive: true });
});
