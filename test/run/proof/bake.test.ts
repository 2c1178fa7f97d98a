import { expect, test } from 'vitest';
import type { ServerCounters, ServerState } from '../../../src/ports/balancer.ts';
import { bake } from '../../../src/run/proof/bake.ts';
import { failure } from '../../fakes/failure.ts';
import { ProofScene } from './proof-scene.ts';

const counters = (connectionErrors: number): ServerCounters => ({
  ...{ requests: 0, responseErrors: 0, retries: 0, redispatches: 0 },
  connectionErrors,
});

/** What one look after the other finds of errors, in php-zd's own HAProxy and in one of the operator's; the last one stays. */
const baked = async (...looks: readonly (readonly [host: number, own: number | undefined])[]) => {
  const scene = new ProofScene();
  await scene.start();
  const [server] = await scene.balancer.servers('shop');
  if (server === undefined) throw new Error('there is no server');
  let at = 0;
  const servers = async (): Promise<readonly ServerState[]> => {
    const [host, own] = looks[Math.min(at++, looks.length - 1)] ?? [0, 0];
    const processes = new Map([
      ['', counters(host)],
      ...(own === undefined ? [] : [['/run/a', counters(own)] as const]),
    ]);
    return [{ ...server, isUp: true, counters: counters(host + (own ?? 0)), processes }];
  };
  const ports = { ...scene.run.ports, balancer: { ...scene.run.ports.balancer, servers } };
  return bake({ ...scene.run, ports }, { slots: [1], ms: 2_000 });
};

test('an error in any HAProxy fails a bake, also of a process that began anew', async () => {
  const one = { code: 'replica-worse', facts: { reason: { kind: 'failed', requests: 1 } } };
  expect(await failure(baked([3, 5], [3, 6]))).toMatchObject(one);
  expect(await failure(baked([3, 5], [3, 1]))).toMatchObject(one);
});

test('a HAProxy that begins anew, is away or comes back makes no errors of those of another one', async () => {
  await expect(baked([3, 5], [3, 0], [3, undefined], [3, 0], [3, 0])).resolves.toBeUndefined();
});
