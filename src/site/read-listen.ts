import { sitePaths } from '../base/paths.ts';
import { type Given, type Reading, read, readPreset, refuse, type Source, warn } from './read.ts';
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
  return {
    fastcgi: front,
    http: readHttp(source, front),
    owner: readListenOwner(source, read(source, owner)),
    group: givenGroup === 'broken' ? givenGroup : checkGroup(source, givenGroup, "'group' in [listen]"),
    mode: readMode(source, readPreset(source, mode)),
    queueTimeoutMs: readPreset(source, queueTimeout),
  };
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
