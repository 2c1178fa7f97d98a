import { chmod } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';

/**
 * A place where a program of the machine stops until the test lets it go on: the program connects to a socket of the test's and
 * reads to the end. The test is told of each arrival, and does not have to guess when one is there.
 */
export interface Gate {
  /** Resolves when `count` programs stand at the gate. */
  arrived(count: number): Promise<void>;
  /** Lets every program go on that stands at the gate. */
  open(): void;
  close(): Promise<void>;
}

export const makeGate = async (path: string): Promise<Gate> => {
  const waiting = new Set<Socket>();
  let onArrival: () => void = () => {};
  const server = createServer(socket => {
    waiting.add(socket);
    socket.on('error', () => {}); // the program was killed: 'close' follows
    socket.on('close', () => waiting.delete(socket));
    onArrival();
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  await chmod(path, 0o666);
  const open = () => {
    for (const socket of waiting) socket.destroy();
    waiting.clear();
  };
  return {
    arrived: count =>
      new Promise(resolve => {
        onArrival = () => waiting.size >= count && resolve();
        onArrival();
      }),
    open,
    close: () =>
      new Promise(resolve => {
        open();
        server.close(() => resolve());
      }),
  };
};

/** A gate for a fake: a promise instead of a socket. */
export const makeFakeGate = (): Gate & { pass(): Promise<void> } => {
  let waiting: (() => void)[] = [];
  let onArrival: () => void = () => {};
  const open = () => {
    const those = waiting;
    waiting = [];
    for (const go of those) go();
  };
  return {
    pass: () =>
      new Promise(resolve => {
        waiting.push(resolve);
        onArrival();
      }),
    arrived: count =>
      new Promise(resolve => {
        onArrival = () => waiting.length >= count && resolve();
        onArrival();
      }),
    open,
    close: async () => open(),
  };
};
