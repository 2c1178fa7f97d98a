import { expect, test } from 'vitest';
import type { Step } from '../../../src/plan/step.ts';
import { stepWords } from '../../../src/report/words/steps.ts';

const to = { generation: 'g42', release: '/r/42' };

test.each<readonly [Step, string, string]>([
  [
    { kind: 'write', ...to, files: ['/etc/a', '/etc/b'] },
    'writing the configuration',
    'write the configuration of the new replicas, /etc/a, /etc/b',
  ],
  [{ kind: 'write', ...to, files: [] }, 'writing the configuration', 'write the configuration of the new replicas'],
  [{ kind: 'hold', slot: 1 }, 'holding replica 1', 'hold replica 1: its unit leaves the balancer alone'],
  [{ kind: 'pin', slot: 3, ...to }, 'pinning replica 3 to /r/42', 'pin replica 3 to /r/42'],
  [{ kind: 'start', slot: 3 }, 'starting replica 3', 'start replica 3'],
  [{ kind: 'warm', slot: 3 }, 'warming replica 3', 'warm replica 3'],
  [{ kind: 'prove', slot: 3, ...to }, 'proving replica 3', 'prove that replica 3 runs /r/42 and is healthy'],
  [{ kind: 'serve', slot: 3 }, 'giving requests to replica 3', 'give requests to replica 3, until HAProxy says UP'],
  [
    { kind: 'switch', to: [3, 4], from: [1, 2] },
    'switching all requests to replicas 3, 4',
    'switch all requests to replicas 3, 4, away from replicas 1, 2',
  ],
  [{ kind: 'switch', to: [3], from: [] }, 'switching all requests to replica 3', 'switch all requests to replica 3'],
  [
    { kind: 'bake', slots: [3], ms: 5_000, against: [1, 2] },
    'watching replica 3 for 5s, beside replicas 1, 2',
    'watch replica 3 for 5s, beside replicas 1, 2',
  ],
  [{ kind: 'bake', slots: [3, 4], ms: 5_000 }, 'watching replicas 3, 4 for 5s', 'watch replicas 3, 4 for 5s'],
  [{ kind: 'drain', slot: 1, mustServe: 2 }, 'draining replica 1', 'drain replica 1 (at least 2 others must serve)'],
  [{ kind: 'drain', slot: 1, mustServe: 1 }, 'draining replica 1', 'drain replica 1 (at least 1 other must serve)'],
  [{ kind: 'drain', slot: 1, mustServe: 0 }, 'draining replica 1', 'drain replica 1'],
  [
    { kind: 'retire', slot: 1 },
    'waiting for the requests of replica 1, to stop it',
    'stop replica 1 once it has nothing left to do',
  ],
  [{ kind: 'stand-by', slot: 2 }, 'keeping replica 2 as standby', 'keep replica 2 as standby'],
  [{ kind: 'promote', ...to }, 'promoting /r/42', 'promote /r/42'],
])('%o is said while it runs and in a plan', (step, doing, todo) => {
  expect(stepWords(step)).toEqual({ doing, todo });
});
