import { beforeEach, describe, expect, test } from 'vitest';
import { pinnedSlots } from '../../../src/run/generation/slot-numbers.ts';
import { glanceAtHost } from '../../../src/run/observe/host-glance.ts';
import { knownSlots } from '../../../src/run/observe/known-slots.ts';
import { observeStatus } from '../../../src/run/observe/status.ts';
import { observeNeeds, usesOf } from '../../../src/run/releases/needs.ts';
import { requireReplica } from '../../../src/run/replica/by-hand.ts';
import { namedRun } from '../../../src/run/site/site-run.ts';
import { releaseIdleSlots } from '../../../src/run/slots/release-idle-slots.ts';
import { failure } from '../../fakes/failure.ts';
import { paths, release, World } from '../world.ts';

/** A link and a file that a process was killed over, before they came to their place. */
const NAMES = ['.4000000.0a1b2c3d4e5f.new'];

let world: World;
beforeEach(async () => {
  world = await World.serving();
  const promoted = (await world.files.readLink(paths.promoted)) ?? '';
  for (const name of NAMES) {
    await world.files.link(`${paths.pins}/${name}`, `../${promoted}`);
    await world.files.write(`${paths.slotHolds}/${name}`, 'parked\n');
    await world.files.link(`${paths.gates}/${name}`, '../1');
    await world.files.write(`${paths.state}/${name}`, '{');
  }
});

const run = () => namedRun('shop', world.ports, world.emit);

describe('what a killed write left beside the pins and the holds of slots', () => {
  test('is no server of the balancer, and no directory of a replica', async () => {
    await world.configure({ more: '[env]\nA = b\n' });
    await world.roll();
    const config = (await world.files.read(paths.balancerConfig)) ?? '';
    const servers = [...config.matchAll(/^ {2}server (\S+) /gm)].map(([, name]) => name);
    expect(servers.slice(-4)).toEqual(['1', '2', '3', '4']);
    expect(`${config}${await world.files.read(paths.tmpfiles)}`).not.toContain('NaN');
    expect(await world.picture()).toEqual(['3: 41 UP', '4: 41 UP']);
  });

  test('is no replica in a status', async () => {
    const host = await glanceAtHost(world.ports, ['shop']);
    const { replicas } = await observeStatus(run(), host, { isDetailed: true });
    expect(replicas.map(({ slot }) => slot)).toEqual([1, 2]);
  });

  test('is no slot that anybody knows, and nobody is asked about it', async () => {
    world.forget();
    expect(await knownSlots(world.ports, 'shop')).toEqual([1, 2, 3, 4]);
    expect(await pinnedSlots(run())).toEqual([1, 2]);
    await releaseIdleSlots(run(), []);
    expect(world.systemd.asked.filter(asked => asked.includes('NaN'))).toEqual([]);
    expect(
      (await usesOf(world.ports, await observeNeeds(world.ports), [release('41')])).map(({ slot }) => slot),
    ).not.toContain(Number.NaN);
    expect(await failure(requireReplica(run(), 7))).toMatchObject({
      facts: { reason: { kind: 'absent', present: [1, 2] } },
    });
  });

  test('is gone after a settle, which parks and releases nothing for it', async () => {
    world.forget();
    await world.settle();
    expect(world.systemd.asked.filter(asked => asked.includes('NaN'))).toEqual([]);
    expect(await world.files.list(paths.pins)).toEqual(['1', '2']);
    expect(await world.files.list(paths.slotHolds)).toEqual([]);
    expect(await world.files.list(paths.gates)).toEqual(['1', '2']);
    expect((await world.files.list(paths.state)).filter(name => name.endsWith('.new'))).toEqual([]);
    expect(await world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
  });
});
