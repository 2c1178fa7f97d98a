import { PhpZdError } from '../../base/errors.ts';
import { replicaUnit, webUnit } from '../../base/paths.ts';
import type { BackendState, Balancer } from '../../ports/balancer.ts';
import type { Systemd, UnitGlance } from '../../ports/systemd.ts';
import { onceFor, oneLook, withOwn } from '../ask/one-look.ts';
import type { Ports } from '../site/ports.ts';
import { once } from './check.ts';

/** The ports for one look at the host: what many checks ask of a unit, of the balancer or of a file is asked once. A look changes nothing. */
export const lookingPorts = (ports: Ports): Ports => {
  const looking = oneLook(ports);
  const systemd = withOwn(ports.systemd, lookingSystemd(ports.systemd));
  return {
    ...looking,
    systemd,
    files: withOwn(looking.files, lookingMaps({ ...looking, systemd })),
    balancer: withOwn(ports.balancer, lookingBalancer(ports.balancer)),
  };
};

/** From so many on it takes less to start a program that reads them. */
const MANY = 8;

/** What is looked for: PHP's program and its extensions, by the line of where each begins, and files that were replaced. */
const WANTED_MAPS = ' 00000000 [^ ]+ [0-9]+ +/.*(php|fpm)| /usr/.* \\(deleted\\)$';

/** The memory maps of all replicas, which the kernel writes as they are read, by one program that reads them while this one is at work. */
const lookingMaps = ({ files, systemd, commands }: Ports): Partial<Ports['files']> => {
  const ofReplicas = once(async (): Promise<ReadonlyMap<string, string>> => {
    const units = await systemd.glance([replicaUnit('*', '*')]);
    const maps = units.flatMap(({ mainPid }) => (mainPid === 0 ? [] : [`/proc/${mainPid}/maps`]));
    const args = ['--with-filename', '--no-messages', '--extended-regexp', '-e', WANTED_MAPS, '--', ...maps];
    return maps.length < MANY ? new Map() : byFile(await commands.run('grep', args));
  });
  return {
    read: async (path, mostBytes) => {
      if (!/^\/proc\/\d{1,10}\/maps$/.test(path)) return await files.read(path, mostBytes);
      // One that ended meanwhile, or that may not be looked at, is read, or refused, by itself.
      const known = (await ofReplicas().catch(() => undefined))?.get(path);
      return known ?? (await files.read(path, mostBytes));
    },
  };
};

/** The lines of each file, of `FILE:LINE` for all of them, one file after the other. */
const byFile = (text: string): ReadonlyMap<string, string> => {
  const files = new Map<string, string>();
  for (let at = 0; at < text.length; ) {
    const prefix = text.slice(at, text.indexOf(':', at) + 1);
    let end = at;
    while (prefix !== '' && text.startsWith(prefix, end)) end = text.indexOf('\n', end) + 1 || text.length;
    if (end === at) break;
    files.set(prefix.slice(0, -1), text.slice(at, end).replaceAll(prefix, ''));
    at = end;
  }
  return files;
};

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
    activeState: onceFor(unit => systemd.activeState(unit)),
    units: onceFor(pattern => systemd.units(pattern)),
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
