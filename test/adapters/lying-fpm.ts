import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a PHP-FPM answers that a site wrote itself, each as an expression of JavaScript: the bytes, and whether they go on for ever. */
export const LIES = {
  'an endless answer': { bytes: `record(6, Buffer.alloc(65535, 'x'))`, isEndless: true },
  'endless errors': { bytes: `record(7, Buffer.alloc(65535, 'x'))`, isEndless: true },
  'empty records without end': { bytes: 'many(record(6, ""), 8192)', isEndless: true },
  'records of one byte without end': { bytes: 'many(record(6, "x"), 8192)', isEndless: true },
  'an endless record of padding': { bytes: 'many(record(6, "", 255), 256)', isEndless: true },
  'an END_REQUEST of 64 KiB': { bytes: `record(3, Buffer.alloc(65535, 1))`, isEndless: false },
  'headers without end': { bytes: `page('a: b\\n'.repeat(300000))`, isEndless: false },
  'a status that is cut': { bytes: 'page(HEAD + \'{"pid":1,\')', isEndless: false },
  'counts that are Infinity': {
    bytes: `page(HEAD.replace(/"active processes":0/, '"active processes":1e999') + ']}')`,
    isEndless: false,
  },
  'counts below zero': {
    bytes: `page(HEAD.replace(/"active processes":0/, '"active processes":-1') + ']}')`,
    isEndless: false,
  },
  'counts that are texts': {
    bytes: `page(HEAD.replace(/"active processes":0/, '"active processes":"0"') + ']}')`,
    isEndless: false,
  },
  'brackets within brackets': { bytes: `page(HEAD + '['.repeat(1000000))`, isEndless: false },
  'a deep value in the place of a text': {
    bytes: `page(HEAD + '{"pid":1,"state":' + '['.repeat(9000) + ']'.repeat(9000) + '}]}')`,
    isEndless: false,
  },
  'processes that begin and never end': { bytes: `page(HEAD + '{"pid":1,"state":"'.repeat(60000))`, isEndless: false },
  'one key that comes again and again': {
    bytes: `page(HEAD + '{"pid":1,' + '"state":"","start time":1,"start since":1,"requests":'.repeat(20000))`,
    isEndless: false,
  },
} as const;
export type Lie = keyof typeof LIES;

/** A program for Node.js: the socket, the answer, whether the answer goes on for ever. */
export const SERVER = `
const [path, expression, endless] = process.argv.slice(-3);
const record = (type, content, padding = 0) => {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from([1, type, 0, 1, bytes.length >> 8, bytes.length & 255, padding, 0]), bytes, Buffer.alloc(padding)]);
};
const many = (bytes, count) => Buffer.concat(Array(count).fill(bytes));
const cut = text => text.length <= 65535 ? [text] : [text.slice(0, 65535), ...cut(text.slice(65535))];
const page = text => Buffer.concat([...cut('A: b\\r\\n\\r\\n' + text).map(part => record(6, part)), record(3, [0, 0, 0, 0, 0, 0, 0, 0])]);
const HEAD = '{"pool":"www","start since":1,"accepted conn":1,"idle processes":1,"active processes":0,"total processes":1,"max children reached":0, "processes":[';
const answer = eval(expression);
const isEndless = endless === 'true';
require('node:net').createServer(socket => {
  socket.on('error', () => {});
  socket.resume();
  const more = () => { while (socket.writable && socket.write(answer)); };
  if (!isEndless) return void socket.end(answer);
  socket.on('drain', more);
  more();
}).listen(path, () => process.stdout.write('listening'));
`;

export interface LyingFpm {
  readonly path: string;
  close(): Promise<void>;
}

/** In a process of its own, so that nothing but what is read and kept of its answer shows in ours. */
export const startLyingFpm = async (lie: Lie): Promise<LyingFpm> => {
  const directory = await mkdtemp(join(tmpdir(), 'php-zd-'));
  const path = join(directory, 's');
  const { bytes, isEndless } = LIES[lie];
  const server: ChildProcess = spawn(process.execPath, ['-e', SERVER, '--', path, bytes, String(isEndless)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (server.stdout === null) throw new Error('the server has no output');
  await once(server.stdout, 'data');
  return {
    path,
    close: async () => {
      server.kill('SIGKILL');
      await rm(directory, { recursive: true });
    },
  };
};
