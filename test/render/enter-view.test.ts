import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';

const SCRIPT = new URL('../../units/enter-view.sh', import.meta.url).pathname;
const STATUS = 78;

let base = '';
beforeEach(() => {
  base = mkdtempSync(`${tmpdir()}/enter-view-`);
  for (const path of ['release', 'mount', 'mount/storage', 'other', 'shared']) mkdirSync(`${base}/${path}`);
});
afterEach(() => rmSync(base, { recursive: true }));

const identityOf = (path: string): string =>
  execFileSync('stat', ['--format=%W %i', `${base}/${path}`], { encoding: 'utf8' }).trim();

/** What the script prints, or its status and what it says. */
const enter = (identity: readonly string[], mounts: readonly string[] = ['mount'], environment = '-'): string => {
  writeFileSync(`${base}/identity`, `${identity.join('\n')}\n`);
  const at = mounts.map(mount => `${base}/${mount}`);
  const args = [SCRIPT, String(STATUS), `${base}/identity`, environment, ...at, '--', 'printf', '%s|', 'a b', '--'];
  try {
    return execFileSync('/usr/bin/dash', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if (error instanceof Error && 'status' in error && 'stderr' in error) return `${error.status}: ${error.stderr}`;
    throw error;
  }
};

const refused = (path: string, what: string): string =>
  `${STATUS}: php-zd: what lies at ${base}/${path} is not ${what}: roll the site\n`;

test('a mount point that shows the release that was found fit becomes the command, word for word', () => {
  expect(enter([identityOf('mount')])).toBe('a b|--|');
});

test('where nobody kept what the release was, nothing is compared', () => {
  expect(enter([''])).toContain(`${STATUS}: `);
  rmSync(`${base}/identity`);
  const args = [SCRIPT, '78', `${base}/identity`, '-', `${base}/mount`, '--', 'echo', 'ran'];
  expect(execFileSync('/usr/bin/dash', args, { encoding: 'utf8' })).toBe('ran\n');
});

test('another directory than the release, or a link, at any of the mount points is refused', () => {
  const what = 'the release that was found fit';
  expect(enter([identityOf('release')])).toBe(refused('mount', what));
  expect(enter([identityOf('mount')], ['mount', 'other'])).toBe(refused('other', what));
  renameSync(`${base}/mount`, `${base}/aside`);
  symlinkSync('aside', `${base}/mount`);
  expect(enter([identityOf('aside')])).toBe(refused('mount', what));
});

test('what is shared may be what its path leads the user to now, or what it was when it was found fit', () => {
  const own = identityOf('mount');
  const now = `1 1 storage ${base}/mount/storage`;
  const then = `${identityOf('mount/storage')} storage ${base}/gone`;
  expect(enter([own, now])).toBe('a b|--|');
  expect(enter([own, then])).toBe('a b|--|');
});

test('anything else in its place is refused, and said by its path', () => {
  const line = `${identityOf('shared')} storage ${base}/shared`;
  const what = `what ${base}/shared is to the site's user`;
  expect(enter([identityOf('mount'), line])).toBe(refused('mount/storage', what));
  symlinkSync(`${base}/other`, `${base}/mount/linked`);
  const linked = `${identityOf('shared')} linked ${base}/shared`;
  expect(enter([identityOf('mount'), linked])).toBe(refused('mount/linked', what));
});

test('variables come from a script, which is read once all was compared', () => {
  writeFileSync(`${base}/environment.sh`, `: >'${base}/read'\nexport TZ=UTC\n`);
  expect(enter([identityOf('release')], ['mount'], `${base}/environment.sh`)).toMatch(/^78: /);
  expect(() => execFileSync('stat', [`${base}/read`], { stdio: 'ignore' })).toThrow();
  expect(enter([identityOf('mount')], ['mount'], `${base}/environment.sh`)).toBe('a b|--|');
  execFileSync('stat', [`${base}/read`]);
});

test('a replica does not start where a link lies in the place of a mount, and the place is said', () => {
  const script = new URL('../../units/require-places.sh', import.meta.url).pathname;
  const look = () => {
    const env = { PHP_ZD_STATE: base };
    const { status, stderr } = spawnSync('/usr/bin/dash', [script, 'shop-1:3'], { encoding: 'utf8', env });
    return `${status}: ${stderr}`;
  };
  expect(look()).toBe('0: ');
  mkdirSync(`${base}/shop-1/slots/3`, { recursive: true });
  writeFileSync(`${base}/shop-1/slots/3/places`, `${base}/mount\n${base}/not there\n${base}/a  link\n`);
  expect(look()).toBe('0: ');
  symlinkSync('/nowhere', `${base}/a  link`);
  expect(look()).toMatch(/^1: <3>php-zd: .*\/a {2}link is a link by now/);
});
