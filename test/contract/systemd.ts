import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Systemd, UnitState } from '../../src/ports/systemd.ts';
import { failure } from '../fakes/failure.ts';
import type { Gate } from './gate.ts';

/**
 * A machine with these services, none of them started:
 * zd-good (can reload; comes back when it crashes), zd-plain (cannot reload), zd-part (is part of it), zd-stubborn (its reload fails), zd-once (a oneshot),
 * zd-failing (a oneshot that fails), zd-needy (requires it), zd-slow (a oneshot that stops at the gate), zd-masked,
 * zd-notify (sends what it is told as STATUS=), and the template zd-many@, with two drop-ins.
 */
export interface SystemdWorld {
  readonly systemd: Systemd;
  readonly version: number;
  readonly gate: Gate;
  /** Lets zd-notify send the text as its STATUS=. */
  say(status: string): Promise<void>;
  crash(unit: string): Promise<void>;
  /** Changes the unit's file. */
  edit(unit: string): Promise<void>;
  /** What `systemctl daemon-reexec` does, from the first instant to the last. */
  reexecute(): Promise<void>;
  /** The bus dies, and none takes its place before `restoreBus`. */
  loseBus(): Promise<void>;
  restoreBus(): Promise<void>;
  close(): Promise<void>;
}

const inactive: Partial<UnitState> = { activeState: 'inactive', subState: 'dead', mainPid: 0, activeSince: undefined };

export interface SystemdTraits {
  /** Whether what php-zd speaks by may go away while systemd stays. */
  readonly canBeLost: boolean;
}

export const describeSystemd = (
  name: string,
  makeWorld: () => Promise<SystemdWorld>,
  { canBeLost }: SystemdTraits,
): void => {
  describe(`systemd: ${name}`, () => {
    let world: SystemdWorld;
    let systemd: Systemd;
    const watches: AbortController[] = [];
    beforeAll(async () => {
      world = await makeWorld();
      systemd = world.systemd;
    });
    afterEach(() => {
      for (const watch of watches.splice(0)) watch.abort();
    });
    afterAll(() => world?.close());

    /** Watches a unit; `until` resolves with the first state, of those there were or will be, that fits. */
    const watch = (unit: string) => {
      const control = new AbortController();
      watches.push(control);
      const states: UnitState[] = [];
      let wake: () => void = () => {};
      const ended = systemd.watch(
        unit,
        state => {
          states.push(state);
          wake();
        },
        control.signal,
      );
      const until = (fits: (state: UnitState) => boolean): Promise<UnitState> => {
        const fitting = new Promise<UnitState>(resolve => {
          wake = () => {
            const found = states.find(fits);
            if (found) resolve(found);
          };
          wake();
        });
        return Promise.race([fitting, ended.then(() => Promise.reject(new Error('the watch ended')))]);
      };
      return { control, states, ended, until };
    };

    it('has a version', async () => {
      expect(await systemd.version()).toBe(world.version);
    });

    it('a unit that never ran is loaded and inactive', async () => {
      expect(await systemd.unit('zd-good.service')).toEqual({
        ...inactive,
        unit: 'zd-good.service',
        loadState: 'loaded',
        result: 'success',
        mainStatus: 0,
        invocationId: '',
        statusText: '',
        needDaemonReload: false,
        restarts: 0,
        controlPid: 0,
        memoryBytes: undefined,
        cpuMs: undefined,
        fragmentPath: '/run/systemd/system/zd-good.service',
      });
    });

    it('a unit has its drop-ins, in order, and one that does not exist has none', async () => {
      expect(await systemd.dropIns('zd-many@0.service')).toEqual([
        '/run/systemd/system/zd-many@.service.d/10-nice.conf',
        '/run/systemd/system/zd-many@.service.d/20-none.conf',
      ]);
      expect(await systemd.dropIns('zd-good.service')).toEqual([]);
      expect(await systemd.dropIns('zd-never.service')).toEqual([]);
    });

    it('a started unit is active when the start is through, and starting it again changes nothing', async () => {
      const before = Date.now();
      await systemd.start('zd-good.service');
      const state = await systemd.unit('zd-good.service');
      expect(state).toMatchObject({ activeState: 'active', subState: 'running', result: 'success' });
      expect(state.mainPid).toBeGreaterThan(1);
      expect(Math.abs((state.activeSince ?? 0) - before)).toBeLessThan(10_000);
      await systemd.start('zd-good.service');
      expect((await systemd.unit('zd-good.service')).mainPid).toBe(state.mainPid);
    });

    it('a state changes when a reload begins, and not when systemd reads its files', async () => {
      const before = await systemd.changedAt('zd-good.service');
      expect(before).toBeGreaterThan(0);
      await systemd.daemonReload();
      expect(await systemd.changedAt('zd-good.service')).toBe(before);
      await systemd.reload('zd-good.service');
      expect(await systemd.changedAt('zd-good.service')).toBeGreaterThan(before);
    });

    it('a reload keeps the process and its name in the journal, a restart brings others', async () => {
      const { mainPid, invocationId } = await systemd.unit('zd-good.service');
      expect(invocationId).toMatch(/^[\da-f]{32}$/);
      await systemd.reload('zd-good.service');
      expect(await systemd.unit('zd-good.service')).toMatchObject({ mainPid, invocationId });
      await systemd.restart('zd-good.service');
      const restarted = await systemd.unit('zd-good.service');
      expect(restarted.activeState).toBe('active');
      expect(restarted.mainPid).not.toBe(mainPid);
      expect(restarted.invocationId).not.toBe(invocationId);
    });

    it('a unit that crashes and comes back is seen, and its restart counted', async () => {
      const { until } = watch('zd-good.service');
      await until(state => state.activeState === 'active');
      await world.crash('zd-good.service');
      await until(state => state.restarts === 1 && state.activeState === 'active');
    });

    it('a stopped unit is inactive when the stop is through, and stopping it again is done at once', async () => {
      await systemd.stop('zd-good.service');
      expect(await systemd.unit('zd-good.service')).toMatchObject(inactive);
      await systemd.stop('zd-good.service');
    });

    it('a unit stops with the one that it is part of, unless that is stopped alone', async () => {
      const stateAfterStop = async (isAlone: boolean): Promise<string> => {
        await systemd.start('zd-plain.service');
        await systemd.start('zd-part.service');
        await systemd.stop('zd-plain.service', { isAlone });
        expect((await systemd.unit('zd-plain.service')).activeState).toBe('inactive');
        return (await systemd.unit('zd-part.service')).activeState;
      };
      expect([await stateAfterStop(true), await stateAfterStop(false)]).toEqual(['active', 'inactive']);
      await systemd.stop('zd-part.service');
    });

    it('a stop is done for a unit that there is, though nobody loaded it', async () => {
      await systemd.stop('zd-many@never.service');
    });

    it('a oneshot is through when it has run', async () => {
      await systemd.start('zd-once.service');
      expect(await systemd.unit('zd-once.service')).toMatchObject({ ...inactive, result: 'success' });
    });

    it('a start that fails says so, and the unit is failed until that is reset', async () => {
      expect(await failure(systemd.start('zd-failing.service'))).toMatchObject({
        code: 'job-failed',
        facts: { unit: 'zd-failing.service', job: 'start', result: 'failed' },
      });
      expect(await systemd.unit('zd-failing.service')).toMatchObject({
        activeState: 'failed',
        result: 'exit-code',
        mainStatus: 1,
      });
      await systemd.resetFailed('zd-failing.service');
      expect(await systemd.unit('zd-failing.service')).toMatchObject({ ...inactive, result: 'success' });
      await systemd.resetFailed('zd-none.service');
    });

    it('a start whose requirement fails says that', async () => {
      expect(await failure(systemd.restart('zd-needy.service'))).toMatchObject({
        code: 'job-failed',
        facts: { unit: 'zd-needy.service', job: 'restart', result: 'dependency' },
      });
    });

    it('a reload fails for a unit that is not active, whose reload fails, and that has none', async () => {
      expect(await failure(systemd.reload('zd-stubborn.service'))).toMatchObject({
        code: 'job-failed',
        facts: { unit: 'zd-stubborn.service', job: 'reload', result: 'invalid' },
      });
      await systemd.start('zd-stubborn.service');
      expect(await failure(systemd.reload('zd-stubborn.service'))).toMatchObject({
        code: 'job-failed',
        facts: { unit: 'zd-stubborn.service', job: 'reload', result: 'failed' },
      });
      expect((await systemd.unit('zd-stubborn.service')).activeState).toBe('active');
      expect(await systemd.lastReload('zd-stubborn.service')).toBe('exit-code');
      await systemd.start('zd-good.service');
      expect(await systemd.lastReload('zd-good.service')).toBe('success');
      await systemd.start('zd-plain.service');
      expect(await failure(systemd.reload('zd-plain.service'))).toMatchObject({
        code: 'systemd-refused',
        facts: { unit: 'zd-plain.service', name: 'org.freedesktop.systemd1.JobTypeNotApplicable' },
      });
    });

    it.each(['start', 'stop', 'restart', 'reload'] as const)('%s of a unit that there is not says so', async job => {
      expect(await failure(systemd[job]('zd-none.service'))).toMatchObject({
        code: 'unit-unknown',
        facts: { unit: 'zd-none.service' },
      });
    });

    it('a unit that there is not has a state that says so', async () => {
      const state = { ...inactive, unit: 'zd-none.service', loadState: 'not-found', fragmentPath: '' };
      expect(await systemd.unit('zd-none.service')).toMatchObject(state);
    });

    it('a masked unit does not start', async () => {
      expect((await systemd.unit('zd-masked.service')).loadState).toBe('masked');
      expect(await systemd.fileState('zd-masked.service')).toBe('masked-runtime');
      expect(await systemd.fileState('zd-good.service')).toBe('static');
      expect(await systemd.fileState('zd-many@7.service')).toBe('static');
      expect(await systemd.fileState('zd-none.service')).toBe('not-found');
      expect(await failure(systemd.start('zd-masked.service'))).toMatchObject({
        code: 'unit-masked',
        facts: { unit: 'zd-masked.service' },
      });
    });

    it('a name that is none is refused', async () => {
      expect(await failure(systemd.start('a b.service'))).toMatchObject({
        code: 'systemd-refused',
        facts: { unit: 'a b.service', name: 'org.freedesktop.DBus.Error.InvalidArgs' },
      });
    });

    it('instances in memory are found by a pattern', async () => {
      await Promise.all(['2', '10', '1'].map(instance => systemd.start(`zd-many@${instance}.service`)));
      const found = ['zd-many@1.service', 'zd-many@10.service', 'zd-many@2.service'];
      expect(await systemd.units('zd-many@*.service')).toEqual(found);
      expect(await systemd.units('zd-many@?.service')).toEqual(found.filter(unit => !unit.includes('10')));
      expect(await systemd.units('zd-none@*')).toEqual([]);
    });

    it('a glance has every unit of its patterns that is not inactive, once, with its main process', async () => {
      await systemd.start('zd-good.service');
      await failure(systemd.start('zd-failing.service'));
      const { mainPid } = await systemd.unit('zd-good.service');
      const good = { unit: 'zd-good.service', loadState: 'loaded', activeState: 'active', mainPid };
      expect(mainPid).toBeGreaterThan(0);
      expect(
        await systemd.glance(['zd-good.service', 'zd-g*', 'zd-fail*.service', 'zd-once.service', 'zd-no*']),
      ).toEqual([{ unit: 'zd-failing.service', loadState: 'loaded', activeState: 'failed', mainPid: 0 }, good]);
      await systemd.resetFailed('zd-failing.service');
      await systemd.stop('zd-good.service');
      expect(await systemd.glance(['zd-good.service'])).toEqual([]);
    });

    it('the last start of a unit is what its state says too', async () => {
      await systemd.start('zd-good.service');
      for (const unit of ['zd-good.service', 'zd-once.service', 'zd-none.service']) {
        const { mainPid, invocationId, activeSince } = await systemd.unit(unit);
        expect(await systemd.lastStart(unit)).toEqual({ mainPid, invocationId, activeSince });
      }
    });

    it('the active state of a unit is what its state says too', async () => {
      await systemd.start('zd-good.service');
      for (const unit of ['zd-good.service', 'zd-once.service', 'zd-none.service']) {
        expect(await systemd.activeState(unit)).toBe((await systemd.unit(unit)).activeState);
      }
      expect(await systemd.activeState('zd-good.service')).toBe('active');
      await systemd.stop('zd-good.service');
    });

    it('the usage of a service is what its state says too, and why it ended', async () => {
      await systemd.start('zd-good.service');
      const { activeSince, restarts, result } = await systemd.unit('zd-good.service');
      expect(await systemd.usage('zd-good.service')).toMatchObject({ activeSince, restarts, result });
      await systemd.stop('zd-good.service');
      await failure(systemd.start('zd-failing.service'));
      expect(await systemd.usage('zd-failing.service')).toMatchObject({ result: 'exit-code', activeSince: undefined });
      await systemd.resetFailed('zd-failing.service');
    });

    it.each([
      ['9 is killed', 9, { activeState: 'failed', result: 'signal', mainStatus: 9 }],
      ['15 ends', 15, { activeState: 'inactive', result: 'success' }],
    ])('a main process that gets signal %s, and its unit with it', async (_, signal, end) => {
      const unit = 'zd-many@signal.service';
      await systemd.start(unit);
      const { until } = watch(unit);
      await until(state => state.activeState === 'active');
      await systemd.kill(unit, signal);
      expect(await until(state => state.mainPid === 0)).toMatchObject(end);
      await systemd.resetFailed(unit);
    });

    it('a signal that means nothing to a process leaves it as it is', async () => {
      const { mainPid } = await systemd.unit('zd-many@1.service');
      await systemd.kill('zd-many@1.service', 18);
      expect(await systemd.unit('zd-many@1.service')).toMatchObject({ activeState: 'active', mainPid });
    });

    it('a signal for a unit that does not run, that never ran and that there is not goes nowhere', async () => {
      for (const unit of ['zd-once.service', 'zd-many@never.service', 'zd-none.service']) await systemd.kill(unit, 9);
    });

    it('a start that nobody waits for any more goes on', async () => {
      const control = new AbortController();
      const start = failure(systemd.start('zd-slow.service', { signal: control.signal }));
      await world.gate.arrived(1);
      control.abort('enough');
      expect(await start).toMatchObject({ code: 'aborted', cause: 'enough' });
      expect(await failure(systemd.start('zd-slow.service', { deadlineMs: 20 }))).toMatchObject({
        code: 'deadline',
        facts: { unit: 'zd-slow.service', ms: 20 },
      });
      expect((await systemd.unit('zd-slow.service')).activeState).toBe('activating');
      const { until } = watch('zd-slow.service');
      await until(state => state.activeState === 'activating');
      world.gate.open();
      await until(state => state.activeState === 'inactive' && state.result === 'success');
    });

    it('a start that nobody waits for is through when systemd has it, however it ends', async () => {
      await systemd.start('zd-slow.service', { until: 'queued' });
      await world.gate.arrived(1);
      const { until } = watch('zd-slow.service');
      await until(state => state.activeState === 'activating');
      world.gate.open();
      await until(state => state.activeState === 'inactive' && state.result === 'success');
      await systemd.start('zd-failing.service', { until: 'queued' });
      await watch('zd-failing.service').until(state => state.activeState === 'failed');
      await systemd.resetFailed('zd-failing.service');
      const unknown = failure(systemd.start('zd-none.service', { until: 'queued' }));
      expect(await unknown).toMatchObject({ code: 'unit-unknown' });
    });

    it('a start that was aborted before does not happen', async () => {
      const start = systemd.start('zd-good.service', { signal: AbortSignal.abort() });
      expect(await failure(start)).toMatchObject({ code: 'aborted' });
      expect((await systemd.unit('zd-good.service')).activeState).toBe('inactive');
    });

    it('a stop cancels a start that is under way', async () => {
      const start = failure(systemd.start('zd-slow.service'));
      await world.gate.arrived(1);
      await systemd.stop('zd-slow.service');
      expect(await start).toMatchObject({
        code: 'job-failed',
        facts: { unit: 'zd-slow.service', job: 'start', result: 'canceled' },
      });
      world.gate.open();
    });

    it('a changed unit file shows until systemd reads it', async () => {
      await systemd.start('zd-good.service');
      await world.edit('zd-good.service');
      expect((await systemd.unit('zd-good.service')).needDaemonReload).toBe(true);
      expect(await systemd.stale(['zd-g*.service', 'zd-none.service'])).toEqual(['zd-good.service']);
      await systemd.daemonReload();
      expect((await systemd.unit('zd-good.service')).needDaemonReload).toBe(false);
      expect(await systemd.stale(['zd-g*.service'])).toEqual([]);
      await systemd.stop('zd-good.service');
    });

    it('a watch tells the state as it is, each change once, and ends with its signal', async () => {
      const { control, states, ended, until } = watch('zd-good.service');
      await until(state => state.activeState === 'inactive');
      await systemd.start('zd-good.service');
      await until(state => state.activeState === 'active');
      await systemd.stop('zd-good.service');
      await until(state => states.indexOf(state) > 0 && state.activeState === 'inactive');
      const texts = states.map(state => JSON.stringify({ ...state, memoryBytes: 0, cpuMs: 0 }));
      expect(texts.filter((text, index) => text === texts[index - 1])).toEqual([]);
      control.abort();
      await ended;
    });

    it('a watch tells of a unit that was not in memory', async () => {
      const { until } = watch('zd-many@new.service');
      await until(state => state.activeState === 'inactive');
      await systemd.start('zd-many@new.service');
      await until(state => state.activeState === 'active');
    });

    it('a watch ends with what its listener throws', async () => {
      const bug = new Error('bug');
      const ended = systemd.watch(
        'zd-good.service',
        () => {
          throw bug;
        },
        new AbortController().signal,
      );
      await expect(ended).rejects.toBe(bug);
    });

    it('a watch that was aborted before tells nothing', async () => {
      const told = () => {
        throw new Error('told');
      };
      await systemd.watch('zd-good.service', told, AbortSignal.abort());
    });

    it('a watch sees each STATUS=, also after a daemon-reload and a daemon-reexec', async () => {
      await systemd.start('zd-notify.service');
      const { until } = watch('zd-notify.service');
      await until(state => state.activeState === 'active');
      await world.say('one of 3');
      await until(state => state.statusText === 'one of 3');
      await systemd.daemonReload();
      await world.say('two of 3');
      await until(state => state.statusText === 'two of 3');
      await world.reexecute();
      await world.say('drei von 3: größer');
      await until(state => state.statusText === 'drei von 3: größer');
    });

    it('a job survives a daemon-reexec, and may end after it or in it', async () => {
      const after = systemd.start('zd-slow.service');
      await world.gate.arrived(1);
      await world.reexecute();
      world.gate.open();
      await after;
      const during = systemd.start('zd-slow.service');
      await world.gate.arrived(1);
      const reexecuted = world.reexecute();
      world.gate.open();
      await Promise.all([during, reexecuted]);
    });

    it('what is asked in the middle of a daemon-reexec is answered after it', async () => {
      const reexecuted = world.reexecute();
      let isOver = false;
      reexecuted.then(
        () => {
          isOver = true;
        },
        () => {},
      );
      do {
        await systemd.restart('zd-plain.service');
        expect((await systemd.unit('zd-plain.service')).activeState).toBe('active');
      } while (!isOver);
      await reexecuted;
    });

    if (canBeLost)
      it('whoever waits learns at once that the bus is gone, who comes later too, and who comes when it is back does not', async () => {
        const start = failure(systemd.start('zd-slow.service'));
        const { until, ended } = watch('zd-notify.service');
        const watching = failure(ended);
        await until(() => true);
        await world.gate.arrived(1);
        await world.loseBus();
        expect(await start).toMatchObject({ code: 'bus-unavailable' });
        expect(await watching).toMatchObject({ code: 'bus-unavailable' });
        expect(await failure(systemd.unit('zd-good.service'))).toMatchObject({ code: 'bus-unavailable' });
        expect(await failure(systemd.stop('zd-good.service'))).toMatchObject({ code: 'bus-unavailable' });
        await world.restoreBus();
        await systemd.restart('zd-good.service');
        await watch('zd-good.service').until(state => state.activeState === 'active');
        world.gate.open();
      });

    it('once closed it is of no use', async () => {
      const watching = failure(watch('zd-good.service').ended);
      await systemd.unit('zd-good.service');
      systemd.close();
      expect(await watching).toMatchObject({ code: 'bus-unavailable', facts: { reason: 'closed' } });
      expect(await failure(systemd.version())).toMatchObject({ code: 'bus-unavailable', facts: { reason: 'closed' } });
    });
  });
};
