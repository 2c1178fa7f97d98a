import fc from 'fast-check';
import { makePhpFpm } from '../../src/adapters/php-fpm.ts';
import { end, record, stderr, stdout } from '../adapters/fastcgi-server.ts';
import { fpmQuestions } from '../adapters/fpm-questions.ts';
import { mutated, mutatedBytes } from './mutated.ts';
import { answerOr, property, requireSound } from './property.ts';
import { listening, type Saying, say, saying } from './server.ts';

const CHILD =
  '{"pid":7,"state":"Running","start time":1700000000,"start since":9,"requests":3,"request duration":120,"request method":"GET","request uri":"/a?b=c","content length":0,"user":"-","script":"/srv/shop/public/index.php","last request cpu":0.00,"last request memory":0}';
const STATUS = `{"pool":"www","process manager":"static","start time":1700000000,"start since":9,"accepted conn":3,"listen queue":0,"max listen queue":0,"listen queue len":0,"idle processes":1,"active processes":1,"total processes":2,"max active processes":1,"max children reached":0,"slow requests":0, "processes":[${CHILD},${CHILD}]}`;
const HEAD = 'X-Powered-By: PHP/8.2\r\nStatus: 200 OK\r\nContent-Type: application/json\r\n\r\n';
const ANSWER = Buffer.concat([stdout(HEAD, 3), stdout(STATUS, 7), stderr('PHP Warning:  x'), stdout(''), end()]);

const DEADLINE_MS = 150;
const ERRORS = ['fastcgi-broken', 'fastcgi-unreachable', 'deadline'];

let said: Saying = { pieces: [], after: 'ends' };
const socket = listening(client => client.once('data', () => void say(client, said)));

const questions = fpmQuestions(makePhpFpm(), DEADLINE_MS);
type Question = keyof typeof questions;

const asked = async (question: Question, next: Saying): Promise<void> => {
  said = next;
  const path = await socket();
  requireSound(await answerOr(ERRORS, async (): Promise<unknown> => await questions[question](path)));
};
const question = fc.constantFrom<Question>('status', 'request');

export const fastcgi = property({
  name: 'fastcgi',
  values: fc.record({ question, said: saying(mutatedBytes(ANSWER, end(), record(6, 'x'))) }),
  holds: value => asked(value.question, value.said),
});

/** What stands in the records. */
export const fpmStatus = property({
  name: 'fpm-status',
  values: fc.record({ question, text: mutated(`${HEAD}${STATUS}`) }),
  holds: value => {
    const bytes = Buffer.from(value.text);
    const records = Array.from({ length: Math.ceil(bytes.length / 65_535) }, (_, index) =>
      stdout(bytes.subarray(index * 65_535, (index + 1) * 65_535)),
    );
    const pieces = [...records, end()].map(each => each.toString('latin1'));
    return asked(value.question, { pieces, after: 'ends' });
  },
});
