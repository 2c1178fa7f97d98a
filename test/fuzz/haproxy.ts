import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { makeHaproxies } from '../../src/adapters/haproxies.ts';
import { makeBalancer } from '../../src/adapters/haproxy.ts';
import { mutated } from './mutated.ts';
import { answerOr, property, requireSound } from './property.ts';
import { listening, type Saying, say, saying } from './server.ts';

const recorded = (file: string): string =>
  readFileSync(new URL(`../adapters/haproxy-3.0/${file}.txt`, import.meta.url), 'utf8');

const INFO = 'Name: HAProxy\nPid: 12317\nNbthread: 1\nMaxconn: 9987\nCurrConns: 12\n\n';
const [state, stat, totals, proc] = ['servers-state', 'stat', 'totals', 'proc-reloaded'].map(recorded);
const VARIABLES = 'proc.shop.C2: type=sint value=<7>\nVariable not found.\n\n'.repeat(20);

const DEADLINE_MS = 150;

let said: Saying = { pieces: [], after: 'ends' };
const socket = listening(client => client.once('data', () => void say(client, said)));

const questions = {
  servers: path => balancerAt(path).servers('shop'),
  totals: path => balancerAt(path).totals('shop'),
  overview: path => balancerAt(path).overview(),
  sessions: path => balancerAt(path).sessions('shop', '1'),
  held: path => balancerAt(path).held('shop'),
  workers: path => balancerAt(path).workers(),
  checks: path => balancerAt(path).checks(),
  connections: path => balancerAt(path).connections(),
  figures: path => balancerAt(path).answerFigures('shop'),
  drain: path => balancerAt(path).drain('shop', '1'),
  look: path => makeHaproxies(DEADLINE_MS).look({ socket: path, master: path }, 'shop'),
} satisfies Readonly<Record<string, (path: string) => Promise<unknown>>>;

const balancerAt = (path: string) => makeBalancer({ admin: path, master: path, deadlineMs: DEADLINE_MS });

export const haproxy = property({
  name: 'haproxy',
  values: fc.record({
    question: fc.constantFrom(...(Object.keys(questions) as (keyof typeof questions)[])),
    said: saying(
      mutated(
        `${state}${stat}`,
        `${state}${INFO}${stat}`,
        `${state}${INFO}${totals}`,
        `${state}${INFO}${totals}${VARIABLES}`,
        `${totals}${VARIABLES}`,
        ...[state, INFO, proc, `${INFO}${stat}${state}`].map(String),
        "Can't find backend.\n\n",
        '\n',
      ),
    ),
  }),
  holds: async ({ question, said: next }) => {
    said = next;
    const path = await socket();
    requireSound(
      await answerOr(
        ['balancer-unreachable', 'balancer-refused'],
        async (): Promise<unknown> => await questions[question](path),
      ),
    );
  },
});
