import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AcceptQueue } from '../../src/ports/accept-queue.ts';

/** Two sockets whose listeners accept no connection. */
export interface AcceptQueueWorld {
  readonly queue: AcceptQueue;
  readonly socket: string;
  readonly other: string;
  /** Lets so many connections wait on the first socket. */
  wait(count: number): Promise<void>;
  /** So many wait on a socket of the same path in another mount namespace. */
  waitElsewhere(count: number): Promise<void>;
  /** Somebody listens at the socket that is given, to which he came by another path. */
  listenByAnotherPath(): Promise<string>;
  /** A socket whose listener ended. Somebody listens at its path in another mount namespace. */
  forsake(): Promise<string>;
  close(): Promise<void>;
}

export const describeAcceptQueue = (name: string, makeWorld: () => Promise<AcceptQueueWorld>): void => {
  describe(`the accept queue: ${name}`, () => {
    let world: AcceptQueueWorld;
    beforeAll(async () => {
      world = await makeWorld();
    });
    afterAll(() => world?.close());

    it('nobody waits on a socket that nobody asked', async () => {
      expect(await world.queue.waiting(world.socket)).toBe(0);
    });

    it('nobody waits where nobody listens', async () => {
      expect(await world.queue.waiting(`${world.socket}-not`)).toBe(0);
    });

    it('everybody counts who waits on this socket, and nobody else', async () => {
      await world.wait(3);
      expect(await world.queue.waiting(world.socket)).toBe(3);
      expect(await world.queue.waiting(world.other)).toBe(0);
    });

    it('who waits at the same path of another mount namespace does not count', async () => {
      const before = await world.queue.waiting(world.socket);
      await world.waitElsewhere(5);
      expect(await world.queue.waiting(world.socket)).toBe(before);
    });

    it('somebody listens where a socket is listened at, by whichever path', async () => {
      expect(await world.queue.isListening(world.socket)).toBe(true);
      expect(await world.queue.isListening(await world.listenByAnotherPath())).toBe(true);
    });

    it('nobody listens where there is no socket, nor where its listener ended, whoever listens at that path elsewhere', async () => {
      expect(await world.queue.isListening(`${world.socket}-not`)).toBe(false);
      expect(await world.queue.isListening(await world.forsake())).toBe(false);
    });

    it('a path is no pattern', async () => {
      expect(await world.queue.waiting(world.socket.replace(/.$/, '?'))).toBe(0);
      expect(await world.queue.waiting(world.socket.replace(/.$/, '*'))).toBe(0);
    });
  });
};
