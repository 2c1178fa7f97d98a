import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { bootMachine, installFetched, SUITES } from '../lab/machine.ts';
import { makePackage, tree } from '../scene/make-package.ts';

const make = (...args: readonly string[]): string =>
  execFileSync('make', ['--silent', ...args], { cwd: tree, encoding: 'utf8' });

/** Debian's names of what is there under another one, or for every package. */
const asInstalled = (path: string): string => path.replace(/(man\/man.*)\.gz$/, '$1').replace(/copyright$/, 'LICENSE');
const ofDebianAlone = /^usr\/share\/(doc\/php-zd\/changelog\.gz|lintian\/.*)$/;

test('the package has the files that make install puts below /usr', () => {
  const packed = execFileSync('sh', ['-c', `dpkg-deb --fsys-tarfile ${makePackage()} | tar -t`], { cwd: tree });
  const paths = packed
    .toString()
    .split('\n')
    .map(path => path.replace(/^\.\//, ''));
  const files = paths.filter(path => path !== '' && !path.endsWith('/') && !ofDebianAlone.test(path)).map(asInstalled);
  const into = mkdtempSync(`${tmpdir()}/php-zd-install-`);
  try {
    make('install', `DESTDIR=${into}`, 'PREFIX=/usr');
    const installed = execFileSync('find', [into, '-not', '-type', 'd', '-printf', '%P\n'], { encoding: 'utf8' });
    expect(files.sort()).toEqual(installed.trim().split('\n').sort());
  } finally {
    rmSync(into, { recursive: true });
  }
});

/** Two builds from the beginning, and a lintian that is installed before, beside other tests. */
const LONG_MS = 300_000;

test(
  'two builds of a package are one to the byte, also by others, elsewhere and in another time zone',
  () => {
    const sumOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
    const ours = makePackage();
    const elsewhere = mkdtempSync(`${tmpdir()}/php-zd-elsewhere-`);
    try {
      execFileSync(
        'sh',
        [
          '-c',
          `git ls-files -z | xargs -0 cp --parents --preserve=timestamps --no-dereference --target-directory ${elsewhere}`,
        ],
        { cwd: tree },
      );
      // Links to files, since npm would empty what a link to the directory leads to.
      execFileSync('cp', ['--archive', '--symbolic-link', `${tree}node_modules`, elsewhere]);
      const theirs = execFileSync('sh', ['-c', 'umask 077; make --silent deb'], {
        cwd: elsewhere,
        encoding: 'utf8',
        env: { ...process.env, TZ: 'Asia/Tokyo' },
      });
      expect(theirs).toBe(`Made dist/${basename(ours)}.\n`);
      expect(sumOf(`${elsewhere}/dist/${basename(ours)}`)).toBe(sumOf(ours));
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  },
  LONG_MS,
);

/** What that suite's lintian alone asks for, and the next one's no longer knows, so that the package could not override it on both. */
const LEFT_OUT = {
  bookworm: ['--suppress-tags', 'package-supports-alternative-init-but-no-init.d-script'],
  trixie: [],
};

test.each(SUITES)(
  'lintian of %s has nothing to say of the package, but for what it overrides by name',
  async suite => {
    const machine = await bootMachine(`long-lintian-${suite}-${process.pid}`, suite, 'bare');
    try {
      await installFetched(machine, 'lintian');
      cpSync(makePackage(), `${machine.root}/root/php-zd.deb`);
      const all = ['--pedantic', '--display-info', '--fail-on', 'error,warning,info,pedantic', '--allow-root'];
      const lintian = (...args: readonly string[]) => machine.ask('lintian', ...all, ...args, '/root/php-zd.deb');
      expect(await lintian(...LEFT_OUT[suite])).toEqual({ status: 0, stdout: '', stderr: '' });
      // It does look: what is overridden is found.
      expect(await lintian('--no-override')).toMatchObject({
        status: 2,
        stdout: expect.stringContaining('maintainer-script-calls-systemctl'),
      });
    } finally {
      await machine.down();
    }
  },
  LONG_MS,
);
