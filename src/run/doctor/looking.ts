import type { Ports } from '../site/ports.ts';

/** The ports for one look at the host: what many checks ask of a unit is asked once. A look changes nothing. */
export const lookingPorts = (ports: Ports): Ports => {
  const { systemd } = ports;
  const glance = onceFor((patterns: string) => systemd.glance(patterns.split(' ')));
  const kept = new Map<string | symbol, unknown>([
    ['unit', onceFor(unit => systemd.unit(unit))],
    ['glimpse', onceFor(unit => systemd.glimpse(unit))],
    ['glance', (patterns: readonly string[]) => glance(patterns.join(' '))],
  ]);
  const get = (_: object, name: string | symbol): unknown => {
    const own: unknown = kept.get(name) ?? Reflect.get(systemd, name);
    return typeof own === 'function' ? own.bind(systemd) : own;
  };
  return { ...ports, systemd: new Proxy<typeof systemd>(systemd, { get }) };
};

/** A question that is asked once for each thing that it is about. */
const onceFor = <Value>(ask: (about: string) => Promise<Value>): ((about: string) => Promise<Value>) => {
  const asked = new Map<string, Promise<Value>>();
  return about => {
    const answer = asked.get(about) ?? ask(about);
    asked.set(about, answer);
    return answer;
  };
};
