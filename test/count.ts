import { stripVTControlCharacters } from 'node:util';

/** The outcome of a vitest project. A failure is a line that names the test, and lines of what it said. */
export interface Count {
  readonly passed: number;
  readonly failures: readonly string[];
}

/** The part of vitest's JSON report that is counted. */
export interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

export interface Outcome {
  readonly project: string;
  /** What vitest wrote; undefined when it wrote none. */
  readonly report: Report | undefined;
  /** How vitest ended: its exit status, or a signal's name. */
  readonly ended: number | string;
}

/** A test that did not pass has failed: a skipped one hides a missing part, and a project without tests hides all parts. */
export function countOutcome({ project, report, ended }: Outcome): Count {
  if (report === undefined)
    return {
      passed: 0,
      failures: [`${project}: vitest ended with ${ended} and no report`],
    };
  const tests = report.testResults.flatMap(file => file.assertionResults.map(test => ({ file: file.name, ...test })));
  const failures = [
    ...tests
      .filter(test => test.status !== 'passed')
      .map(test => [`${project}: ${test.file}: ${test.fullName} (${test.status})`, ...said(test)].join('\n')),
    // A file that does not load, or whose hook fails, may have no failed test of its own.
    ...report.testResults
      .filter(file => file.status !== 'passed' && !file.assertionResults.some(test => test.status === 'failed'))
      .map(file => `${project}: ${file.name}: ${firstLine(file.message) || file.status}`),
  ];
  if (tests.length === 0 && failures.length === 0) failures.push(`${project}: no test ran`);
  if (ended !== 0 && failures.length === 0)
    failures.push(`${project}: vitest ended with ${ended}, outside of the tests`);
  return {
    passed: tests.filter(test => test.status === 'passed').length,
    failures,
  };
}

/** The most of what a failure says that is said again at the end, where a log that was cut still has it. */
const MOST_LINES = 12;
const MOST_COLUMNS = 300;

/** What a failed test said, without where in the code, which is above. */
const said = ({ failureMessages = [] }: { readonly failureMessages?: readonly string[] }): readonly string[] =>
  failureMessages
    .flatMap(message => stripVTControlCharacters(message).split('\n'))
    .filter(line => line.trim() !== '' && !/^ {4}at /.test(line))
    .slice(0, MOST_LINES)
    .map(line => `    ${line.slice(0, MOST_COLUMNS)}`);

const firstLine = (text = '') => text.split('\n', 1)[0];

/** The lines that end a run; the last one is for programs, too. */
export function renderCounts(counts: ReadonlyMap<string, Count>): string {
  const all = [...counts.values()];
  const failures = all.flatMap(count => count.failures);
  return [
    ...(failures.length > 0 ? ['Not passed:', ...failures.map(failure => `  ${failure}`)] : []),
    ...[...counts].map(
      ([project, { passed, failures }]) => `${project}: ${passed} of ${passed + failures.length} passed`,
    ),
    `${all.reduce((sum, count) => sum + count.passed, 0)} passed, ${failures.length} failed`,
  ].join('\n');
}
