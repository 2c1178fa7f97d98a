import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { makeFiles } from '../../src/adapters/files.ts';
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
