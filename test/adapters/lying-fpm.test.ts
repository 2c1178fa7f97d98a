import { afterEach, describe, expect, test } from 'vitest';
import { makePhpFpm } from '../../src/adapters/php-fpm.ts';
import { isError } from '../../src/base/errors.ts';
import { fpmQuestions } from './fpm-questions.ts';
import { LIES, type Lie, type LyingFpm, startLyingFpm } from './lying-fpm.ts';

const fpm = makePhpFpm();
const DEADLINE_MS = 2_000;
/** Of the processor's time, on a machine that has other things to do. An endless answer is read for a part of its deadline. */
const MOST_CPU_MS = 3_000;
/** Most of an answer that is kept, twice, and what the collector has not come to yet. */
const MOST_MEMORY_BYTES = 150 * 1024 * 1024;

let server: LyingFpm | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Whether a question comes to an end that its port names, what it took, and how long the event loop was away at most. */
const measure = async (question: () => Promise<unknown>) => {
  const [cpuBefore, memoryBefore, from] = [process.cpuUsage(), process.memoryUsage().rss, Date.now()];
  let [longestMs, tickedAt] = [0, Date.now()];
  const ticks = setInterval(() => {
    longestMs = Math.max(longestMs, Date.now() - tickedAt);
    tickedAt = Date.now();
  }, 10);
  const outcome = await question().then(
    () => 'answered',
    (error: unknown) => (isError(error) ? error.code : error),
  );
  clearInterval(ticks);
  const { user, system } = process.cpuUsage(cpuBefore);
  const memoryBytes = process.memoryUsage().rss - memoryBefore;
  return { outcome, ms: Date.now() - from, cpuMs: (user + system) / 1_000, memoryBytes, longestMs };
};

const questions = fpmQuestions(fpm, DEADLINE_MS);

describe('who answers with', () => {
  test.each(Object.keys(LIES) as Lie[])('%s costs whoever asks little, and no longer than a deadline', async lie => {
    server = await startLyingFpm(lie);
    const { path } = server;
    for (const ask of [questions.status, questions.request]) {
      const { outcome, ms, cpuMs, memoryBytes, longestMs } = await measure(() => ask(path));
      expect(['answered', 'fastcgi-broken', 'deadline']).toContain(outcome);
      expect(ms).toBeLessThan(2 * DEADLINE_MS);
      expect(cpuMs).toBeLessThan(MOST_CPU_MS);
      expect(memoryBytes).toBeLessThan(MOST_MEMORY_BYTES);
      expect(longestMs).toBeLessThan(2 * DEADLINE_MS);
    }
  });
});

describe('a status is none', () => {
  test.each<[Lie]>([
    ['counts that are Infinity'],
    ['counts below zero'],
    ['counts that are texts'],
    ['an endless answer'],
    ['empty records without end'],
  ])('when it is %s', async lie => {
    server = await startLyingFpm(lie);
    const { outcome } = await measure(() => questions.status(String(server?.path)));
    expect(outcome).toBe('fastcgi-broken');
  });
});

test('a text of a child is a text, whatever stands in its place', async () => {
  server = await startLyingFpm('a deep value in the place of a text');
  expect((await fpm.status(server.path, { deadlineMs: DEADLINE_MS })).processes).toMatchObject([
    { pid: 1, state: '-' },
  ]);
});
