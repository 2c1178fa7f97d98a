import { describe, expect, it } from 'vitest';
import { makeClock } from '../../src/adapters/clock.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { failure } from '../fakes/failure.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

const clocks: readonly (readonly [string, Clock])[] = [
  ['of this host', makeClock()],
  ['in memory', new FakeClock()],
];

describe.each(clocks)('the clock: %s', (_, clock) => {
  it.each(['now', 'monotonicMs', 'uptimeMs'] as const)('time has passed after a sleep: %s', async reading => {
    const before = clock[reading]();
    await clock.sleep(20);
    expect(clock[reading]() - before).toBeGreaterThanOrEqual(reading === 'uptimeMs' ? 10 : 19); // a timer may fire within its last millisecond, and an uptime has hundredths
  });

  it('readings are whole milliseconds', () => {
    expect([clock.now(), clock.monotonicMs(), clock.uptimeMs()].every(Number.isInteger)).toBe(true);
  });

  it('the monotonic reading never goes back', async () => {
    const readings: number[] = [];
    for (let count = 0; count < 20; count += 1) {
      readings.push(clock.monotonicMs());
      await clock.sleep(1);
    }
    expect(readings).toEqual([...readings].sort((a, b) => a - b));
    expect(new Set(readings).size).toBeGreaterThan(1);
  });

  it('the outcome of work that ends in time is its own', async () => {
    expect(await clock.within('work', 10_000, Promise.resolve(7))).toBe(7);
    const failed = new Error('no');
    await expect(clock.within('work', 10_000, Promise.reject(failed))).rejects.toBe(failed);
  });

  it('work that takes longer than it may is not waited for', async () => {
    const cut = failure(clock.within('work', 20, new Promise(() => {})));
    await clock.sleep(30);
    expect(await cut).toMatchObject({ code: 'deadline', facts: { what: 'work', ms: 20 } });
  });

  it('whoever was told to stop before does not sleep', async () => {
    const signal = AbortSignal.abort('enough');
    expect(await failure(clock.sleep(1e9, signal))).toMatchObject({ code: 'aborted', cause: 'enough' });
  });
});

it('whoever is told to stop meanwhile wakes up', async () => {
  const control = new AbortController();
  const sleep = failure(makeClock().sleep(1e9, control.signal));
  control.abort('enough');
  expect(await sleep).toMatchObject({ code: 'aborted', cause: 'enough' });
});

// No test sets the clock of the host that it runs on: that a set clock moves one reading and not the other is shown in memory.
it.each([3_600_000, -3_600_000])('a wall clock that is set by %i ms leaves the other readings as they are', ms => {
  const clock = new FakeClock(1_000_000);
  const [before, up] = [clock.monotonicMs(), clock.uptimeMs()];
  clock.moveWallClock(ms);
  expect([clock.now(), clock.monotonicMs(), clock.uptimeMs()]).toEqual([1_000_000 + ms, before, up]);
  clock.advance(250);
  expect([clock.now(), clock.monotonicMs()]).toEqual([1_000_250 + ms, before + 250]);
});

it('the monotonic reading of this host is not the time of day', () => {
  expect(makeClock().monotonicMs()).toBeLessThan(Date.UTC(2020, 0));
});
