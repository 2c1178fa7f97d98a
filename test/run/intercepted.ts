import type { Ports } from '../../src/run/site/ports.ts';

/** The calls that change something. */
const EFFECTS = {
  files: ['write', 'link', 'remove', 'removeTree'],
  systemd: ['start', 'stop', 'restart', 'reload', 'daemonReload', 'resetFailed'],
  balancer: ['drain', 'ready', 'switch'],
} as const;

export interface Interceptor {
  /** What it throws the caller gets, and nothing is done. */
  before?(call: string): void;
  /** What it throws the caller gets after it was done. */
  after?(call: string): void | Promise<void>;
}

/** The same ports, with somebody between each call that changes something and its caller. */
export const intercepted = (ports: Ports, interceptor: Interceptor): Ports => {
  const wrap = <Port extends object>(port: Port, effects: readonly string[]): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          const call = () => value.apply(target, args) as unknown;
          return effects.includes(String(name)) ? between(interceptor, `${String(name)} ${args[0]}`, call) : call();
        };
      },
    });
  return {
    ...ports,
    files: wrap(ports.files, EFFECTS.files),
    systemd: wrap(ports.systemd, EFFECTS.systemd),
    balancer: wrap(ports.balancer, EFFECTS.balancer),
  };
};

const between = async ({ before, after }: Interceptor, name: string, call: () => unknown): Promise<unknown> => {
  before?.(name);
  const result = await call();
  await after?.(name);
  return result;
};

/** A process that is killed after its `count`-th change, and does nothing any more. */
export const killedAt = (ports: Ports, count: number): Ports => {
  let calls = 0;
  const dieWhenOver = (most: number) => {
    if (calls > most) throw new Error('killed');
  };
  return intercepted(ports, {
    before: () => {
      calls += 1;
      dieWhenOver(count);
    },
    after: () => dieWhenOver(count - 1),
  });
};
