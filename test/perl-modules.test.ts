import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, expect, test } from 'vitest';

const units = new URL('../units/', import.meta.url).pathname;
const scripts = readdirSync(units).filter(name => name.endsWith('.pl'));
const directory = mkdtempSync(`${tmpdir()}/php-zd-perl-`);
afterAll(() => rmSync(directory, { recursive: true }));

// As a directory that may not be entered, of which Perl makes an end.
for (const name of ['strict', 'warnings', 'Socket', 'Fcntl', 'POSIX', 'Errno', 'Config'])
  writeFileSync(`${directory}/${name}.pm`, 'die "it was looked for here";');

test.each(scripts)('%s needs no module of any other directory than those of Debian', script => {
  const env = { ...process.env, PERL5LIB: directory };
  expect(() => execFileSync('/usr/bin/perl', ['-c', `${units}${script}`], { env, stdio: 'pipe' })).not.toThrow();
});
