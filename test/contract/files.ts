import { posix } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Files } from '../../src/ports/files.ts';
import { failure } from '../fakes/failure.ts';

/** An empty directory `/zd`. */
export interface FilesWorld {
  readonly files: Files;
  /** The id of a process that sees the same files as the test. */
  readonly pid: number;
  /** The same path as that process has it. */
  readonly inProcess: (path: string) => string;
  attributes(path: string): Promise<{ readonly mode: number; readonly gid: number }>;
  close(): Promise<void>;
}

const NO_PID = 2 ** 30;

export const describeFiles = (name: string, makeWorld: () => Promise<FilesWorld>): void => {
  describe(`files: ${name}`, () => {
    let world: FilesWorld;
    let files: Files;
    beforeEach(async () => {
      world = await makeWorld();
      files = world.files;
    });
    afterEach(() => world.close());

    it('of a file that is larger than asked for the beginning is read, and of a smaller one all', async () => {
      await files.write('/zd/a', 'Größe 2\n');
      expect(await files.read('/zd/a', 4)).toBe('Grö');
      expect(await files.read('/zd/a', 9)).toBe('Größe 2');
      expect(await files.read('/zd/a', 1_000)).toBe('Größe 2\n');
      expect(await files.read('/zd/none', 4)).toBeUndefined();
      expect(await failure(files.read('/zd', 4))).toMatchObject({ facts: { path: '/zd', errno: 'EISDIR' } });
    });

    it('of what was written and is a file the beginning is read, and of nothing else', async () => {
      await files.write('/zd/a', 'one\n');
      await files.link('/zd/link', 'a');
      await files.makeDirectory('/zd/d');
      expect(await files.readOwn('/zd/a', 2)).toBe('on');
      expect(await files.readOwn('/zd/none', 2)).toBeUndefined();
      for (const path of ['/zd/link', '/zd/d']) {
        expect(await failure(files.readOwn(path, 2))).toMatchObject({ facts: { path, errno: 'ENOTREG' } });
      }
    });

    it('a file that is come to through no link is read, and nothing else', async () => {
      await files.makeDirectory('/zd/d');
      await files.write('/zd/d/a', 'one\n');
      await files.link('/zd/link', 'd/a');
      await files.link('/zd/ways', 'd');
      expect(await files.readStraight('/zd/d/a', 2)).toBe('on');
      for (const path of ['/zd/none', '/zd/none/a', '/zd/d', '/zd/d/a/b', '/zd/link', '/zd/ways/a']) {
        expect(await files.readStraight(path, 2), path).toBeUndefined();
      }
    });

    it('what was written is read, in the place of what was there', async () => {
      await files.write('/zd/a', 'one\n');
      await files.write('/zd/a', 'Größe 2\n');
      expect(await files.read('/zd/a')).toBe('Größe 2\n');
      expect(await files.list('/zd')).toEqual(['a']);
    });

    it('the directories in one are known by name and time, and no links or files', async () => {
      await files.makeDirectory('/zd/d');
      await files.makeDirectory('/zd/e/f');
      await files.write('/zd/file', '');
      await files.link('/zd/link', 'd');
      const found = await files.directories('/zd');
      expect([...found.keys()].sort()).toEqual(['d', 'e']);
      for (const madeAt of found.values()) expect(Math.abs(Date.now() - madeAt)).toBeLessThan(60_000);
      const none = { code: 'file-system', facts: { path: '/zd/none', errno: 'ENOENT' } };
      expect(await failure(files.directories('/zd/none'))).toMatchObject(none);
      expect(await failure(files.directories('/zd/file'))).toMatchObject({ facts: { errno: 'ENOTDIR' } });
    });

    it('a directory has room, and what is not there has none', async () => {
      const room = await files.room('/zd');
      expect(room?.bytes).toBeGreaterThan(0);
      expect(room?.files).toBeGreaterThan(0);
      expect(await files.room('/zd/none')).toBeUndefined();
    });

    it('of a directory in which no file system begins, and of what is not there, nothing tells how much lies there', async () => {
      await files.makeDirectory('/zd/d');
      expect([await files.used('/zd/d'), await files.used('/zd/none')]).toEqual([undefined, undefined]);
    });

    it('the owners of what is in a directory are counted, up to so many, and no link is followed', async () => {
      await files.makeDirectory('/zd/d/deep');
      await files.link('/zd/d/link', '/zd/none', 1234);
      await files.write('/zd/d/a', '');
      expect(await files.ownersIn('/zd/d', 9)).toEqual(
        new Map([
          [0, 2],
          [1234, 1],
        ]),
      );
      expect([...(await files.ownersIn('/zd/d', 2)).values()].reduce((sum, count) => sum + count, 0)).toBe(2);
      expect(await files.ownersIn('/zd/none', 9)).toEqual(new Map());
    });

    it('a file has the mode and the group that were asked for, whatever the umask', async () => {
      await files.write('/zd/a', '', { mode: 0o666, gid: 33 });
      expect(await world.attributes('/zd/a')).toEqual({ mode: 0o666, gid: 33 });
      await files.link('/zd/link', 'a');
      expect(await files.rights('/zd/link')).toEqual({ mode: 0o666, uid: 0, gid: 33 });
      expect(await files.rights('/zd/none')).toBeUndefined();
      await files.write('/zd/a', '', { mode: 0o600 });
      expect(await world.attributes('/zd/a')).toEqual({ mode: 0o600, gid: 0 });
      await files.write('/zd/b', '');
      expect(await world.attributes('/zd/b')).toMatchObject({ mode: 0o644 });
    });

    it('what cannot be written says which file and why, and leaves nothing behind', async () => {
      await files.makeDirectory('/zd/d');
      expect(await failure(files.write('/zd/d', ''))).toMatchObject({
        code: 'file-system',
        facts: { path: '/zd/d', errno: 'EISDIR' },
      });
      expect(await failure(files.write('/zd/none/a', ''))).toMatchObject({
        code: 'file-system',
        facts: { path: '/zd/none/a', errno: 'ENOENT' },
      });
      expect(await files.list('/zd')).toEqual(['d']);
    });

    it('what is appended stands at the end, in a file that everybody may read', async () => {
      await files.append('/zd/log', 'one\n');
      await files.append('/zd/log', 'zwei: Größe\n');
      expect(await files.read('/zd/log')).toBe('one\nzwei: Größe\n');
      expect(await world.attributes('/zd/log')).toMatchObject({ mode: 0o644 });
    });

    it('what cannot be appended to says which file and why', async () => {
      await files.makeDirectory('/zd/d');
      expect(await failure(files.append('/zd/d', ''))).toMatchObject({ facts: { path: '/zd/d', errno: 'EISDIR' } });
      expect(await failure(files.append('/zd/none/a', ''))).toMatchObject({
        code: 'file-system',
        facts: { path: '/zd/none/a', errno: 'ENOENT' },
      });
    });

    it('lines are read from where the last reading ended, and only whole ones', async () => {
      await files.append('/zd/log', 'one\nzwei: Größe\nthr');
      const first = await files.readLines('/zd/log');
      expect(first?.lines).toEqual(['one', 'zwei: Größe']);
      const second = await files.readLines('/zd/log', first?.place);
      expect(second).toEqual({ lines: [], place: first?.place });
      await files.append('/zd/log', 'ee\nfour\n');
      expect((await files.readLines('/zd/log', second?.place))?.lines).toEqual(['three', 'four']);
    });

    it('of a file that took the place of another all lines are read', async () => {
      await files.write('/zd/log', 'one\ntwo\n');
      const place = (await files.readLines('/zd/log'))?.place;
      await files.write('/zd/log', 'three\n');
      expect((await files.readLines('/zd/log', place))?.lines).toEqual(['three']);
    });

    it('of lines that are more than there is room for, those at the end are read, and the place is behind them', async () => {
      await files.append('/zd/log', 'one\ntwo\nthree\nfour\n');
      expect((await files.readLines('/zd/log', undefined, 12))?.lines).toEqual(['three', 'four']);
      const found = await files.readLines('/zd/log', undefined, 10);
      expect(found?.lines).toEqual(['four']);
      await files.append('/zd/log', 'five\n');
      expect((await files.readLines('/zd/log', found?.place, 12))?.lines).toEqual(['five']);
    });

    it('a line that is longer than there is room for is passed over', async () => {
      await files.append('/zd/log', `${'x'.repeat(40)}`);
      const found = await files.readLines('/zd/log', undefined, 12);
      expect(found?.lines).toEqual([]);
      await files.append('/zd/log', 'x\ntwo\n');
      expect((await files.readLines('/zd/log', found?.place, 12))?.lines).toEqual(['two']);
    });

    it('a file that is not there has no lines', async () => {
      expect(await files.readLines('/zd/none')).toBeUndefined();
    });

    it('a directory cannot be read as a file', async () => {
      expect(await failure(files.read('/zd'))).toMatchObject({ facts: { path: '/zd', errno: 'EISDIR' } });
    });

    it.each(['/zd/none', '/zd/none/none', '/zd/file/none', '/zd/dangling'])(
      '%s is not there, and that is no error',
      async path => {
        await files.write('/zd/file', '');
        await files.link('/zd/dangling', 'nowhere');
        expect([
          await files.read(path),
          await files.exists(path),
          await files.identity(path),
          await files.list(path),
        ]).toEqual([undefined, false, undefined, []]);
      },
    );

    it('a file that is no link, and one that is not there, lead nowhere', async () => {
      await files.write('/zd/file', '');
      expect(await files.readLink('/zd/file')).toBeUndefined();
      expect(await files.readLink('/zd/none')).toBeUndefined();
      expect(await files.readLink('/zd/file/none')).toBeUndefined();
    });

    it('a link takes the place of a link, and says where it leads as it was written', async () => {
      await files.link('/zd/current', 'releases/1');
      await files.link('/zd/current', 'releases/2');
      expect(await files.readLink('/zd/current')).toBe('releases/2');
      expect(await files.list('/zd')).toEqual(['current']);
    });

    it('a link is of the user who is named, else of whoever makes it, and has an inode of its own', async () => {
      const uid = process.getuid?.() ?? 0;
      await files.makeDirectory('/zd/releases');
      await files.link('/zd/current', 'releases', uid);
      const directory = await files.identity('/zd/releases');
      expect((await files.owner('/zd/current'))?.uid).toBe(uid);
      expect((await files.owner('/zd/current'))?.inode).not.toBe(directory?.inode);
      expect((await files.owner('/zd/releases'))?.inode).toBe(directory?.inode);
      expect(await files.owner('/zd/none')).toBeUndefined();
    });

    it('a link makes the directory that it lies in', async () => {
      await files.link('/zd/slots/1', '/srv/1');
      expect(await files.readLink('/zd/slots/1')).toBe('/srv/1');
    });

    it('a link does not take the place of a directory', async () => {
      await files.makeDirectory('/zd/d');
      expect(await failure(files.link('/zd/d', 'x'))).toMatchObject({ facts: { path: '/zd/d', errno: 'EISDIR' } });
      expect(await files.list('/zd')).toEqual(['d']);
    });

    it('all links are followed, those on the way too', async () => {
      await files.makeDirectory('/zd/releases/2');
      await files.write('/zd/releases/2/index.php', 'two');
      await files.link('/zd/last', 'releases/2');
      await files.link('/zd/current', 'last');
      expect(await files.read('/zd/current/index.php')).toBe('two');
      expect(await files.exists('/zd/current')).toBe(true);
      expect(await files.identity('/zd/current')).toEqual(await files.identity('/zd/releases/2'));
    });

    it('links in a circle are an error', async () => {
      await files.link('/zd/a', 'b');
      await files.link('/zd/b', 'a');
      expect(await failure(files.identity('/zd/a'))).toMatchObject({ facts: { path: '/zd/a', errno: 'ELOOP' } });
    });

    it('what is removed is gone, and removing it again is no error', async () => {
      await files.makeDirectory('/zd/d');
      await files.write('/zd/file', '');
      await files.link('/zd/link', 'd');
      for (const path of ['/zd/file', '/zd/link', '/zd/file', '/zd/none/none']) await files.remove(path);
      expect(await files.list('/zd')).toEqual(['d']);
    });

    it('a directory is not removed', async () => {
      await files.makeDirectory('/zd/d');
      expect(await failure(files.remove('/zd/d'))).toMatchObject({ facts: { path: '/zd/d', errno: 'EISDIR' } });
    });

    it('a directory is removed with all that is in it, and nothing else', async () => {
      await files.write('/zd/file', 'kept');
      await files.makeDirectory('/zd/d1');
      await files.makeDirectory('/zd/d/a/b');
      await files.write('/zd/d/a/b/file', '');
      await files.link('/zd/d/empty', 'nowhere');
      await files.removeTree('/zd/d');
      expect(await files.list('/zd')).toEqual(['d1', 'file']);
      expect(await files.exists('/zd/d/a/b/file')).toBe(false);
    });

    it('removing a directory that is not there is no error', async () => {
      for (const path of ['/zd/none', '/zd/none/none']) await files.removeTree(path);
      expect(await files.list('/zd')).toEqual([]);
    });

    it('what a link in a removed directory leads to stays, and so does what a removed link led to', async () => {
      await files.makeDirectory('/zd/release');
      await files.write('/zd/release/index.php', 'kept');
      await files.makeDirectory('/zd/generation');
      await files.link('/zd/generation/release', '../release');
      await files.link('/zd/link', 'release');
      for (const path of ['/zd/generation', '/zd/link']) await files.removeTree(path);
      expect(await files.list('/zd')).toEqual(['release']);
      expect(await files.read('/zd/release/index.php')).toBe('kept');
    });

    it('a directory is made with those above it, and one that is there stays as it is', async () => {
      await files.makeDirectory('/zd/a/b', 0o2777);
      await files.makeDirectory('/zd/a/b', 0o700);
      expect(await world.attributes('/zd/a/b')).toMatchObject({ mode: 0o2777 });
      expect(await world.attributes('/zd/a')).toMatchObject({ mode: 0o755 });
    });

    it('a file is in the way of a directory', async () => {
      await files.write('/zd/file', '');
      expect(await failure(files.makeDirectory('/zd/file'))).toMatchObject({
        facts: { path: '/zd/file', errno: 'EEXIST' },
      });
    });

    it('what a write or a link that was killed left is removed, and nothing else', async () => {
      const kept = ['1', '.hidden', 'x.new', '.0a1b2c3d4e5f', '.0a1b2c3d4e5f.new.bak', '.0A1B2C3D4E5F.new'];
      for (const name of kept) await files.write(`/zd/${name}`, '');
      await files.link(`/zd/.${NO_PID}.0a1b2c3d4e5f.new`, '1');
      await files.removeLeftovers('/zd');
      expect(await files.list('/zd')).toEqual(kept.sort());
    });

    it('in a directory that is not there nothing was left', async () => {
      await files.removeLeftovers('/zd/none');
      expect(await files.list('/zd')).toEqual([]);
    });

    it('names come sorted', async () => {
      for (const name of ['b', 'B', '10', '9']) await files.write(posix.join('/zd', name), '');
      expect(await files.list('/zd')).toEqual(['10', '9', 'B', 'b']);
    });

    it('a file that was written anew is another one', async () => {
      await files.write('/zd/a', '');
      const before = await files.identity('/zd/a');
      expect(await files.identity('/zd/a')).toEqual(before);
      await files.write('/zd/b', '');
      expect(await files.identity('/zd/b')).not.toEqual(before);
    });

    it('a process sees what is there for it, and one that is not there sees nothing', async () => {
      await files.makeDirectory('/zd/d');
      const path = world.inProcess('/zd/d');
      expect(await files.identityInProcess(world.pid, path)).toEqual(await files.identity('/zd/d'));
      expect(await files.identityInProcess(world.pid, `${path}/none`)).toBeUndefined();
      expect(await files.identityInProcess(NO_PID, path)).toBeUndefined();
    });
  });
};
