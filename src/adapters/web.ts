import { type IncomingMessage, request } from 'node:http';
import type { Unanswered, WebAnswer, WebPlace, WebServers } from '../ports/web.ts';
import { Kept } from './kept.ts';

const MOST_BYTES = 16 * 1024 * 1024;

/** Web servers, by Node.js's own client. */
export const makeWebServers = (): WebServers => ({
  get: (at, { path, headers }, { deadlineMs, keptBytes = MOST_BYTES }) =>
    new Promise(resolve => {
      const signal = AbortSignal.timeout(deadlineMs);
      const fail = (error: Error) => resolve({ unanswered: signal.aborted ? 'no answer in time' : reasonOf(error) });
      const asked = request(
        { ...whereTo(at), path, headers: Object.fromEntries(headers), agent: false, signal },
        answer => {
          answer.on('error', fail);
          readBody(answer, keptBytes, body => resolve(answerOf(answer, body)));
        },
      );
      asked.on('error', fail);
      asked.end();
    }),
});

const whereTo = (at: WebPlace) => (typeof at === 'string' ? { socketPath: at } : at);

const reasonOf = (error: Error): string => ('code' in error ? String(error.code) : error.message);

const answerOf = ({ statusCode = 0, headers }: IncomingMessage, body: string): WebAnswer | Unanswered => ({
  status: statusCode,
  headers: new Map(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  ),
  body,
});

/** The application chose into how many parts its answer comes, and each of them is a piece of a larger one. */
const readBody = (answer: IncomingMessage, most: number, done: (body: string) => void): void => {
  const kept = new Kept(most);
  const end = () => done(kept.bytes().toString('utf8'));
  answer.on('data', (part: Buffer) => {
    kept.add(part);
    if (kept.bytes().length < most) return;
    end();
    answer.destroy();
  });
  answer.on('end', end);
};
