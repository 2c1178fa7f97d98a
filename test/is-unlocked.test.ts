import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../units/is-unlocked.pl', import.meta.url));
const directory = mkdtempSync(`${tmpdir()}/php-zd-unlocked-`);
afterAll(() => rmSync(directory, { recursive: true }));
const [first, second] = [`${directory}/lock-frontend`, `${directory}/lock`];
for (const file of [first, second]) writeFileSync(file, '');

const status = (...files: readonly string[]) => {
  const { status, stderr } = spawnSync('/usr/bin/perl', [SCRIPT, ...files], { encoding: 'utf8' });
  return { status, stderr };
};
const UNLOCKED = { status: 0, stderr: '' };
const LOCKED = { status: 1, stderr: '' };

/** Has a lock of the file, says so, and ends with its input. dpkg's locks are those of fcntl(2). */
const HOLDS = {
  fcntl: 'my $l = pack "s x62", F_WRLCK; fcntl $f, F_SETLK, $l or die $!',
  flock: 'flock $f, LOCK_EX or die $!',
} as const;
const held: ChildProcess[] = [];
const hold = async (by: keyof typeof HOLDS, file: string): Promise<ChildProcess> => {
  const code = `use Fcntl ":DEFAULT", ":flock"; open my $f, "+<", shift or die $!; ${HOLDS[by]}; $| = 1; print "held\\n"; <STDIN>`;
  const child = spawn('/usr/bin/perl', ['-e', code, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  held.push(child);
  await once(child.stdout, 'data');
  return child;
};
afterEach(() => {
  for (const child of held.splice(0)) child.kill('SIGKILL');
});

test.each([
  ['the first file', first],
  ['the second file', second],
])('a lock that another process has on %s is seen for as long as that process has it', async (_, file) => {
  expect(status(first, second)).toEqual(UNLOCKED);
  const holder = await hold('fcntl', file);
  expect(status(first, second)).toEqual(LOCKED);
  holder.stdin?.end();
  await once(holder, 'close');
  expect(status(first, second)).toEqual(UNLOCKED);
});

test('a file that is missing is locked by nobody, and hides no lock of another', async () => {
  expect(status(`${directory}/missing`)).toEqual(UNLOCKED);
  await hold('fcntl', second);
  expect(status(`${directory}/missing`, second)).toEqual(LOCKED);
});

test('a file whose locks cannot be asked for is not taken for one without', () => {
  const { status: ended, stderr } = status(`${first}/in-a-file`);
  expect([ended === 0, stderr]).toEqual([false, expect.stringContaining(`${first}/in-a-file: Not a directory`)]);
});

test('a lock of a file with the same inode in another file system, and one of flock(2), are none', async () => {
  await hold('flock', first);
  expect(status(first)).toEqual(UNLOCKED);
  // Two empty file systems give their first files the same number. The last line counts what a look at the numbers alone would find.
  const script = `set -e
cd "$1"; mkdir dpkg site; mount -t tmpfs none dpkg; mount -t tmpfs none site
: >dpkg/lock; : >site/own
stat --format=%i dpkg/lock site/own
look='perl "$1" dpkg/lock; echo $?; grep -c ":$(stat --format=%i dpkg/lock) " /proc/locks'
perl -e 'use Fcntl; open my $f, "+<", shift; my $l = pack "s x62", F_WRLCK; fcntl $f, F_SETLK, $l or die $!; system @ARGV' site/own sh -c "$look" sh "$2"`;
  const words = ['--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh', directory, SCRIPT];
  const { stdout, stderr } = spawnSync('unshare', words, { encoding: 'utf8' });
  const [ofDpkg, ofSite, ended, sameNumber] = stdout.split('\n');
  expect({ isSame: ofDpkg === ofSite, ended, stderr }).toEqual({ isSame: true, ended: '0', stderr: '' });
  expect(Number(sameNumber)).toBeGreaterThan(0);
});
