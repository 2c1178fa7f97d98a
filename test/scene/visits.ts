import { fileURLToPath } from 'node:url';
import type { Machine } from '../lab/machine.ts';
import { INDEX } from '../lab/site.ts';
import { type Load, under } from '../load/start.ts';

const VISIT = fileURLToPath(new URL('../load/visit.pl', import.meta.url));

/**
 * A site whose pages have files that their own release alone has, and whose second new replica is not well before a test says so: until
 * then both releases serve.
 */
export const WITH_ASSETS = `<?php
if ($_SERVER['REQUEST_URI'] === '/health' && is_file('/tmp/hold-second')) {
    $slot = (int) basename((string) current(glob('/run/php-zd/*/replicas/[0-9]*')));
    if ($slot % 2 === 0) file_put_contents('/tmp/stands-second', '');
    for (; $slot % 2 === 0 && is_file('/tmp/hold-second'); clearstatcache()) usleep(10000);
}
if (isset($_GET['asset'])) {
    $release = trim(file_get_contents(__DIR__ . '/../RELEASE'));
    if ($_GET['asset'] !== $release) http_response_code(404);
    exit("release=$release asset");
}
?>${INDEX}`;

/** A page, and what its files were. */
export interface Visit {
  readonly visitor: string;
  readonly stays: boolean;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly page: string;
  readonly files: readonly string[];
}

interface Visitors {
  readonly port: number;
  /** Those who keep cookies, and those who do not. */
  readonly staying: number;
  readonly leaving: number;
}

/** What visitors meet while the work goes on. */
export const whileVisited = async (
  machine: Machine,
  { port, staying, leaving }: Visitors,
  work: (load: Load) => Promise<void>,
): Promise<readonly Visit[]> => {
  const args = [`127.0.0.1:${port}`, 3, 0.05, staying, leaving].map(String);
  return await under(machine, { command: ['perl', VISIT, ...args], read: readVisits }, work);
};

const readVisits = (text: string): readonly Visit[] =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [visitor = '', kind, startedAt, endedAt, page = '', ...files] = line.split('\t');
      return { visitor, stays: kind === 'stays', startedAt: Number(startedAt), endedAt: Number(endedAt), page, files };
    });

/** Whether a file of the page is not its release's own. */
export const hasForeign = ({ page, files }: Visit): boolean =>
  files.some(file => file !== page && !file.startsWith('lost'));

/** What went wrong with the pages: lost ones, and files that were lost, or not those of their page. */
export const tally = (visits: readonly Visit[]) => {
  const all = visits.flatMap(({ page, files }) => [page, ...files]);
  const lost = all.filter(each => each.startsWith('lost'));
  return { pages: visits.length, lost, foreign: visits.filter(hasForeign).length };
};

/** Visitors who came back to a release that they had left. */
export const wanderers = (visits: readonly Visit[]): readonly string[] => {
  const seen = new Map<string, readonly string[]>();
  for (const { visitor, page } of visits) {
    const before = seen.get(visitor) ?? [];
    if (before.at(-1) !== page) seen.set(visitor, [...before, page]);
  }
  return [...seen].flatMap(([visitor, pages]) => (new Set(pages).size < pages.length ? [`${visitor}: ${pages}`] : []));
};
