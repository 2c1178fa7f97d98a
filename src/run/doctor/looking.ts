import { PhpZdError } from '../../base/errors.ts';
import { replicaUnit, webUnit } from '../../base/paths.ts';
import type { BackendState, Balancer } from '../../ports/balancer.ts';
import type { Systemd, UnitGlance } from '../../ports/systemd.ts';
import { onceFor, oneLook, withOwn } from '../ask/one-look.ts';
import type { Ports } from '../site/ports.ts';
import { once } from './check.ts';

/** The ports for one look at the host: what many checks ask of a unit, of the balancer or of a file is asked once. A look changes nothing. */
export const lookingPorts = (ports: Ports): Ports => ({
  ...oneLook(ports),
  systemd: withOwn(ports.systemd, lookingSystemd(ports.systemd)),
  balancer: withOwn(ports.balancer, lookingBalancer(ports.balancer)),
});

const lookingSystemd = (systemd: Systemd): Partial<Systemd> => {
  const glance = onceFor((patterns: string) => systemd.glance(patterns.split(' ')));
  const ofAllSites = [replicaUnit('*', '*'), webUnit('*', '*')];
  /** Undefined where not all of the patterns are about the replicas of sites. */
  const widen = (patterns: readonly string[]): readonly string[] | undefined => {
    const wide = patterns.map(pattern => ofAllSites.find(all => matches(all, pattern)));
    return wide.every(each => each !== undefined) ? [...new Set(wide)] : undefined;
  };
  const ofSites = onceFor(async (patterns: string): Promise<readonly UnitGlance[] | undefined> => {
    const wanted = patterns.split(' ');
    const wide = widen(wanted);
    if (wide === undefined) return undefined;
    const units = (await Promise.all(wide.map(glance))).flat();
    return units.filter(({ unit }) => wanted.some(pattern => matches(pattern, unit)));
  });
  return {
    unit: onceFor(unit => systemd.unit(unit)),
    glimpse: onceFor(unit => systemd.glimpse(unit)),
    // Those of all sites by one question.
    glance: async (patterns: readonly string[]): Promise<readonly UnitGlance[]> =>
      (await ofSites(patterns.join(' '))) ?? (await glance(patterns.join(' '))),
  };
};

/** Whether a unit matches a pattern in which an asterisk alone has a meaning. */
const matches = (pattern: string, unit: string): boolean => {
  const [begin = '', ...others] = pattern.split('*');
  const end = others.pop();
  if (end === undefined) return unit === pattern;
  if (!unit.startsWith(begin) || !unit.endsWith(end)) return false;
  let at = begin.length;
  for (const part of others) {
    const found = unit.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= unit.length - end.length;
};

/** HAProxy says all of it of all sites in each answer. */
const lookingBalancer = (balancer: Balancer): Partial<Balancer> => {
  const overview = once(() => balancer.overview());
  const stateOf = async (backend: string): Promise<BackendState> => {
    const state = (await overview()).backends.get(backend);
    if (state === undefined) throw new PhpZdError('balancer-refused', { command: backend, answer: '' });
    return state;
  };
  return {
    totals: async backend => (await stateOf(backend)).totals,
    connections: async () => (await overview()).connections,
  };
};
