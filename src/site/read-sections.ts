import { sitePaths } from '../base/paths.ts';
import { formatTimeSpan } from '../base/time-span.ts';
import { loadedNameProblem } from './loaded-names.ts';
import {
  type Given,
  type Reading,
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
import { checkGroup, sayable } from './read-owner.ts';
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

export interface ListenReadings {
  readonly fastcgi: Given<string> | 'broken';
  readonly owner: Reading<string>;
  readonly group: Given<string> | 'broken';
  readonly mode: Given<number> | 'broken';
  readonly queueTimeoutMs: Given<number> | 'broken';
}

export const readListen = (source: Source): ListenReadings => {
  const { fastcgi, owner, group, mode, queue_timeout: queueTimeout } = schema.listen.keys;
  const socket = read(source, fastcgi);
  const preset = { value: `${sitePaths(source.name).run}/fastcgi.sock`, at: source.settings.whereabouts('listen') };
  const givenGroup = readPreset(source, group);
  return {
    fastcgi: socket === 'absent' ? preset : checkSocket(source, socket),
    owner: readListenOwner(source, read(source, owner)),
    group: givenGroup === 'broken' ? givenGroup : checkGroup(source, givenGroup, "'group' in [listen]"),
    mode: readMode(source, readPreset(source, mode)),
    queueTimeoutMs: readPreset(source, queueTimeout),
  };
};

/** php-zd makes a link at the socket's path, so that must lie below /run, where no file of the host's can be in the way. */
const checkSocket = (source: Source, socket: Given<string> | 'broken'): Given<string> | 'broken' => {
  if (socket === 'broken' || /^\/run\/(?!php-zd\/)./.test(socket.value)) return socket;
  if (/^\/run\/php-zd\/[^/]+\/fastcgi\.sock$/.test(socket.value)) return socket;
  const where = socket.value.startsWith('/run/') ? 'must keep out of /run/php-zd' : 'must lie below /run';
  return refuse(
    source,
    socket.at,
    `'fastcgi' ${where}, not '${socket.value}': write fastcgi = /run/${source.name}.sock`,
  );
};

const readListenOwner = (source: Source, owner: Reading<string>): Reading<string> =>
  owner === 'absent' || owner === 'broken' ? owner : checkOwner(source, owner);

const checkOwner = (source: Source, owner: Given<string>): Given<string> | 'broken' =>
  source.host.user(owner.value) === undefined
    ? refuse(source, owner.at, `'owner' is '${owner.value}', and this host has no such user: write one that it has`)
    : sayable(source, owner, `'owner'`);

/** Warns of a socket that everybody may connect to: who can connect runs the site's PHP with parameters of his own choice. */
const readMode = (source: Source, mode: Given<number> | 'broken'): Given<number> | 'broken' => {
  if (mode !== 'broken' && (mode.value & 0o002) !== 0) {
    warn(source, mode.at, "'mode' lets every user of this host run the site's PHP as he likes: write mode = 0660");
  }
  return mode;
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
