import { FakeAcceptQueue } from '../fakes/fake-accept-queue.ts';
import { describeAcceptQueue } from './accept-queue.ts';

describeAcceptQueue('in memory', async () => {
  const queue = new FakeAcceptQueue();
  for (const socket of ['a', 'b', 'c']) queue.listening.add(`/run/queue/${socket}.sock`);
  return {
    queue,
    socket: '/run/queue/a.sock',
    other: '/run/queue/b.sock',
    wait: async count => queue.set('/run/queue/a.sock', count),
    waitElsewhere: async () => {}, // one name space is all that there is in memory
    listenByAnotherPath: async () => '/run/queue/c.sock',
    forsake: async () => '/run/queue/d.sock',
    close: async () => {},
  };
});
