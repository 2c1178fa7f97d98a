import { expect, test } from 'vitest';
import { notInTime, poll } from '../../../src/run/ask/poll.ts';
import { failure } from '../../fakes/failure.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

const NEVER = async () => undefined;

/** A question that notes when it was asked, since the beginning. */
const asks = (clock: FakeClock) => {
  const startedAt = clock.monotonicMs();
  const times: number[] = [];
  return { times, note: () => void times.push(clock.monotonicMs() - startedAt) };
};

test('the first answer is taken, and nobody asks again', async () => {
  const clock = new FakeClock();
  const { times, note } = asks(clock);
  const options = { intervalMs: 20, deadlineMs: 1_000, atDeadline: notInTime('an answer') };
  const ask = async () => {
    note();
    return times.length === 3 ? 'yes' : undefined;
  };
  expect(await poll(clock, options, ask)).toBe('yes');
  expect(times).toEqual([0, 20, 40]);
});

test('false, 0 and the empty text are answers', async () => {
  const options = { intervalMs: 20, deadlineMs: 1_000, atDeadline: notInTime('an answer') };
  const answers = await Promise.all([false, 0, ''].map(each => poll(new FakeClock(), options, async () => each)));
  expect(answers).toEqual([false, 0, '']);
});

test('at the deadline it is asked once more, and then what the asker says of it counts', async () => {
  const clock = new FakeClock();
  const { times, note } = asks(clock);
  const options = { intervalMs: 400, deadlineMs: 1_000, atDeadline: (waitedMs: number) => `after ${waitedMs}` };
  expect(await poll(clock, options, async () => note() as undefined)).toBe('after 1200');
  expect(times).toEqual([0, 400, 800, 1_200]);
});

test('even with no time at all it is asked once', async () => {
  const options = { intervalMs: 20, deadlineMs: 0, atDeadline: notInTime('an answer') };
  expect(await poll(new FakeClock(), options, async () => 'at once')).toBe('at once');
  expect(await failure(poll(new FakeClock(), options, NEVER))).toMatchObject({ code: 'deadline' });
});

test('what nobody has more to say of says what was awaited, and for how long', async () => {
  const options = { intervalMs: 100, deadlineMs: 1_000, atDeadline: notInTime('the moon') };
  expect(await failure(poll(new FakeClock(), options, NEVER))).toMatchObject({
    code: 'deadline',
    facts: { what: 'the moon', ms: 1_000 },
  });
});

test('what an ask throws ends it', async () => {
  const options = { intervalMs: 100, deadlineMs: 1_000, atDeadline: notInTime('the moon') };
  const ask = () => Promise.reject(new TypeError('a bug'));
  await expect(poll(new FakeClock(), options, ask)).rejects.toThrow('a bug');
});

test.each([
  ['forward', 3_600_000],
  ['back', -3_600_000],
])('a wall clock that is set %s by an hour changes neither how often nor how long it is asked', async (_, ms) => {
  const clock = new FakeClock(1_000_000);
  const { times, note } = asks(clock);
  clock.onSleep = () => {
    if (times.length === 2) clock.moveWallClock(ms);
  };
  const options = { intervalMs: 250, deadlineMs: 1_000, atDeadline: (waitedMs: number) => waitedMs };
  expect(await poll(clock, options, async () => note() as undefined)).toBe(1_000);
  expect(times).toEqual([0, 250, 500, 750, 1_000]);
});
