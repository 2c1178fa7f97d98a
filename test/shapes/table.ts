import type { Machine } from '../lab/machine.ts';
import type { Question, Reply } from './ask.ts';
import { askAll, hostOf, type ServerName, servers } from './servers.ts';
import type { Shape } from './shapes.ts';

const BODY = 'body';
const WITHOUT_BODY = ['GET', 'HEAD', 'OPTIONS', 'DELETE'];

/** The answers that differ from the shapes' tables: host and what was asked -> what came. */
export const differences = (
  machine: Machine,
  name: ServerName,
  shapes: readonly Shape[],
): Readonly<Record<string, string>> => {
  const { port, hasFiles, sends } = servers[name];
  const rows = shapes.flatMap(shape =>
    Object.entries(shape.table).map(([asked, wanted]) => ({ shape, asked, wanted })),
  );
  const questions: readonly Question[] = rows.map(({ shape, asked }) => {
    const [, method = 'GET', path = ''] = /^(?:([A-Z]+) )?(.*)$/.exec(asked) ?? [];
    const headers = { proxy: 'http://attacker.example.com/' };
    const question = { port, host: hostOf(shape.name), method, path, headers };
    return WITHOUT_BODY.includes(method) ? question : { ...question, body: BODY };
  });
  const replies = askAll(machine, questions);
  return Object.fromEntries(
    rows.flatMap(({ shape, asked, wanted }, at) => {
      const came = answerOf(replies[at]);
      const isSent = /[?&]send=/.test(asked);
      if (isSent && !sends) return came === '200' ? [] : [[`${shape.name}: ${asked}`, came]];
      const isRight = (hasFiles ? [wanted] : withoutFiles(shape, asked, wanted)).some(one =>
        one.split('|').includes(came),
      );
      return isRight ? [] : [[`${shape.name}: ${asked}`, `${came} instead of ${wanted}`]];
    }),
  );
};

const answerOf = (reply: Reply | undefined): string => {
  if (reply === undefined) return 'nothing';
  const { status, headers, body } = reply;
  if (headers['location'] !== undefined) return `${status} ${headers['location']}`;
  if (status !== 200 || body === '') return String(status);
  return headers['x-said'] === undefined ? `file ${body}` : body;
};

/** HAProxy sends no files: whoever has the front controller answers, or nobody. */
const withoutFiles = ({ ini }: Shape, asked: string, wanted: string): readonly string[] => {
  if (asked.startsWith('HEAD')) return ['200', '404'];
  if (!wanted.startsWith('file ') && !/^301 \/docs/.test(wanted)) return [wanted];
  const query = /\?(.*)/.exec(asked)?.[1];
  return [
    hasFrontController(ini) ? `run index.php${query === undefined ? '' : `, query ${query}`}` : '403|404',
    wanted,
  ];
};

const hasFrontController = (ini = ''): boolean => !ini.includes('front_controller = none');
