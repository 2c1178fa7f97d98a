import { sitePaths } from '../base/paths.ts';
import type { Position } from './problem.ts';
import {
  type Given,
  type Reading,
  read,
  readPreset,
  refuse,
  refuseNew,
  type Source,
  warn,
  whereOneIsWritten,
} from './read.ts';
import { checkSocket, readHttp } from './read-http.ts';
import { checkGroup, sayable } from './read-owner.ts';
import { schema } from './schema.ts';
import type { Http } from './site.ts';

export interface ListenReadings {
  readonly fastcgi: Given<string> | 'broken';
  readonly http: Reading<Http>;
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
  const front = socket === 'absent' ? preset : checkSocket(source, socket, 'fastcgi');
  const others = { http: readHttp(source, front), owner: readListenOwner(source, read(source, owner)) };
  return {
    ...others,
    fastcgi: front,
    group: givenGroup === 'broken' ? givenGroup : checkGroup(source, givenGroup, "'group' in [listen]"),
    mode: readMode(source, readPreset(source, mode), others),
    queueTimeoutMs: readPreset(source, queueTimeout),
  };
};

const readListenOwner = (source: Source, owner: Reading<string>): Reading<string> =>
  owner === 'absent' || owner === 'broken' ? owner : checkOwner(source, owner);

const checkOwner = (source: Source, owner: Given<string>): Given<string> | 'broken' =>
  source.host.user(owner.value) === undefined
    ? refuse(source, owner.at, `'owner' is '${owner.value}', and this host has no such user: write one that it has`)
    : sayable(source, owner, `'owner'`);

/** Where the file says who may connect. */
export const rightsAt = (source: Source): Position => {
  const { owner, group, mode } = schema.listen.keys;
  return whereOneIsWritten(source, [group, owner, mode]);
};

/**
 * Refuses a socket to which nobody but php-zd's own HAProxies may connect, unless they bring the visitors. Warns of one to which everybody
 * may: who can connect runs the site's PHP with parameters of his own choice.
 */
const readMode = (
  source: Source,
  mode: Given<number> | 'broken',
  { owner, http }: Pick<ListenReadings, 'owner' | 'http'>,
): Given<number> | 'broken' => {
  if (mode === 'broken') return mode;
  if ((mode.value & 0o022) === 0 && owner === 'absent' && http === 'absent')
    refuseNew(source, mode.at, "'mode' lets no web server connect, which has to write there: write mode = 0660");
  if ((mode.value & 0o002) !== 0)
    warn(source, mode.at, "'mode' lets every user of this host run the site's PHP as he likes: write mode = 0660");
  return mode;
};
