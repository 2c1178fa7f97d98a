import { expect, test } from 'vitest';
import { type Account, renderAccount, startMeter } from './spent.ts';

const account: Account = {
  before: 41_230,
  roots: 65_000,
  projects: new Map([
    ['unit', { wallMs: 15_300, cpuMs: 18_000 }],
    ['system', { wallMs: 300_000, cpuMs: 512_345 }],
  ]),
  files: Array.from({ length: 12 }, (_, index) => ({ file: `test/${index}.test.ts`, ms: 1000 * index })),
  boots: [1000, 1500],
};

test('the account of a run names its parts, and the ten slowest files', () => {
  expect(renderAccount(account)).toBe(`Where the time went:
    41.2 s packages and build
    65.0 s roots of the machines, beside the first project
    15.3 s unit, 18.0 s of CPU
   300.0 s system, 512.3 s of CPU
     2.5 s of that 2 boots, several at once
  the slowest files, with their machines:
    11.0 s test/11.test.ts
    10.0 s test/10.test.ts
     9.0 s test/9.test.ts
     8.0 s test/8.test.ts
     7.0 s test/7.test.ts
     6.0 s test/6.test.ts
     5.0 s test/5.test.ts
     4.0 s test/4.test.ts
     3.0 s test/3.test.ts
     2.0 s test/2.test.ts`);
});

test('what was not there takes no line', () => {
  expect(
    renderAccount({ before: undefined, roots: undefined, projects: new Map(), files: [], boots: [] }),
  ).toBe(`Where the time went:
  the slowest files, with their machines:`);
});

test('a meter tells the time since it was started, and what the cores did in it', () => {
  const meter = startMeter();
  const end = performance.now() + 50;
  while (performance.now() < end);
  const { wallMs, cpuMs } = meter();
  expect(wallMs).toBeGreaterThanOrEqual(50);
  // The kernel counts in hundredths of a second.
  expect(cpuMs).toBeGreaterThanOrEqual(30);
});
