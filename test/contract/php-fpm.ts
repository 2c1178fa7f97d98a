import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FpmRequest, PhpFpm } from '../../src/ports/php-fpm.ts';
import { failure } from '../fakes/failure.ts';
import type { Gate } from './gate.ts';

/**
 * A master with two children, and the scripts that the tests ask for:
 * index.php answers what it was asked, gate.php stops at the gate, finish.php stops there after fastcgi_finish_request(),
 * fatal.php calls an undefined function, log.php logs "to the log".
 */
export interface FpmWorld {
  readonly fpm: PhpFpm;
  readonly gate: Gate;
  readonly socket: string;
  readonly statusSocket: string;
  /** The socket of another such master, with room for two waiting connections. */
  readonly mortal: string;
  /** Kills that master with its children. Its socket stays as a file. */
  killMortal(): Promise<void>;
  close(): Promise<void>;
}

const ROOT = '/srv/app';
const soon = { deadlineMs: 10_000 };
const get = (script: string): FpmRequest => ({
  scriptFilename: `${ROOT}/${script}`,
  documentRoot: ROOT,
  uri: `/${script}?a=1`,
  method: 'GET',
  headers: new Map([['Host', 'shop.example:8080']]),
});

export const describePhpFpm = (name: string, makeWorld: () => Promise<FpmWorld>): void => {
  describe(`PHP-FPM: ${name}`, () => {
    let world: FpmWorld;
    beforeAll(async () => {
      world = await makeWorld();
    });
    afterAll(() => world?.close());

    /** Both children stand at the gate while `act` runs. */
    const whileBusy = async (act: () => Promise<void>): Promise<void> => {
      const running = [1, 2].map(() => world.fpm.request(world.socket, get('gate.php'), soon));
      await world.gate.arrived(2);
      await act();
      world.gate.open();
      expect((await Promise.all(running)).map(answer => answer.body)).toEqual(['through', 'through']);
    };

    // These two come first: a child is active for a moment after its answer.
    it('the status of an idle pool has no active child', async () => {
      const status = await world.fpm.status(world.statusSocket, soon);
      expect(status).toMatchObject({ activeProcesses: 0, idleProcesses: 2, totalProcesses: 2 });
      expect(status.processes.map(process => process.state)).toEqual(['Idle', 'Idle']);
    });

    it('asked on the pool itself, the asking is an active child', async () => {
      expect(await world.fpm.status(world.socket, soon)).toMatchObject({ activeProcesses: 1, idleProcesses: 1 });
    });

    it('a pool that serves answers a ping, on either of its sockets', async () => {
      await world.fpm.ping(world.socket, soon);
      await world.fpm.ping(world.statusSocket, soon);
    });

    it('a socket that is not there is unreachable with ENOENT', async () => {
      const socket = `${world.socket}-not`;
      expect(await failure(world.fpm.ping(socket, soon))).toMatchObject({
        code: 'fastcgi-unreachable',
        facts: { socket, errno: 'ENOENT' },
      });
    });

    it('a script gets the request and its answer comes back', async () => {
      const headers = new Map([
        ['Host', 'shop.example:8080'],
        ['X-Zd', 'y'],
        ['Content-Type', 'text/plain'],
      ]);
      const post = { ...get('index.php'), method: 'POST', headers, body: 'Grüße' };
      const answer = await world.fpm.request(world.socket, post, soon);
      expect(answer.status).toBe(201);
      expect(answer.headers.get('x-answer')).toBe('yes');
      expect(answer.body).toBe('POST /index.php?a=1 shop.example:8080 y Grüße');
      expect(answer.stderr).toBe('');
    });

    it('request headers of more than 64 KB in all arrive whole', async () => {
      const big = Array.from({ length: 4 }, (_, index): [string, string] => [`X-Big-${index}`, 'x'.repeat(30_000)]);
      const headers = new Map([['Host', 'h'], ['X-Zd', 'y'.repeat(9)], ...big] as [string, string][]);
      const answer = await world.fpm.request(world.socket, { ...get('index.php'), headers }, soon);
      expect(answer.body).toBe('GET /index.php?a=1 h yyyyyyyyy ');
    });

    it('a script that is not there is a 404 that says so beside the answer', async () => {
      const answer = await world.fpm.request(world.socket, get('missing.php'), soon);
      expect([answer.status, answer.stderr]).toEqual([404, expect.stringContaining('Primary script unknown')]);
    });

    it('a fatal error is a 500 that says why beside the answer', async () => {
      const answer = await world.fpm.request(world.socket, get('fatal.php'), soon);
      expect([answer.status, answer.stderr]).toEqual([
        500,
        expect.stringContaining('Call to undefined function nothere()'),
      ]);
    });

    it('what a script logs comes beside its answer', async () => {
      const answer = await world.fpm.request(world.socket, get('log.php'), soon);
      expect([answer.status, answer.body]).toEqual([200, 'ok']);
      expect(answer.stderr).toContain('to the log');
    });

    it('the status socket answers while every child is busy, and tells what they do', async () => {
      await whileBusy(async () => {
        const status = await world.fpm.status(world.statusSocket, soon);
        expect(status).toMatchObject({ activeProcesses: 2, idleProcesses: 0, totalProcesses: 2 });
        expect(status.processes).toHaveLength(2);
        for (const process of status.processes) {
          expect(process).toMatchObject({
            state: 'Running',
            requestUri: '/gate.php?a=1',
            requestMethod: 'GET',
            script: `${ROOT}/gate.php`,
          });
        }
      });
    });

    it('work after fastcgi_finish_request() is an active child', async () => {
      const answer = await world.fpm.request(world.socket, get('finish.php'), soon);
      expect(answer.body).toBe('finished');
      await world.gate.arrived(1);
      const status = await world.fpm.status(world.statusSocket, soon);
      world.gate.open();
      expect(status.activeProcesses).toBeGreaterThan(0);
      const child = status.processes.find(process => process.script === `${ROOT}/finish.php`);
      expect(child).toMatchObject({ state: 'Finishing', requestUri: '/finish.php?a=1' });
    });

    it('a ping that no child takes in time meets its deadline', async () => {
      await whileBusy(async () => {
        expect(await failure(world.fpm.ping(world.socket, { deadlineMs: 20 }))).toMatchObject({
          code: 'deadline',
          facts: { ms: 20, socket: world.socket },
        });
      });
    });

    it('an abort ends a request that runs, and one that has not begun', async () => {
      const control = new AbortController();
      await whileBusy(async () => {
        const ping = failure(world.fpm.ping(world.socket, { deadlineMs: 10_000, signal: control.signal }));
        control.abort('enough');
        expect(await ping).toMatchObject({ code: 'aborted', cause: 'enough' });
      });
      const late = world.fpm.request(world.socket, get('index.php'), { deadlineMs: 10_000, signal: control.signal });
      expect(await failure(late)).toMatchObject({ code: 'aborted' });
    });

    it('a full accept queue is unreachable with EAGAIN, at once', async () => {
      const running = [1, 2].map(() => world.fpm.request(world.mortal, get('gate.php'), soon));
      await world.gate.arrived(2);
      const pings = Array.from({ length: 8 }, () => world.fpm.ping(world.mortal, soon));
      const first = await failure(Promise.race(pings));
      world.gate.open();
      await Promise.allSettled([...running, ...pings]);
      expect(first).toMatchObject({ code: 'fastcgi-unreachable', facts: { socket: world.mortal, errno: 'EAGAIN' } });
    });

    it('a request whose master is killed is broken, and the next one is refused', async () => {
      const running = failure(world.fpm.request(world.mortal, get('gate.php'), soon));
      await world.gate.arrived(1);
      await world.killMortal();
      expect(await running).toMatchObject({ code: 'fastcgi-broken', facts: { socket: world.mortal } });
      expect(await failure(world.fpm.ping(world.mortal, soon))).toMatchObject({
        code: 'fastcgi-unreachable',
        facts: { socket: world.mortal, errno: 'ECONNREFUSED' },
      });
      world.gate.open();
    });
  });
};
