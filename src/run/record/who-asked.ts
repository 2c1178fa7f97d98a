import * as v from 'valibot';
import { valueUnless } from '../../base/errors.ts';
import { parseJson } from '../../base/parse-json.ts';
import type { Hosted } from '../site/site-run.ts';
import { readHistory } from './history.ts';
import type { LastRoll } from './last-roll.ts';

/** The longest time from the question to the first process of the roll, on a host that has much to do. */
const LATEST_MS = 10_000;
/** A roll may wait for the end of another one, but not longer than this. */
const MOST_QUEUED_MS = 86_400_000;
/** More entries than the question for one roll leaves. */
const MOST_ENTRIES = 50;
/** (uid_t) -1, which means that nobody logged in (audit_getloginuid(3)). */
const NO_LOGIN = '4294967295';

/** A field that has several values, or a very long one, is no text in journalctl's JSON: it counts as missing. */
const field = v.fallback(v.optional(v.string()), undefined);

const number = v.fallback(v.optional(v.pipe(v.string(), v.regex(/^\d{1,10}$/))), undefined);

/** What is read of an `asked` entry of root's. journald itself writes the fields that begin with `_` (facts.md N10). */
const asked = v.object({ __REALTIME_TIMESTAMP: v.string(), _AUDIT_LOGINUID: number, PHP_ZD_SUDO_USER: field });
type Asked = Readonly<v.InferOutput<typeof asked>>;

/**
 * The names of those who asked for the roll by php-zd as root, or by way of root, from the entries that their processes left in
 * the journal. Undefined when nobody did, as after a plain `systemctl reload`, or when the journal does not tell. Of anybody else
 * journald knows that he wrote such an entry, and nobody whether he may roll the site.
 */
export const whoAsked = async (
  hosted: Hosted,
  roll: Pick<LastRoll, 'id' | 'startedAt'>,
): Promise<string | undefined> => {
  const former = (await readHistory(hosted)).findLast(({ id }) => id !== roll.id);
  const since = Math.max(former?.startedAt ?? 0, roll.startedAt - MOST_QUEUED_MS);
  // A question that came while the former roll went on had to wait for the end of that roll.
  const isOurs = (at: number) =>
    at > since && at <= roll.startedAt && (at <= (former?.endedAt ?? 0) || at >= roll.startedAt - LATEST_MS);
  const entries = await readAsked(hosted, since);
  const ours = entries.filter(entry => isOurs(Number(entry.__REALTIME_TIMESTAMP) / 1000));
  const names = new Set(ours.map(entry => nameOf(hosted, entry)));
  return names.size === 0 ? undefined : [...names].join(', ');
};

const readAsked = async ({ site, ports }: Hosted, since: number): Promise<readonly Asked[]> => {
  const matches = ['_UID=0', `PHP_ZD_SITE=${site.name}`, 'PHP_ZD_EVENT=asked', 'PHP_ZD_JOB=reload'];
  const range = [`--since=@${Math.floor(since / 1000)}`, `--lines=${MOST_ENTRIES}`];
  const fields = '--output-fields=_AUDIT_LOGINUID,PHP_ZD_SUDO_USER';
  const args = ['--quiet', '--output=json', fields, ...range, ...matches];
  // A roll does not fail for want of a name.
  const text = await valueUnless(() => ports.commands.run('journalctl', args), 'command-failed');
  return (text ?? '').split('\n').flatMap(line => parseJson(asked, line) ?? []);
};

/** The user who logged in, else the one whom SUDO_USER names: only a process of root's can claim that, and all are root's. */
const nameOf = (hosted: Hosted, { _AUDIT_LOGINUID, PHP_ZD_SUDO_USER }: Asked): string => {
  if (_AUDIT_LOGINUID !== undefined && !['0', NO_LOGIN].includes(_AUDIT_LOGINUID))
    return userName(hosted, _AUDIT_LOGINUID);
  return PHP_ZD_SUDO_USER !== undefined && isName(PHP_ZD_SUDO_USER) ? PHP_ZD_SUDO_USER : 'root';
};

const isName = (text: string): boolean => /^[\w.-]{1,32}$/.test(text);

/** Where the user was removed meanwhile the number stands for the name. */
const userName = ({ ports }: Hosted, uid: string): string => {
  const name = ports.host.userName(Number(uid)) ?? '';
  return isName(name) ? name : uid;
};
