import { formatTimeSpan } from '../base/time-span.ts';
import { loadedNameProblem } from './loaded-names.ts';
import {
  read,
  readEntries,
  readPreset,
  readRequired,
  refuse,
  type Source,
  valuesIn,
  valuesOf,
  warn,
  whereOneIsWritten,
} from './read.ts';
import { schema } from './schema.ts';
import type { Drain, Health, Site } from './site.ts';

// Readers of the sections, or parts of one, that ask little of the host. Each gives undefined when a key that it reads is
// broken, which is reported then.

export const readEnv = (source: Source): ReadonlyMap<string, string> => {
  const entries = readEntries(source, schema.env.keys.NAME);
  for (const [name, { at }] of entries) {
    const problem = loadedNameProblem(name);
    if (problem !== undefined) refuse(source, at, `[env] ${problem}`);
  }
  return valuesIn(entries);
};

/** `none`: the site has no [health], which deserves a word but is no problem. */
export const readHealth = (source: Source): Health | 'none' | undefined => {
  const { settings } = source;
  if (!settings.hasSection('health')) {
    if (settings.isDoubtful('health')) return undefined;
    warn(
      source,
      settings.whereabouts('site'),
      'no [health]: a replica is proven by its ping and its index alone; set [health] path = /...',
    );
    return 'none';
  }
  const { path, status, body, header, passes, interval, soak, deadline } = schema.health.keys;
  const readings = {
    path: readRequired(source, path, 'write path = /..., what a healthy release answers'),
    status: readPreset(source, status),
    body: read(source, body),
    passes: readPreset(source, passes),
    intervalMs: readPreset(source, interval),
    soakMs: readPreset(source, soak),
    deadlineMs: readPreset(source, deadline),
  };
  const headers = valuesIn(readEntries(source, header));
  const values = valuesOf(readings);
  return values && checkHealthTimes(source, { ...values, headers });
};

/** Refuses a proof that cannot end before its deadline: it would fail every roll. */
const checkHealthTimes = (source: Source, health: Health): Health | undefined => {
  const neededMs = (health.passes - 1) * health.intervalMs + health.soakMs;
  if (neededMs < health.deadlineMs) return health;
  const { deadline, soak, interval, passes } = schema.health.keys;
  refuse(
    source,
    whereOneIsWritten(source, [deadline, soak, interval, passes]),
    `'deadline' is ${formatTimeSpan(health.deadlineMs)}, and the passes and the soak alone take ` +
      `${formatTimeSpan(neededMs)}: write a longer deadline`,
  );
  return undefined;
};

/**
 * The section [drain]. `size` is undefined when the keys of the site's size are broken: then the section is judged by itself.
 */
export const readDrain = (source: Source, size: Pick<Site, 'surge'> | undefined): Drain | undefined => {
  const { timeout, on_timeout: onTimeout, park_timeout: parkTimeout, daemons } = schema.drain.keys;
  const drain = valuesOf({
    timeoutMs: readPreset(source, timeout),
    onTimeout: readPreset(source, onTimeout),
    parkTimeoutMs: readPreset(source, parkTimeout),
    daemons: readPreset(source, daemons),
  });
  if (drain?.onTimeout !== 'park' || size?.surge !== 0) return drain;
  refuse(
    source,
    whereOneIsWritten(source, [onTimeout, schema.site.keys.surge]),
    "'on_timeout' is park and 'surge' 0: a parked replica keeps its slot, and the new one has no other; " +
      'write surge = 1 or on_timeout = abort',
  );
  return undefined;
};
