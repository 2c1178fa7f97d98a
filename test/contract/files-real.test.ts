import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  lchown,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readlink,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { makeFiles } from '../../src/adapters/files.ts';
import { describeError } from '../../src/report/words/errors.ts';
import { failure } from '../fakes/failure.ts';
import { describeFiles } from './files.ts';

describeFiles('of this host', async () => {
  const root = await mkdtemp(`${tmpdir()}/files-`);
  await mkdir(`${root}/zd`);
  const umask = process.umask(0o077);
  return {
    files: makeFiles(root),
    pid: process.pid,
    inProcess: path => root + path,
    attributes: async path => {
      const { mode, gid } = await stat(root + path);
      return { mode: mode & 0o7777, gid };
    },
    close: async () => {
      process.umask(umask);
      await rm(root, { recursive: true });
    },
  };
});

it('what is bound in the mount namespace of a process is what the process sees', async () => {
  const root = await mkdtemp(`${tmpdir()}/files-`);
  const files = makeFiles();
  for (const name of ['mount', 'release']) await files.makeDirectory(`${root}/${name}`);
  const script = 'mount --bind "$0/release" "$0/mount" && echo bound && exec cat';
  const process = spawn('unshare', ['--mount', 'sh', '-c', script, root], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(process.stdout, 'data');
  const release = await files.identity(`${root}/release`);
  expect(await files.identityInProcess(Number(process.pid), `${root}/mount`)).toEqual(release);
  expect(await files.identity(`${root}/mount`)).not.toEqual(release);
  process.stdin.end();
  await once(process, 'exit');
  await rm(root, { recursive: true });
});

it('a temporary file of a process that runs stays, and one of a process that has ended is a leftover', async () => {
  const root = await mkdtemp(`${tmpdir()}/files-`);
  const ended = spawn('true');
  await once(ended, 'exit');
  const nameOf = (pid: number | undefined) => `.${pid}.0a1b2c3d4e5f.new`;
  for (const pid of [process.pid, ended.pid]) await writeFile(`${root}/${nameOf(pid)}`, '');
  await makeFiles().removeLeftovers(root);
  expect(await readdir(root)).toEqual([nameOf(process.pid)]);
  await rm(root, { recursive: true });
});

const NOBODY = 65_534;

it.each([
  ['of somebody else', async (link: string) => await lchown(link, NOBODY, NOBODY)],
  ['in a directory of somebody else', async (_: string, directory: string) => await lchown(directory, NOBODY, NOBODY)],
  ['in a directory that others may write', async (_: string, directory: string) => await chmod(directory, 0o777)],
])("a link on the way, %s, does not lead root elsewhere; root's own does", async (_, spoil) => {
  const root = await mkdtemp(`${tmpdir()}/files-`);
  const files = makeFiles(root);
  await mkdir(`${root}/site`);
  await mkdir(`${root}/victim`);
  await symlink('../victim', `${root}/site/relative`);
  await symlink('/victim', `${root}/site/absolute`);
  for (const name of ['relative', 'absolute']) await files.link(`/site/${name}/${name}`, 'x');
  expect(await readdir(`${root}/victim`)).toEqual(['absolute', 'relative']);
  for (const name of ['relative', 'absolute']) {
    await spoil(`${root}/site/${name}`, `${root}/site`);
    const path = `/site/${name}/current`;
    expect(await failure(files.link(path, 'x'))).toMatchObject({ facts: { path, errno: 'ELOOP' } });
  }
  expect(await readdir(`${root}/victim`)).toEqual(['absolute', 'relative']);
  // The directory that the link lies in may be anybody's.
  await lchown(`${root}/victim`, NOBODY, NOBODY);
  await files.link('/victim/current', 'x');
  expect(await readlink(`${root}/victim/current`)).toBe('x');
  await rm(root, { recursive: true });
});

it('a link that is made for another user is his, and what it leads to is not', async () => {
  const root = await mkdtemp(`${tmpdir()}/files-`);
  const files = makeFiles(root);
  await files.makeDirectory('/release');
  await files.link('/static', 'release', NOBODY);
  expect((await files.owner('/static'))?.uid).toBe(NOBODY);
  expect((await files.owner('/release'))?.uid).toBe(0);
  await rm(root, { recursive: true });
});

/** Puts a link to `victim` in the place of the directory `made` as soon as that is there, again and again. */
const LINKER = `
  const { rmdirSync, symlinkSync, unlinkSync } = require('node:fs');
  const [made, victim] = process.argv.slice(1);
  for (;;) {
    try {
      rmdirSync(made);
      symlinkSync(victim, made);
    } catch { continue; }
    const until = Date.now() + 2;
    while (Date.now() < until);
    unlinkSync(made);
  }
`;

it('a link that somebody puts in the place of a new directory is not followed to change a mode elsewhere', async () => {
  const root = await mkdtemp(`${tmpdir()}/files-`);
  await mkdir(`${root}/victim`, { mode: 0o700 });
  const linker = spawn(process.execPath, ['-e', LINKER, `${root}/made`, `${root}/victim`], { stdio: 'inherit' });
  const files = makeFiles();
  const refusals = new Set<unknown>();
  // Until the link came in between the making of the directory and the setting of its mode.
  while (!refusals.has('ELOOP') && !refusals.has('ENOTDIR')) {
    await files.makeDirectory(`${root}/made`, 0o777).catch(error => refusals.add(error.facts.errno));
    expect((await stat(`${root}/victim`)).mode & 0o777).toBe(0o700);
  }
  linker.kill();
  await once(linker, 'exit');
  await rm(root, { recursive: true });
});

it('a pipe has what is written into it, and nothing where nobody writes, at once', async () => {
  const root = await mkdtemp(`${tmpdir()}/files-`);
  const files = makeFiles(root);
  spawnSync('mkfifo', [`${root}/pipe`]);
  expect(await files.read('/pipe')).toBe('');
  expect((await files.readLines('/pipe'))?.lines).toEqual([]);
  expect(await failure(files.append('/pipe', 'x'))).toMatchObject({ code: 'file-system', facts: { errno: 'ENXIO' } });
  const writer = spawn('sh', ['-c', 'exec >"$0"; read -r line; printf "a $line"', `${root}/pipe`]);
  const ended = once(writer, 'exit');
  // It opens when both ends are there.
  const reader = await open(`${root}/pipe`, 'r');
  const text = files.read('/pipe', 100);
  writer.stdin.end('b\n');
  expect(await text).toBe('a b');
  await reader.close();
  await ended;
  await rm(root, { recursive: true });
});

it('a file of more than anybody reads whole is refused, and its beginning can be read', async () => {
  const root = await mkdtemp(`${tmpdir()}/files-`);
  const files = makeFiles(root);
  await writeFile(`${root}/huge`, 'begin');
  await truncate(`${root}/huge`, 3 * 1024 ** 3);
  expect(await failure(files.read('/huge'))).toMatchObject({ code: 'file-system', facts: { errno: 'EFBIG' } });
  expect(await files.read('/huge', 5)).toBe('begin');
  expect(await failure(makeFiles().read('/dev/zero'))).toMatchObject({ facts: { errno: 'EFBIG' } });
  await rm(root, { recursive: true });
});

it('a file that cannot be read or written as it is is told in words: too large, a pipe without end, a socket', async () => {
  const root = await mkdtemp(`${tmpdir()}/files-`);
  const files = makeFiles();
  const words = async (work: Promise<unknown>) => describeError(await failure(work));
  await writeFile(`${root}/huge`, '');
  await truncate(`${root}/huge`, 64 * 1024 ** 2 + 1);
  expect(await words(files.read(`${root}/huge`))).toBe(`${root}/huge: it has more than 64 MiB`);
  const [pipe, flood] = [`${root}/pipe`, `${root}/flood`];
  spawnSync('mkfifo', [pipe, flood]);
  expect(await words(files.append(pipe, 'x'))).toBe(`${pipe}: it is a socket, or a pipe that nobody reads`);
  const server = createServer().listen(`${root}/socket`);
  await once(server, 'listening');
  expect(await words(files.read(`${root}/socket`))).toBe(`${root}/socket: it is a socket, or a pipe that nobody reads`);
  const writers = [
    ['printf a; exec sleep 60', pipe],
    ['exec cat /dev/zero', flood],
  ].map(([command, to = '']) => spawn('sh', ['-c', `exec >"$0"; ${command}`, to]));
  // A shell opens a pipe when both ends are there.
  const readers = await Promise.all([pipe, flood].map(path => open(path, 'r')));
  expect(await Promise.all([pipe, flood].map(path => words(files.read(path))))).toEqual([
    `${pipe}: it is a pipe, and who writes into it did not end within 10 s: write a file`,
    `${flood}: it has more than 64 MiB`,
  ]);
  const odd = 'it is no regular file: php-zd writes one there, and HAProxy would wait at anything else';
  for (const path of [pipe, `${root}/socket`, '/dev/zero']) {
    expect(await words(files.readOwn(path, 1))).toContain(`${path}: ${odd}`);
  }
  for (const reader of readers) await reader.close();
  for (const writer of writers) writer.kill('SIGKILL');
  server.close();
  await rm(root, { recursive: true });
});
