import { expect, test } from 'vitest';
import { countOutcome, type Report, renderCounts } from './count.ts';

const report = (...statuses: readonly string[]): Report => ({
  testResults: [
    {
      name: 'test/a.test.ts',
      status: statuses.includes('failed') ? 'failed' : 'passed',
      assertionResults: statuses.map((status, i) => ({
        fullName: `test ${i + 1}`,
        status,
      })),
    },
  ],
});

test.each([
  ['all that passed is counted', report('passed', 'passed'), 0, 2, []],
  ['a failed test is named', report('passed', 'failed'), 1, 1, ['unit: test/a.test.ts: test 2 (failed)']],
  [
    'a failed test says why, without where',
    {
      testResults: [
        {
          name: 'test/a.test.ts',
          status: 'failed',
          assertionResults: [
            {
              fullName: 'rolls',
              status: 'failed',
              failureMessages: [
                'AssertionError: \u001b[31mlost 1\u001b[39m of 20\n\n    at /a.ts:3:4\n    at run (b.ts:1:2)',
              ],
            },
          ],
        },
      ],
    },
    1,
    0,
    ['unit: test/a.test.ts: rolls (failed)\n    AssertionError: lost 1 of 20'],
  ],
  ['a skipped test has failed', report('passed', 'skipped'), 0, 1, ['unit: test/a.test.ts: test 2 (skipped)']],
  ['a test still to be written has failed', report('todo'), 0, 0, ['unit: test/a.test.ts: test 1 (todo)']],
  ['a project without tests has failed', { testResults: [] }, 0, 0, ['unit: no test ran']],
  ['a crash is a failure', undefined, 'SIGSEGV', 0, ['unit: vitest ended with SIGSEGV and no report']],
  [
    'a file that does not load has failed',
    {
      testResults: [
        {
          name: 'test/a.test.ts',
          status: 'failed',
          message: 'No such module\nat ...',
          assertionResults: [],
        },
      ],
    },
    1,
    0,
    ['unit: test/a.test.ts: No such module'],
  ],
  [
    'an error outside of the tests is a failure',
    report('passed'),
    1,
    1,
    ['unit: vitest ended with 1, outside of the tests'],
  ],
] as const)('%s', (_title, written, ended, passed, failures) => {
  expect(countOutcome({ project: 'unit', report: written, ended })).toEqual({
    passed,
    failures,
  });
});

test('a run ends with one line that sums all projects', () => {
  const counts = new Map([
    ['unit', { passed: 3, failures: [] }],
    ['system', { passed: 1, failures: ['system: test/b.test.ts: rolls (failed)'] }],
  ]);
  expect(renderCounts(counts)).toBe(
    [
      'Not passed:',
      '  system: test/b.test.ts: rolls (failed)',
      'unit: 3 of 3 passed',
      'system: 1 of 2 passed',
      '4 passed, 1 failed',
    ].join('\n'),
  );
});
