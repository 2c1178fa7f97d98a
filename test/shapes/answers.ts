import type { Question, Reply } from './ask.ts';

/** One row of a shape's table as it is asked, with all that is right of a web server. */
export interface Row {
  readonly site: string;
  readonly asked: string;
  readonly question: Question;
  readonly wanted: readonly string[];
}

/** What came instead of what was wanted; undefined when that is right. */
export const differenceOf = ({ wanted }: Row, reply: Reply | undefined): string | undefined => {
  const came = answerOf(reply);
  return wanted.some(one => one.split('|').includes(came)) ? undefined : `${came} instead of ${wanted[0]}`;
};

const answerOf = (reply: Reply | undefined): string => {
  if (reply === undefined) return 'nothing';
  const { status, headers, body } = reply;
  if (headers['location'] !== undefined) return `${status} ${headers['location']}`;
  if (status !== 200 || body === '') return String(status);
  return headers['x-said'] === undefined ? `file ${body}` : body;
};
