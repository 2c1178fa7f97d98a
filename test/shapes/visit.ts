/**
 * Asks for the rows of each site's table, round and round, one client a site, and for a slow answer of each by another client, until
 * its input ends; then prints what differed. The first line of its input is a `Visit`; each further one is answered by the line
 * `round` on standard error when every site's table was asked for once more, from its beginning to its end.
 */
import { createInterface } from 'node:readline';
import { differenceOf, type Row } from './answers.ts';
import { ask } from './ask.ts';

export interface Visit {
  /** The rows of a site. */
  readonly tables: readonly (readonly Row[])[];
  /** A slow request of each. */
  readonly slow: readonly Row[];
  /** How long the pauses between the rows of a table are together. */
  readonly tableMs: number;
}

export interface Visited {
  readonly requests: number;
  readonly lost: number;
  /** The first of them, in words. */
  readonly losses: readonly string[];
}

let requests = 0;
const losses: string[] = [];
let isOver = false;

const visit = async (row: Row): Promise<void> => {
  requests += 1;
  const began = new Date().toISOString();
  try {
    const difference = differenceOf(row, await ask(row.question));
    if (difference !== undefined) losses.push(`${began} ${row.site}: ${row.asked}: ${difference}`);
  } catch (error) {
    losses.push(`${began} ${row.site}: ${row.asked}: ${error}`);
  }
};

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

/** The clients whose next whole table each round still waits for. */
const rounds = new Set<Set<number>>();

const client = async (table: readonly Row[], at: number, tableMs: number): Promise<void> => {
  while (!isOver) {
    const begunIn = [...rounds];
    for (const row of table) {
      await visit(row);
      await pause(tableMs / table.length);
    }
    for (const round of begunIn) {
      if (!round.delete(at) || round.size > 0) continue;
      rounds.delete(round);
      process.stderr.write('round\n');
    }
  }
};

const slowClient = async (row: Row): Promise<void> => {
  while (!isOver) await visit(row);
};

const work = async ({ tables, slow, tableMs }: Visit): Promise<void> => {
  await Promise.all([...tables.map((table, at) => client(table, at, tableMs)), ...slow.map(slowClient)]);
  const visited: Visited = { requests, lost: losses.length, losses: losses.slice(0, 20) };
  process.stdout.write(`${JSON.stringify(visited)}\n`, () => process.exit(0));
};

let tables = 0;
createInterface({ input: process.stdin })
  .on('line', line => {
    if (line !== 'round') {
      const visited: Visit = JSON.parse(line);
      tables = visited.tables.length;
      void work(visited);
    } else rounds.add(new Set(Array.from({ length: tables }, (_, at) => at)));
  })
  .on('close', () => {
    isOver = true;
  });
