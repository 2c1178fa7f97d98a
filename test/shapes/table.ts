import type { Machine } from '../lab/machine.ts';
import { differenceOf, type Row } from './answers.ts';
import { askAll, hostOf, type ServerName, servers } from './servers.ts';
import type { Shape } from './shapes.ts';

const BODY = 'body';
const WITHOUT_BODY = ['GET', 'HEAD', 'OPTIONS', 'DELETE'];

/** The answers that differ from the shapes' tables: host and what was asked -> what came. */
export const differences = (
  machine: Machine,
  name: ServerName,
  shapes: readonly Shape[],
): Readonly<Record<string, string>> => differencesIn(machine, rowsOf(name, shapes));

/** Asked one after the other. */
export const differencesIn = (machine: Machine, rows: readonly Row[]): Readonly<Record<string, string>> => {
  const replies = askAll(
    machine,
    rows.map(({ question }) => question),
  );
  return Object.fromEntries(
    rows.flatMap((row, at) => {
      const difference = differenceOf(row, replies[at]);
      return difference === undefined ? [] : [[`${row.site}: ${row.asked}`, difference]];
    }),
  );
};

/** The rows of the shapes' tables as the web server should answer them. */
export const rowsOf = (name: ServerName, shapes: readonly Shape[]): readonly Row[] =>
  shapes.flatMap(shape =>
    Object.entries(shape.table).map(([asked, wanted]) => ({
      ...{ site: shape.name, asked },
      question: questionOf(shape, asked, servers[name].port),
      wanted: wantedOf(name, shape, { asked, wanted }),
    })),
  );

/** What is asked for, as an entry of a table has it. */
export const questionOf = ({ name }: Shape, asked: string, port: number): Row['question'] => {
  const [, method = 'GET', path = ''] = /^(?:([A-Z]+) )?(.*)$/.exec(asked) ?? [];
  const headers = { proxy: 'http://attacker.example.com/' };
  const question = { port, host: hostOf(name), method, path, headers };
  return WITHOUT_BODY.includes(method) ? question : { ...question, body: BODY };
};

interface Entry {
  readonly asked: string;
  readonly wanted: string;
}

const wantedOf = (name: ServerName, shape: Shape, { asked, wanted }: Entry): readonly string[] => {
  const { hasFiles, sends } = servers[name];
  if (/[?&]send=/.test(asked) && !sends) return ['200'];
  return hasFiles ? [wanted] : withoutFiles(shape, asked, wanted);
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
