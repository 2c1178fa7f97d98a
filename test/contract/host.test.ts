import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeHost } from '../../src/adapters/host.ts';

describe('the host', () => {
  const host = makeHost();
  let directory: string;
  beforeAll(async () => {
    directory = await realpath(await mkdtemp(`${tmpdir()}/host-`));
    await symlink(directory, `${directory}/self`);
    await symlink('nowhere', `${directory}/dangling`);
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('a user has its number, its primary group by name and its home', () => {
    expect(host.user('root')).toEqual({ uid: 0, gid: 0, group: 'root', home: '/root' });
    expect(host.user('www-data')).toEqual({ uid: 33, gid: 33, group: 'www-data', home: '/var/www' });
  });

  it('a number has the name of its user', () => {
    expect([host.userName(0), host.userName(33), host.userName(4_000_000_000)]).toEqual([
      'root',
      'www-data',
      undefined,
    ]);
  });

  it('a directory has its rights, links followed, and nothing else has any', async () => {
    await mkdir(`${directory}/sticky`);
    await chmod(`${directory}/sticky`, 0o1777);
    await writeFile(`${directory}/file`, '');
    const [uid, gid] = [process.getuid?.(), process.getgid?.()];
    expect(host.rightsTo(`${directory}/self/sticky`)).toEqual({ mode: 0o1777, uid, gid });
    expect([`${directory}/file`, `${directory}/dangling`].map(host.rightsTo)).toEqual([undefined, undefined]);
  });

  it('what is on the way to a file has its rights, by its name and where its link leads', async () => {
    await mkdir(`${directory}/available`, { mode: 0o750 });
    await mkdir(`${directory}/enabled`);
    await writeFile(`${directory}/available/a.ini`, '', { mode: 0o640 });
    await symlink('../available/a.ini', `${directory}/enabled/a.ini`);
    const steps = host.stepsTo([`${directory}/enabled/a.ini`, `${directory}/enabled/none.ini`]);
    const below = steps.filter(({ path }) => path.startsWith(`${directory}/`));
    expect(
      below.map(({ path, mode, isDirectory }) => [path.slice(directory.length), mode.toString(8), isDirectory]),
    ).toEqual([
      ['/enabled', '755', true],
      ['/available', '750', true],
      ['/available/a.ini', '640', false],
    ]);
    expect(steps[0]).toMatchObject({ path: '/', uid: 0, isDirectory: true });
  });

  it('a way that is closed to who asks is told from one that is not there', async () => {
    await mkdir(`${directory}/closed`);
    await chmod(`${directory}/closed`, 0);
    await symlink('closed/in', `${directory}/into`);
    const isRoot = process.geteuid?.() === 0;
    // Root is let in everywhere, as on no NFS with root_squash: so somebody else asks.
    if (isRoot) process.seteuid?.(65_534);
    try {
      expect([`${directory}/into`, `${directory}/closed/in`].map(host.isClosed)).toEqual([true, true]);
      expect(['/nowhere', '/'].map(host.isClosed)).toEqual([false, false]);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
    expect([`${directory}/nothing`, `${directory}/dangling`].map(host.isClosed)).toEqual([false, false]);
  });

  it('a group has its number', () => {
    expect(host.group('www-data')).toEqual({ gid: 33 });
  });

  it.each(['', '0', '33', 'no-such-name', '-x', '--help', 'root:x', 'root\n'])(
    '%j is no name of a user or group',
    name => {
      expect([host.user(name), host.group(name)]).toEqual([undefined, undefined]);
    },
  );

  it('a directory server that does not answer is not waited for without end', async () => {
    const path = process.env['PATH'];
    await writeFile(`${directory}/getent`, '#!/bin/sh\ntrap "" TERM\nexec sleep 600\n');
    await chmod(`${directory}/getent`, 0o755);
    process.env['PATH'] = `${directory}:${path}`;
    try {
      expect(makeHost({ deadlineMs: 200 }).user('nobody-knows-this-one')).toBeUndefined();
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('a program that is no php-fpm has no version of it', () => {
    expect(['/bin/true', '/bin/ls', '/nonexistent', directory].map(host.phpVersion)).toEqual(
      Array.from({ length: 4 }, () => undefined),
    );
  });

  it('php.ini and the files beside it are read where a php-fpm was built to look, in the order in which PHP reads them', async () => {
    const binary = `${directory}/php-fpm`;
    const built = `'--with-config-file-path=${directory}/fpm' '--with-config-file-scan-dir=${directory}/fpm/conf.d'`;
    // Asked with -n, so that nothing of the host's configuration is loaded or run.
    await writeFile(binary, `#!/bin/sh\n[ "$*" = '-n -i' ] && echo "Configure Command =>  '../configure' ${built}"\n`);
    await chmod(binary, 0o755);
    expect(makeHost().phpIniFiles({ binary, version: '8.2' })).toEqual([]);
    await mkdir(`${directory}/fpm/conf.d`, { recursive: true });
    const files = ['fpm/php.ini', 'fpm/conf.d/10-a.ini', 'fpm/conf.d/20-b.ini'].map(name => `${directory}/${name}`);
    for (const file of [...files].reverse()) await writeFile(file, `x = ${file}\n`);
    await writeFile(`${directory}/fpm/conf.d/README`, 'no');
    expect(host.phpIniFiles({ binary, version: '8.2' })).toEqual(files.map(file => ({ file, text: `x = ${file}\n` })));
    expect(host.phpIniFiles({ binary: '/bin/true', version: '8.2' })).toEqual([]);
  });

  it('links are followed, and lead to a directory or nowhere', async () => {
    expect(host.resolveDirectory(`${directory}/self/self`)).toBe(directory);
    expect(host.resolveDirectory(`${directory}/dangling`)).toBeUndefined();
    expect(host.resolveDirectory('/bin/true')).toBeUndefined();
    // It would be read as words of php-zd's.
    await mkdir(`${directory}/a\nshop: run this`);
    expect(host.resolveDirectory(`${directory}/a\nshop: run this`)).toBeUndefined();
  });

  it.each([
    ['/bin/true', { isFile: true, isDirectory: false, isExecutable: true }],
    ['/etc/passwd', { isFile: true, isDirectory: false, isExecutable: false }],
    ['/etc', { isFile: false, isDirectory: true, isExecutable: false }],
    ['/dev/null', { isFile: false, isDirectory: false, isExecutable: false }],
    ['/nonexistent', { isFile: false, isDirectory: false, isExecutable: false }],
  ])('%s is what it is', (path, expected) => {
    const { isFile, isDirectory, isExecutable } = host;
    expect({ isFile: isFile(path), isDirectory: isDirectory(path), isExecutable: isExecutable(path) }).toEqual(
      expected,
    );
  });
});
