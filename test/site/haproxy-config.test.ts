import { expect, test } from 'vitest';
import { judgeBackend } from '../../src/site/haproxy-config.ts';
import { formatProblem } from '../../src/site/problem.ts';

const WANTED = `mode http
# why
timeout queue 30000ms
default-server check inter 1s
default-server observe layer4
no option persist
server 1 unix@/a maxconn 8 proto fcgi
`;
const wanted = { name: 'shop', text: WANTED, isHttp: true };
const nowhere = { file: 'shop.ini', line: 7 };

const GOOD = `global
  user haproxy
backend shop # the shop
  mode  http
  timeout queue "30000ms"   # half a minute
  default-server check inter 1s
  default-server observe\\ layer4
  default-server observe layer4
  no option persist
  use-fcgi-app shop
  server 1 unix@/a maxconn 8 proto fcgi
  http-request set-header X-A 'b # c'
  server sorry 127.0.0.1:81 backup
fcgi-app shop
  no option keep-conn
frontend www
  cookie none of the backend's
`;

const judge = (text: string) => judgeBackend([{ file: 'h.cfg', text }], wanted, nowhere).map(formatProblem);

test('a backend that has every line, in whatever order and with whatever besides, is as it must be', () => {
  expect(judge(GOOD)).toEqual([]);
  expect(judge(GOOD.replace('backend shop', 'listen shop'))).toEqual([]);
  expect(judge(GOOD.replace('backend shop', 'backend shop from php'))).toEqual([]);
});

test.each([
  ['timeout queue "30000ms"', 'timeout queue 5s', "h.cfg:5: 'timeout queue 5s': write 'timeout queue 30000ms'"],
  ['  mode  http\n', '', "h.cfg:3: 'backend shop' lacks a line: write 'mode http'"],
  ['no option persist', 'option persist', "h.cfg:9: 'option persist': write 'no option persist'"],
  [
    'maxconn 8',
    'maxconn 80',
    "h.cfg:11: 'server 1 unix@/a maxconn 80 proto fcgi': write 'server 1 unix@/a maxconn 8 proto fcgi'",
  ],
  [
    'proto fcgi',
    'proto fcgi disabled',
    "h.cfg:11: 'server 1 unix@/a maxconn 8 proto fcgi disabled': write 'server 1 unix@/a maxconn 8 proto fcgi'",
  ],
  [
    '  use-fcgi-app shop',
    '  timeout queue 1s\n  use-fcgi-app shop',
    "h.cfg:10: 'timeout queue 1s': write 'timeout queue 30000ms'",
  ],
  ['  use-fcgi-app shop\n', '', "h.cfg:3: 'backend shop' lacks a line: write 'use-fcgi-app NAME'"],
  ['  no option keep-conn', '  option keep-conn', "h.cfg:15: 'option keep-conn': write 'no option keep-conn'"],
  ['  no option keep-conn\n', '', "h.cfg:14: 'fcgi-app shop' lacks a line: write 'no option keep-conn'"],
  ['backend shop #', 'backend store #', "h.cfg:1: there is no backend 'shop': write one"],
  [
    'use-fcgi-app shop',
    'use-fcgi-app shop\n  stick on src',
    "h.cfg:11: 'stick on src' gives requests to a server whatever its state is: take the line out",
  ],
])('%j instead of %j is told where it stands', (from, to, problem) => {
  expect(GOOD).toContain(from);
  expect(judge(GOOD.replace(from, to))).toEqual([problem]);
});

test('the backend is found in whichever file it is, and without any file the site file says where HAProxy is named', () => {
  const files = [
    { file: 'a.cfg', text: 'global\n' },
    { file: 'b.cfg', text: GOOD.replace('  mode  http\n', '') },
  ];
  expect(judgeBackend(files, wanted, nowhere)).toMatchObject([{ file: 'b.cfg', line: 3 }]);
  expect(judgeBackend([], wanted, nowhere)).toMatchObject([nowhere]);
});

test('a long line takes no longer than its length asks for', () => {
  const started = performance.now();
  for (const part of ['"', "'", '\\', 'a', ' ', '#', '\\"']) judge(`backend shop\n${part.repeat(300_000)}\n`);
  expect(performance.now() - started).toBeLessThan(5_000);
});
