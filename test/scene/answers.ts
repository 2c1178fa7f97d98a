import type { Machine } from '../lab/machine.ts';
import { INDEX } from '../lab/site.ts';
import { type Load, under } from '../load/start.ts';

/** Before the site of all tests: a release that is what `begin` makes of it. */
export const releaseThat = (begin: string): { readonly 'public/index.php': string } => ({
  'public/index.php': `<?php if ($_SERVER['REQUEST_URI'] !== '/health') { ${begin} } ?>${INDEX}`,
});

/** A third of its requests fail, and half of these after a line in the log. */
export const FAILING = releaseThat(
  "$n = random_int(1, 6); if ($n === 1) error_log('no such thing'); if ($n < 3) { http_response_code(500); exit('failed'); }",
);
export const QUICK = releaseThat('usleep(10000);');
export const TEN_TIMES_AS_LONG = releaseThat('usleep(100000);');

/** Asks again and again, each on a connection of its own, and tells how often there was which status, or none. */
const ASKING = `const http = require('node:http');
const [host, port, clients] = process.argv.slice(1);
const seen = { lost: [], statuses: {} };
let isOver = false;
let rounds = [];
const get = () => new Promise(done => {
  const asked = http.get({ host, port, path: '/', agent: false, timeout: 60000 }, answer => {
    answer.resume().on('end', () => done(answer.complete ? answer.statusCode : 'cut')).on('error', error => done(error.code));
  });
  asked.on('error', error => done(error.code)).on('timeout', () => asked.destroy());
});
const ask = async client => {
  while (!isOver) {
    const waiting = rounds;
    const status = await get();
    if (typeof status === 'number') seen.statuses[status] = (seen.statuses[status] ?? 0) + 1;
    else seen.lost.push(status);
    for (const round of waiting) round.delete(client);
    rounds = rounds.filter(round => round.size > 0 || void process.stderr.write('round\\n'));
    await new Promise(done => setTimeout(done, 20));
  }
};
const all = Array.from({ length: Number(clients) }, (_, client) => client);
process.stdin.on('data', text => {
  for (const _ of String(text).matchAll(/\\n/g)) rounds = [...rounds, new Set(all)];
}).on('end', () => (isOver = true));
Promise.all(all.map(ask)).then(() => console.log(JSON.stringify(seen)));
`;

/** How often there was which status, and why there was none. */
export interface Seen {
  readonly lost: readonly string[];
  readonly statuses: Readonly<Record<string, number>>;
}

/** What visitors are answered while the work goes on. */
export const whileAsked = (
  machine: Machine,
  { port, clients }: { readonly port: number; readonly clients: number },
  work: (load: Load) => Promise<void>,
): Promise<Seen> => {
  const command = [process.execPath, '-e', ASKING, '127.0.0.1', String(port), String(clients)];
  return under(machine, { command, read: (text): Seen => JSON.parse(text) }, work);
};
