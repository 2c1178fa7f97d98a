import type { HostedSite } from '../site/site-run.ts';
import { ask, type Sample } from './ask.ts';
import type { DrillKind } from './question.ts';
import type { DrillPlan } from './wishes.ts';

/** The drill's clients at work. */
export interface DrillClients {
  /** Resolves when every client has had its first answer. */
  readonly begun: Promise<void>;
  /** Begins no more requests, and resolves with all of them when the last has ended. May be called again. */
  stop(): Promise<Answers>;
}

interface Answers {
  readonly samples: readonly Sample[];
  /** Whether the load came to its bounds before it was told to stop. */
  readonly isCut: boolean;
}

/** The pause between two requests of a client: the rest of the host has work too. */
const PAUSE_MS = 50;

export const startClients = (hosted: HostedSite, plan: DrillPlan): DrillClients => {
  const { clock } = hosted.ports;
  const samples: Sample[] = [];
  const lastMoment = clock.monotonicMs() + plan.mostMs;
  let isStopped = false;
  let lastNumber = 0;
  const isCut = () => clock.monotonicMs() >= lastMoment || lastNumber >= plan.mostRequests;
  const askOne = async (kind: DrillKind): Promise<void> => {
    lastNumber += 1;
    samples.push(await ask(hosted, plan, { kind, number: lastNumber }));
  };
  const go = async (kinds: readonly DrillKind[]): Promise<void> => {
    for (let turn = 1; ; turn += 1) {
      const kind = kinds[turn % kinds.length] ?? 'fast';
      // A request that works on after its answer has a child until that work is done.
      await clock.sleep(kind === 'after' ? plan.afterMs : PAUSE_MS);
      if (isStopped || isCut()) return;
      await askOne(kind);
    }
  };
  const clients = rolesOf(plan.clients, plan.app !== undefined).map(kinds => {
    const first = askOne(kinds[0] ?? 'fast');
    return { first, whole: first.then(() => go(kinds)) };
  });
  let stopped: Promise<Answers> | undefined;
  const end = async (): Promise<Answers> => {
    const result = { samples, isCut: isCut() };
    isStopped = true;
    await Promise.all(clients.map(({ whole }) => whole));
    return result;
  };
  return {
    begun: Promise.all(clients.map(({ first }) => first)).then(() => undefined),
    stop: () => {
      stopped ??= end();
      return stopped;
    },
  };
};

/**
 * What each client asks, again and again: a quarter of the clients long requests, one requests that work on after the answer,
 * the others quick ones.
 */
export const rolesOf = (clients: number, hasApp: boolean): readonly (readonly DrillKind[])[] => {
  const quick: readonly DrillKind[] = ['fast', 'post', ...(hasApp ? (['app'] as const) : [])];
  if (clients === 1) return [[...quick, 'long', 'after']];
  if (clients === 2) return [quick, ['long', 'after']];
  const long = Math.max(1, Math.floor(clients / 4));
  return [
    ...Array.from({ length: long }, () => ['long'] as const),
    ['after'],
    ...Array.from({ length: clients - long - 1 }, () => quick),
  ];
};
