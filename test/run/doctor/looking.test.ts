import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { replicaUnit } from '../../../src/base/paths.ts';
import { lookingPorts } from '../../../src/run/doctor/looking.ts';
import { replacedFiles } from '../../../src/run/observe/replaced-files.ts';
import { World } from '../world.ts';

// One of the operator's own.
const PHP = '/opt/own/sbin/fpm-8.2';
const line = (path: string, at = '00000000') => `7f00-7f01 r--p ${at} 00:137 16131408                  ${path}\n`;

/** Eight replicas with the process N + 100 each, and their maps as a host has them, which grep(1) itself reads. */
const manyReplicas = async (maps: (pid: number) => string) => {
  const world = await World.serving();
  const pids = Array.from({ length: 8 }, (_, index) => 100 + index);
  const units = pids.map(pid => ({
    unit: replicaUnit('shop', pid),
    loadState: 'loaded',
    activeState: 'active',
    mainPid: pid,
  }));
  world.systemd.glance = async () => units;
  const proc = mkdtempSync(join(tmpdir(), 'maps-'));
  onTestFinished(() => rmSync(proc, { recursive: true }));
  for (const pid of pids) writeFileSync(join(proc, `${pid}`), maps(pid));
  const asked: string[] = [];
  world.commands.programs.set('grep', ({ args }) => {
    asked.push('grep');
    const here = args.map(arg => arg.replace(/^\/proc\/(\d+)\/maps$/, `${proc}/$1`));
    return execFileSync('grep', here, { encoding: 'utf8' }).replaceAll(
      new RegExp(`^${proc}/(\\d+):`, 'gm'),
      '/proc/$1/maps:',
    );
  });
  world.files.read = async path => {
    asked.push(path);
    return maps(Number(path.split('/')[2]));
  };
  return { ports: lookingPorts(world.ports), pids, asked, world };
};

test('the maps of many replicas are read by one program, and say what was replaced of each', async () => {
  const { ports, pids, asked } = await manyReplicas(pid =>
    [
      line(PHP),
      line(PHP, '0006b000'),
      line('/dev/zero (deleted)'),
      line(`/usr/lib/php/20220829/a.so${pid === 103 ? ' (deleted)' : ''}`),
      line('/usr/lib/x86_64-linux-gnu/libz.so.1'),
    ].join(''),
  );
  const found = await Promise.all(pids.map(pid => replacedFiles(ports, pid)));
  expect(found).toEqual(pids.map(pid => (pid === 103 ? ['/usr/lib/php/20220829/a.so'] : [])));
  expect(asked).toEqual(['grep']);
  // Where PHP itself begins and its extensions do, and nothing that nobody looks for.
  expect(await ports.files.read('/proc/103/maps')).toBe(`${line(PHP)}${line('/usr/lib/php/20220829/a.so (deleted)')}`);
});

test('one that the program could not read is read by itself', async () => {
  const { ports, asked, world } = await manyReplicas(() => line('/usr/lib/libz.so (deleted)'));
  world.commands.programs.set('grep', () => ({ status: 2, output: '' }));
  expect(await replacedFiles(ports, 104)).toEqual(['/usr/lib/libz.so']);
  expect(asked).toEqual(['/proc/104/maps']);
});
