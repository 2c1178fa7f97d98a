import { FakeBalancer } from '../fakes/fake-balancer.ts';
import { describeBalancer } from './balancer.ts';

describeBalancer('in memory', async () => {
  const balancer = new FakeBalancer({ other: ['1'], 'shop:a': ['1'] });
  balancer.configure('shop', ['1', '2', '3'], ['3']);
  balancer.restart();
  /** The sessions that the current worker holds. */
  let held = 0;
  let waiting = 0;
  return {
    balancer,
    hold: async () => {
      const worker = (await balancer.workers())[0]?.pid;
      held += 1;
      balancer.setSessions('shop', '1', held);
      balancer.count('shop', '1', { requests: 1 });
      return async () => {
        if ((await balancer.workers())[0]?.pid !== worker) return balancer.endFormerSessions('shop', '1');
        held -= 1;
        balancer.setSessions('shop', '1', held);
      };
    },
    holdOnSide: async () => {
      balancer.setSessions('shop:a', '1', 1);
      balancer.count('shop:a', '1', { requests: 1 });
      return async () => balancer.endFormerSessions('shop:a', '1');
    },
    wait: async () => {
      const worker = (await balancer.workers())[0]?.pid;
      waiting += 1;
      balancer.setHeld('shop', waiting);
      return async () => {
        if ((await balancer.workers())[0]?.pid !== worker) return balancer.endFormerHeld('shop');
        waiting -= 1;
        balancer.setHeld('shop', waiting);
      };
    },
    lose: async () => balancer.countTotals('shop', { requests: 1, connectionErrors: 1 }),
    mark: async (server, health) => balancer.mark('shop', server, health === 'up'),
    reload: async () => {
      held = 0;
      waiting = 0;
      balancer.reload();
    },
    restart: async () => {
      held = 0;
      waiting = 0;
      balancer.restart();
    },
    stop: async () => balancer.unreachable(),
    close: async () => {},
  };
});
