import type { Random } from './random.ts';

export const STRATEGIES = ['in place', 'rolling', 'blue-green', 'standby', 'rollback'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** What happens besides the roll. Only what should cost no request: who ends HAProxy or PHP-FPM ends what they have in hand. */
export type Fault =
  | { readonly kind: 'none' }
  | { readonly kind: 'bad-release' }
  | { readonly kind: 'kill' | 'haproxy-reload' | 'replica-restart'; readonly afterMs: number };

/** What of the site file differs from one roll to the next. */
export interface Config {
  readonly replicas: number;
  readonly maxChildren: number;
  readonly greeting: number;
}

/** One roll, as it is meant. */
export interface Choice {
  readonly strategy: Strategy;
  readonly hasNewRelease: boolean;
  readonly config: Config;
  readonly fault: Fault;
  readonly pauseMs: number;
}

/** The next roll, after one with this configuration. */
export const choose = (random: Random, before: Config): Choice => {
  const strategy = random.pick(STRATEGIES);
  const fault = chooseFault(random, strategy);
  const config = random.chance(40) ? chooseConfig(random) : before;
  return {
    strategy,
    fault,
    hasNewRelease: strategy !== 'rollback' && (fault.kind === 'bad-release' || random.chance(75)),
    // A roll in place takes one away, and whoever restarts a replica by hand another one.
    config: strategy === 'in place' ? { ...config, replicas: 3 } : config,
    pauseMs: random.between(200, 1200),
  };
};

const chooseConfig = (random: Random): Config => ({
  replicas: random.between(2, 3),
  maxChildren: random.between(6, 9),
  greeting: random.between(1, 1000),
});

const chooseFault = (random: Random, strategy: Strategy): Fault => {
  if (random.chance(40)) return { kind: 'none' };
  const kind = random.pick(['kill', 'kill', 'haproxy-reload', 'replica-restart', 'bad-release']);
  // What a rollback goes to has served.
  if (kind === 'bad-release') return { kind: strategy === 'rollback' ? 'none' : kind };
  return { kind, afterMs: random.between(0, 3000) };
};

export const renderIni = (strategy: Strategy, { replicas, maxChildren, greeting }: Config): string => {
  const isBlueGreen = strategy === 'blue-green';
  const surge = strategy === 'in place' ? 0 : isBlueGreen ? replicas : 1;
  // A rollback is told by the link alone; a standby, if there is one, is used.
  const standby = strategy === 'standby' || strategy === 'rollback' ? 'yes' : 'no';
  return `replicas = ${replicas}
surge = ${surge}
strategy = ${isBlueGreen ? 'blue-green' : 'rolling'}
standby = ${standby}
[pool]
pm.max_children = ${maxChildren}
[env]
GREETING = ${greeting}
[health]
path = /health
interval = 50ms
deadline = 1s
`;
};
