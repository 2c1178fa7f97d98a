/**
 * run.ts PROJECT...: runs these projects of vitest, one after the other (the fast ones first),
 * says where the time went, and ends with the line `N passed, N failed` over all of them. Status 0 only when something ran and
 * all of it passed. $TEST_BEGAN is when make began, in milliseconds since 1970.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Count, countOutcome, type Outcome, type Report, renderCounts } from './count.ts';
import { type FileTime, renderAccount, type Spent, startMeter } from './spent.ts';

const tree = fileURLToPath(new URL('..', import.meta.url));
const lab = join(tree, 'test/lab/lab');
const REPORTERS = ['default', 'json', './test/file-times.ts'];

async function runProject(project: string, scratch: string): Promise<Outcome> {
  const reportPath = join(scratch, `${project}.json`);
  const vitest = spawn(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      ...['run', '--config', 'test/vitest.config.ts', '--project', project],
      ...[...REPORTERS.flatMap(reporter => ['--reporter', reporter]), `--outputFile.json=${reportPath}`],
    ],
    {
      cwd: tree,
      stdio: 'inherit',
      env: { ...process.env, FILE_TIMES: join(scratch, `${project}-files.json`), BOOT_TIMES: join(scratch, 'boots') },
    },
  );
  const [status, signal] = (await once(vitest, 'close')) as [number | null, NodeJS.Signals | null];
  return {
    project,
    report: await readReport(reportPath),
    ended: status ?? signal ?? 'no status',
  };
}

async function readReport(path: string): Promise<Report | undefined> {
  const report = await readJson<Report>(path);
  // Without one vitest died before it wrote all of it: counted as a failure.
  return report && { testResults: report.testResults.map(file => ({ ...file, name: relative(tree, file.name) })) };
}

async function readJson<Value>(path: string): Promise<Value | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Both at once: one is fetched while the other is unpacked. What cannot be made is said by whoever boots a machine of it. */
async function makeRoots(): Promise<number> {
  const meter = startMeter();
  const roots = ['bookworm', 'trixie'].map(suite =>
    spawn(lab, ['root', suite], { stdio: ['ignore', 'ignore', 'inherit'] }),
  );
  await Promise.all(roots.map(root => once(root, 'close')));
  return meter().wallMs;
}

async function readBoots(scratch: string): Promise<readonly number[]> {
  const text = await readFile(join(scratch, 'boots'), 'utf8').catch(() => '');
  return text
    .trim()
    .split('\n')
    .filter(line => line !== '')
    .map(Number);
}

const projects = process.argv.slice(2);
const counts = new Map<string, Count>();
const spent = new Map<string, Spent>();
const files: FileTime[] = [];
// ^C reaches vitest too, which takes its machines down; this waits for it, and starts nothing more.
let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => (isInterrupted = true));

const began = process.env['TEST_BEGAN'];
const before = began ? Date.now() - Number(began) : undefined;
const scratch = await mkdtemp(join(tmpdir(), 'php-zd-test-'));
const roots = projects.some(project => project !== 'unit') ? makeRoots() : undefined;
for (const project of projects) {
  if (project !== 'unit') await roots;
  if (isInterrupted) {
    counts.set(project, { passed: 0, failures: [`${project}: interrupted`] });
    continue;
  }
  const meter = startMeter();
  counts.set(project, countOutcome(await runProject(project, scratch)));
  spent.set(project, meter());
  files.push(...((await readJson<FileTime[]>(join(scratch, `${project}-files.json`))) ?? []));
}
const account = { before, roots: await roots, projects: spent, files, boots: await readBoots(scratch) };
await rm(scratch, { recursive: true });

console.log(renderAccount(account));
console.log(renderCounts(counts));
const hasPassed = projects.length > 0 && [...counts.values()].every(count => count.failures.length === 0);
process.exitCode = isInterrupted ? 130 : hasPassed ? 0 : 1;
