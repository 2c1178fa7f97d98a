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
  it('time has passed after a sleep', async () => {
    const before = clock.now();
    await clock.sleep(20);
    expect(clock.now() - before).toBeGreaterThanOrEqual(19); // a timer may fire within its last millisecond
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
