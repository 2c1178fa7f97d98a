import { expect } from 'vitest';
import type { LoadReport, Sample } from '../load/report.ts';
import { type LoadOptions, underLoad } from '../load/start.ts';
import { expectServing } from './expect.ts';
import type { Scene } from './scene.ts';
import type { Stand } from './stand.ts';

/** A roll that something befalls while it stands. */
export interface MidRoll {
  readonly old: string;
  readonly next: string;
  readonly report: LoadReport;
  readonly isThrough: boolean;
}

export interface Befall {
  readonly load: LoadOptions;
  readonly makeStand: (scene: Scene) => Promise<Stand>;
  readonly fault: (scene: Scene) => Promise<unknown>;
}

/**
 * The roll ends by itself after it, and all replicas are on the one release or all on the other (P4), as is said. Nobody waits for
 * its job: what befalls the bus or systemd itself befalls whoever waits there too.
 */
export const befallRoll = async (scene: Scene, { load, makeStand, fault }: Befall): Promise<MidRoll> => {
  const { machine, site, journal } = scene;
  const old = await site.promoted();
  const next = await site.release();
  const stand = await makeStand(scene);
  const mark = journal.mark();
  let isThrough = false;
  const report = await underLoad(machine, load, async ({ round }) => {
    await site.flip(next);
    await machine.run('systemctl', 'reload', '--no-block', `php-zd@${site.name}`);
    await stand.reached();
    await fault(scene);
    await round();
    await stand.open();
    const { PHP_ZD_EVENT: end } = await journal.await({ PHP_ZD_EVENT: /^(roll-done|rolled-back|unsettled)$/ }, mark);
    isThrough = end === 'roll-done';
    await awaitReloaded(scene);
    await expectServing(site, isThrough ? next : old);
  });
  return { old, next, report, isThrough };
};

/** The unit has nothing to do any more. */
const awaitReloaded = async ({ machine, site }: Scene): Promise<void> => {
  const show = ['show', '--property=ActiveState', '--value', `php-zd@${site.name}`] as const;
  await expect.poll(() => machine.run('systemctl', ...show), { timeout: 20_000 }).toBe('active\n');
};

/** Whatever befell the one before it. */
export const expectNextRoll = async ({ machine, site }: Scene): Promise<void> => {
  const next = await site.release();
  await site.flip(next);
  expect(await machine.ask('systemctl', 'reload', `php-zd@${site.name}`)).toMatchObject({ status: 0 });
  await expectServing(site, next);
};

/** Milliseconds since 1970. */
interface Window {
  readonly from: number;
  readonly to: number;
}

export const overlaps = ({ startedAt, endedAt }: Sample, { from, to }: Window): boolean =>
  startedAt <= to && endedAt >= from;
