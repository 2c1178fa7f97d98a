import * as v from 'valibot';
import { formatState, instant, MOST_STATE_BYTES, parseState, type StateFormats } from '../../base/state-format.ts';
import type { Clock } from '../../ports/clock.ts';
import { requireStarted } from '../ask/require-started.ts';
import type { Hosted } from '../site/site-run.ts';
import { requireHoldable } from './holdable.ts';

/** The longest hold: visitors' browsers give up before. */
export const MAX_HOLD_MS = 600_000;

const requestHold = v.object({ sinceUptimeMs: instant, untilUptimeMs: instant });

/**
 * A hold of all of a site's requests: new ones wait in HAProxy. A file says so and until when, and HAProxy looks for it with
 * each request. Nothing is reloaded or rendered, so a hold meets no roll, outlives every process of HAProxy's, and ends at its
 * time by itself. The file lies in /run, so a boot ends the hold. Milliseconds since 1970, as the host's clock is set when they are
 * read: the file has those since the boot, and so a hold lasts as long as it was to, however that clock is set.
 */
export interface RequestHold {
  readonly since: number;
  readonly until: number;
}

/**
 * units/haproxy.lua reads `untilUptimeMs` of every format: a new one leaves that key where it is.
 */
const formats: StateFormats<v.InferOutput<typeof requestHold>> = [undefined, requestHold];

/** Begins a hold; one that has begun already gets another end. Rejects with `not-started`, and as `requireHoldable`. */
export const beginRequestHold = async (hosted: Hosted, forMs: number): Promise<RequestHold> => {
  await requireStarted(hosted);
  await requireHoldable(hosted);
  const { clock, files } = hosted.ports;
  const { sinceUptimeMs } = (await readFile(hosted)) ?? { sinceUptimeMs: clock.uptimeMs() };
  const held = { sinceUptimeMs, untilUptimeMs: clock.uptimeMs() + forMs };
  await files.write(hosted.paths.requestHold, formatState(formats, held), { mode: 0o644 });
  return sinceEpoch(clock, held);
};

/** Ends the hold and gives what it was; undefined when there was none, or its time was over. */
export const endRequestHold = async (hosted: Hosted): Promise<RequestHold | undefined> => {
  const held = await readRequestHold(hosted);
  await hosted.ports.files.remove(hosted.paths.requestHold);
  return held;
};

/** The hold; undefined when there is none, or its time is over. */
export const readRequestHold = async (hosted: Hosted): Promise<RequestHold | undefined> => {
  const held = await readFile(hosted);
  return held && sinceEpoch(hosted.ports.clock, held);
};

const readFile = async ({ paths, ports }: Hosted) => {
  const text = await ports.files.readOwn(paths.requestHold, MOST_STATE_BYTES);
  const held = text === undefined ? undefined : parseState(formats, text);
  return held !== undefined && held.untilUptimeMs > ports.clock.uptimeMs() ? held : undefined;
};

const sinceEpoch = (clock: Clock, held: v.InferOutput<typeof requestHold>): RequestHold => {
  const bootedAt = clock.now() - clock.uptimeMs();
  return { since: bootedAt + held.sinceUptimeMs, until: bootedAt + held.untilUptimeMs };
};
