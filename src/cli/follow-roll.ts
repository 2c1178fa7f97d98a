import { valueUnless } from '../base/errors.ts';
import { type RollShow, showJson, showLines, showPicture, withoutReceipt } from '../report/roll/show.ts';
import { readRollLog } from '../run/record/roll-log.ts';
import type { Followed } from '../run/roll/site-job.ts';
import type { Ports } from '../run/site/ports.ts';
import type { Cli } from './context.ts';

/** How often the roll's log is read. A file has no event for its reader, and a tenth of a second is at once for a person. */
const INTERVAL_MS = 100;
const ASK_BALANCER_MS = 300;

/** How a roll is shown, chosen once: as JSON, as a picture on a terminal, or in lines. */
export const chooseShow = (cli: Cli, { json, receipt }: ShowOptions): RollShow => {
  if (json) return showJson(cli.out);
  const show = cli.errTerminal === undefined ? showLines(cli.err) : showPicture(cli.err, cli.errTerminal);
  return receipt === false ? withoutReceipt(show) : show;
};

interface ShowOptions {
  readonly json?: true;
  readonly receipt?: boolean;
}

interface Shown extends Followed {
  readonly show: RollShow;
}

/** Shows what the units of a site say until the work is over. How the work ended is left to the caller. */
export const showUntil = async (ports: Ports, followed: Shown, work: Promise<unknown>): Promise<void> => {
  const { show } = followed;
  const over = new AbortController();
  const end = () => over.abort();
  work.then(end, end);
  const log = readsOn(ports, followed);
  const inFlight = asksSometimes(ports, followed.site);
  for (;;) {
    // The log is read once more after the end, for what was said before it.
    const isOver = over.signal.aborted;
    for (const entry of await log()) show.add(entry);
    show.tick(ports.clock.now(), await inFlight());
    if (isOver) break;
    await ports.clock.sleep(INTERVAL_MS, over.signal).catch(() => undefined); // the end of the work wakes this
  }
  show.end();
};

/** A function that gives the entries since it was last called. */
const readsOn = ({ files }: Ports, { site, after, isOther }: Followed) => {
  let place = after;
  return async () => {
    const found = await orNothing(readRollLog(files, site, place));
    if (found === undefined) return [];
    const isSame = after !== undefined && found.place.file.inode === after.file.inode;
    place = found.place;
    return isOther && isSame ? [] : found.entries;
  };
};

/**
 * A function that gives the requests under way by slot, and asks HAProxy now and then. A user who may not ask HAProxy sees
 * none.
 */
const asksSometimes = ({ balancer, clock }: Ports, site: string) => {
  let askedAt = Number.NEGATIVE_INFINITY;
  let known: ReadonlyMap<number, number> = new Map();
  return async (): Promise<ReadonlyMap<number, number>> => {
    if (clock.monotonicMs() - askedAt < ASK_BALANCER_MS) return known;
    askedAt = clock.monotonicMs();
    const servers = (await orNothing(balancer.servers(site))) ?? [];
    known = new Map(servers.map(({ server, sessions }) => [Number(server), sessions]));
    return known;
  };
};

/** The answer; undefined when there was an error: what cannot be shown keeps nobody from the outcome. */
const orNothing = <Value>(asked: Promise<Value>): Promise<Value | undefined> => valueUnless(() => asked);
