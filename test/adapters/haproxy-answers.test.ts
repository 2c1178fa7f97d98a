import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  parseConnections,
  parseHeld,
  parsePid,
  parseServersState,
  parseStat,
  parseTotals,
  parseWorkers,
  type ServerStat,
  serversOf,
  splitAnswers,
} from '../../src/adapters/haproxy-answers.ts';
import { endVariables } from '../../src/adapters/haproxy-exchange.ts';
import { parseVariable } from '../../src/adapters/haproxy-variables.ts';

/** What HAProxy answered, to the byte, without the blank line that ends an answer. */
const said = (version: string, file: string): string =>
  readFileSync(new URL(`haproxy-${version}/${file}.txt`, import.meta.url), 'utf8').slice(0, -1);

const idle = {
  sessions: 0,
  queued: 0,
  counters: { requests: 0, connectionErrors: 0, responseErrors: 0, retries: 0, redispatches: 0 },
};

const linesOf = (answer: string): readonly ServerStat[] => [...(parseStat(answer) ?? new Map()).values()].flat();

describe.each(['2.6', '3.0'])('the answers of HAProxy %s', version => {
  it('show stat has every server of every backend', () => {
    expect(linesOf(said(version, 'stat'))).toEqual([
      {
        ...{ backend: 'shop', server: '1', status: 'UP', sessions: 1, queued: 0 },
        counters: { ...idle.counters, requests: 1 },
      },
      { backend: 'shop', server: '2', status: 'DOWN', ...idle },
      { backend: 'shop', server: '3', status: 'MAINT', ...idle },
      { backend: 'shop', server: '4', status: 'DRAIN', ...idle },
      { backend: 'other', server: '1', status: 'no check', ...idle },
    ]);
  });

  it('show servers state tells what a server is for us, apart from its health', () => {
    const checked = { backend: 'shop', hasCheck: true, isChecked: true };
    expect(parseServersState(said(version, 'servers-state'))).toEqual([
      { ...checked, server: '1', isUp: true, isAlive: true, admin: 'ready' },
      { ...checked, server: '2', isUp: false, isAlive: false, admin: 'ready' },
      { ...checked, server: '3', isUp: false, isAlive: false, admin: 'maint' },
      { ...checked, server: '4', isUp: false, isAlive: true, admin: 'drain' },
    ]);
  });

  it('show stat has the totals of every backend, and what the frontend of the same name took', () => {
    expect(parseTotals(said(version, 'totals'))?.get('shop')).toEqual({
      requests: 7,
      connectionErrors: 2,
      responseErrors: 1,
      serverAborts: 1,
      clientAborts: 1,
      retries: 0,
      redispatches: 4,
      queued: 1,
      longestQueue: 2,
      connections: 2,
      mostConnections: 9987,
    });
    expect(parseTotals(said(version, 'totals'))?.get('other')).toMatchObject({ requests: 0, connectionErrors: 0 });
    expect(parseTotals(said(version, 'totals'))?.get('nobody')).toBeUndefined();
  });

  it('show proc tells the former worker from the current one', () => {
    const workers = parseWorkers(said(version, 'proc-reloaded'));
    expect(workers?.map(worker => worker.isCurrent)).toEqual([true, false]);
    expect(workers?.[1]?.pid).toBeLessThan(workers?.[0]?.pid ?? 0);
  });

  it('after a reload that failed the worker that stayed is the current one', () => {
    expect(parseWorkers(said(version, 'proc-reload-failed'))?.map(worker => worker.isCurrent)).toEqual([true]);
  });
});

describe('the states of a server', () => {
  const state = (op: number, admin: number, weight = 1) =>
    parseServersState(
      `1\n# be_id be_name srv_id srv_name srv_op_state srv_admin_state srv_uweight\n3 b 1 s ${op} ${admin} ${weight}\n`,
    )?.map(({ admin, isUp, isAlive }) => `${admin}${isUp ? ' up' : ''}${isAlive ? ' alive' : ''}`)[0];

  it.each([
    ['running', 2, 0x00, 'ready up alive'],
    ['starting slowly', 1, 0x00, 'ready up alive'],
    ['stopping', 3, 0x00, 'ready'],
    ['down', 0, 0x00, 'ready'],
    ['running, drained', 2, 0x08, 'drain alive'],
    ['down, drained', 0, 0x08, 'drain'],
    ['running, drained by the server it tracks', 2, 0x10, 'drain alive'],
    ['in maintenance', 0, 0x01, 'maint'],
    ['in maintenance by the server it tracks', 0, 0x02, 'maint'],
    ['in maintenance by the resolver', 0, 0x20, 'maint'],
    ['drained and in maintenance', 0, 0x09, 'maint'],
    ['disabled in the configuration and made ready since', 2, 0x04, 'ready up alive'],
  ])('%s', (_, op, admin, expected) => {
    expect(state(op, admin)).toBe(expected);
  });

  it('an agent drains by a weight of 0', () => {
    expect(state(2, 0, 0)).toBe('ready');
  });
});

describe('what is no answer to the question', () => {
  it.each(['', 'No such proxy.\n', "Can't find backend.\n", 'Unknown command.\n', 'Permission denied\n'])(
    '%j',
    text => {
      expect([
        parseStat(text),
        parseTotals(text),
        parseHeld(text, 'shop'),
        parseServersState(text),
        parseWorkers(text),
        parsePid(text),
        parseConnections(text),
      ]).toEqual([undefined, undefined, undefined, undefined, undefined, undefined, undefined]);
    },
  );
});

describe('a table that HAProxy cannot have written is none', () => {
  const HEADER = '# pxname,svname,qcur,scur,status';
  it.each([
    ['a line that is cut', `${HEADER}\nshop,1,0,0,UP\nshop,2,0`],
    ['a line with a column more', `${HEADER}\nshop,1,0,0,UP,`],
    ['a count that is a word', `${HEADER}\nshop,1,0,none,UP`],
    ['a count below zero', `${HEADER}\nshop,1,0,-1,UP`],
    ['a count beyond all numbers', `${HEADER}\nshop,1,0,${'9'.repeat(400)},UP`],
    ['no column of sessions', '# pxname,svname,qcur,status\nshop,1,0,UP'],
  ])('%s', (_, text) => {
    expect([parseStat(text), parseTotals(text), parseHeld(text, 'shop')]).toEqual([undefined, undefined, undefined]);
  });

  it('a worker without a number', () => {
    expect(parseWorkers('#<PID>  <type>\nx worker 0\n')).toBeUndefined();
  });
});

it('the pid stands in show info', () => {
  expect(parsePid('Name: HAProxy\nProcess_num: 1\nPid: 12317\nUptime: 0d 0h00m02s\n')).toBe(12317);
});

it('so do its connections, and how many it takes', () => {
  const info = 'Maxsock: 20000\nMaxconn: 9987\nHard_maxconn: 9000\nCurrConns: 12\nCumConns: 99\n';
  expect(parseConnections(info)).toEqual({ connections: 12, mostConnections: 9987 });
});

describe('several answers of one connection', () => {
  it.each([
    ['one', 'a\nb\n\n', 1, ['a\nb\n']],
    ['one that is empty', '\n', 1, ['']],
    ['empty ones before, between and after others', '\na\n\n\nb\n\n\n', 5, ['', 'a\n', '', 'b\n', '']],
    ['none', '', 1, undefined],
    ['one without its blank line', 'a\nb\n', 1, undefined],
    ['one cut in a line', 'a\n\nb', 2, undefined],
    ['one too few, cut between two', 'a\n\n', 2, undefined],
    ['one too many', 'a\n\nb\n\n', 1, undefined],
  ])('%s', (_, text, count, answers) => {
    expect(splitAnswers(text, count)).toEqual(answers);
  });
});

describe('the counters of a site whose replicas have web servers of their own', () => {
  const HEADER = '# pxname,svname,qcur,qmax,scur,slim,stot,econ,eresp,wretr,wredis,cli_abrt,srv_abrt,status';
  const table = [
    HEADER,
    'shop,FRONTEND,0,0,5,500,40,0,0,0,0,0,0,OPEN',
    'shop:web,FRONTEND,0,0,9,500,60,0,0,0,0,0,0,OPEN',
    'shop,1,0,0,0,,3,0,0,0,0,0,0,UP',
    'shop:own,1,2,3,2,,37,1,1,1,1,1,1,UP',
    'shop:web,1,0,0,7,,60,0,2,2,2,3,0,UP',
    'shop,BACKEND,0,1,0,500,3,0,0,0,0,0,0,UP',
    'shop:own,BACKEND,2,3,4,500,37,1,1,1,1,1,1,UP',
    'shop:web,BACKEND,0,0,7,500,60,0,2,2,2,3,0,UP',
    'shop:again,BACKEND,0,0,0,500,0,0,0,0,0,0,0,UP',
  ].join('\n');

  it('are those of the replica: a request is one of PHP, and a session one of the web server', () => {
    expect(serversOf(parseStat(table) ?? new Map(), 'shop').get('1')).toEqual({
      ...{ backend: 'shop', server: '1', status: 'UP', sessions: 7, queued: 2 },
      counters: { requests: 40, connectionErrors: 1, responseErrors: 3, retries: 3, redispatches: 3 },
    });
  });

  it('are all in what the site lost, and a client that left is one', () => {
    expect(parseTotals(table)?.get('shop')).toMatchObject({
      ...{ requests: 40, connectionErrors: 1, responseErrors: 3, serverAborts: 1, clientAborts: 3 },
      ...{ retries: 3, redispatches: 3, queued: 2, longestQueue: 3 },
    });
  });

  it('tell the held ones from those that a web server or PHP has', () => {
    expect(parseHeld(table, 'shop')).toBe(5 + 9 - 4 - 7);
  });
});

describe('variables', () => {
  it('are read of both versions, which end the answer to get var differently, beside tables', () => {
    const said = (end: string) => `# pxname,svname\n\nproc.shop.C2: type=sint value=<7>\n${end}Variable not found.\n\n`;
    for (const end of ['', '\n']) {
      const answers = splitAnswers(endVariables(`${said(end)}proc.shop.C3: type=sint value=<0>\n${end}`), 4);
      expect(answers?.slice(1).map(parseVariable)).toEqual([7, 0, 0]);
    }
  });

  it('are no number when HAProxy says something else', () => {
    expect(['', "Can't find", 'proc.x: type=str value=<7>'].map(parseVariable)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

it('a text with a comma, such as why a server was found dead, ends no column', () => {
  const table =
    '# pxname,svname,qcur,scur,stot,econ,eresp,wretr,wredis,status,last_chk,rate,\n' +
    'shop,1,0,3,7,0,0,0,0,DOWN,"Detected 1 consecutive errors, last one was: ""L4, unsuccessful"" connection",4,\n';
  expect(linesOf(table)).toMatchObject([{ backend: 'shop', server: '1', sessions: 3, status: 'DOWN' }]);
  // One column more is still no table.
  expect(parseStat(table.replace('DOWN,', 'DOWN,x,'))).toBeUndefined();
});
