import * as v from 'valibot';
import { isError } from '../../base/errors.ts';
import { parseJson } from '../../base/parse-json.ts';
import { runningSlots } from '../ask/running-slots.ts';
import { brokenBy } from '../proof/own-request.ts';
import type { Hosted } from '../site/site-run.ts';

/** A replica whose children are all busy answers when one of them is free. */
const DEADLINE_MS = 30_000;

/** What became of the OPcache of one replica. */
export interface OpcacheReset {
  readonly slot: number;
  readonly outcome:
    | 'emptied'
    /** There is no OPcache, or PHP may not touch it: the extension, disable_functions, opcache.restrict_api. */
    | 'refused'
    /** An older php-zd made the replica, or something else answered. */
    | 'unknown'
    | 'unanswered';
}

/** Empties the OPcache of every replica that runs, and of no other site: each replica has one of its own, which all its children share. */
export const resetOpcache = async (hosted: Hosted): Promise<readonly OpcacheReset[]> => {
  const { site, ports } = hosted;
  const slots = await runningSlots(ports, site.name);
  return await Promise.all(slots.map(async slot => ({ slot, outcome: await resetOne(hosted, slot) })));
};

/** What src/render/opcache.php answers. */
const answered = v.object({ reset: v.boolean() });

const resetOne = async ({ paths, ports }: Hosted, slot: number): Promise<OpcacheReset['outcome']> => {
  const question = {
    scriptFilename: `${paths.phpIni}/opcache.php`,
    documentRoot: paths.phpIni,
    uri: '/opcache.php',
    method: 'DELETE',
    headers: new Map<string, string>(),
  };
  try {
    const { status, body } = await ports.fpm.request(paths.socket(slot), question, { deadlineMs: DEADLINE_MS });
    const answer = status === 200 ? parseJson(answered, body.slice(0, MOST_ANSWER)) : undefined;
    if (answer === undefined) return 'unknown';
    return answer.reset ? 'emptied' : 'refused';
  } catch (error) {
    if (!isError(error) || isDenied(error)) throw error;
    brokenBy(error); // goes on with what is no fault of the replica's
    return 'unanswered';
  }
};

/** Who may not come to the socket learns nothing of the replica. */
const isDenied = (error: unknown): boolean => isError(error, 'fastcgi-unreachable') && error.facts.errno === 'EACCES';

/** The application's own code may have written the answer. */
const MOST_ANSWER = 1024;
