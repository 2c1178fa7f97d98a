/**
 * run.ts PROJECT...: runs these projects of vitest, one after the other (the fast ones first, none beside a loaded machine),
 * and ends with the line `N passed, N failed` over all of them. Status 0 only when something ran and all of it passed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Count, countOutcome, type Outcome, type Report, renderCounts } from './count.ts';

const tree = fileURLToPath(new URL('..', import.meta.url));

async function runProject(project: string, scratch: string): Promise<Outcome> {
  const reportPath = join(scratch, `${project}.json`);
  const vitest = spawn(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      ...['run', '--config', 'test/vitest.config.ts', '--project', project],
      ...['--reporter', 'default', '--reporter', 'json', `--outputFile.json=${reportPath}`],
    ],
    { cwd: tree, stdio: 'inherit' },
  );
  const [status, signal] = (await once(vitest, 'close')) as [number | null, NodeJS.Signals | null];
  return {
    project,
    report: await readReport(reportPath),
    ended: status ?? signal ?? 'no status',
  };
}

async function readReport(path: string): Promise<Report | undefined> {
  try {
    const report: Report = JSON.parse(await readFile(path, 'utf8'));
    return {
      testResults: report.testResults.map(file => ({
        ...file,
        name: relative(tree, file.name),
      })),
    };
  } catch {
    return undefined; // vitest died before it wrote all of it: counted as a failure
  }
}

const projects = process.argv.slice(2);
const counts = new Map<string, Count>();
// ^C reaches vitest too, which takes its machines down; this waits for it, and starts nothing more.
let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => (isInterrupted = true));

const scratch = await mkdtemp(join(tmpdir(), 'php-zd-test-'));
for (const project of projects) {
  if (isInterrupted) counts.set(project, { passed: 0, failures: [`${project}: interrupted`] });
  else counts.set(project, countOutcome(await runProject(project, scratch)));
}
await rm(scratch, { recursive: true });

console.log(renderCounts(counts));
const hasPassed = projects.length > 0 && [...counts.values()].every(count => count.failures.length === 0);
process.exitCode = isInterrupted ? 130 : hasPassed ? 0 : 1;
