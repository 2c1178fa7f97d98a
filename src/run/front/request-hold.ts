import * as v from 'valibot';
import { formatState, MOST_STATE_BYTES, parseState, type StateFormats } from '../../base/state-format.ts';
import type { Hosted } from '../site/site-run.ts';
import { requireFront, requireStarted } from './require-front.ts';

const requestHold = v.object({ since: v.number(), until: v.number() });

/**
 * A hold of all of a site's requests: new ones wait in HAProxy. A file says so and until when, and HAProxy looks for it with
 * each request. Nothing is reloaded or rendered, so a hold meets no roll, outlives every process of HAProxy's, and ends at its
 * time by itself. The file lies in /run, so a boot ends the hold. Milliseconds since 1970.
 */
export type RequestHold = Readonly<v.InferOutput<typeof requestHold>>;

/** units/haproxy.lua reads `until` of every format: a new one leaves that key where it is. */
const formats: StateFormats<RequestHold> = [requestHold, requestHold];

/** Begins a hold; one that has begun already gets another end. Rejects with `not-started` or `front-outdated`. */
export const beginRequestHold = async (hosted: Hosted, forMs: number): Promise<RequestHold> => {
  await requireStarted(hosted);
  await requireFront(hosted);
  const now = hosted.ports.clock.now();
  const since = (await readRequestHold(hosted))?.since ?? now;
  // HAProxy compares whole seconds.
  const held: RequestHold = { since, until: Math.ceil((now + forMs) / 1000) * 1000 };
  await hosted.ports.files.write(hosted.paths.requestHold, formatState(formats, held), { mode: 0o644 });
  return held;
};

/** Ends the hold and gives what it was; undefined when there was none, or its time was over. */
export const endRequestHold = async (hosted: Hosted): Promise<RequestHold | undefined> => {
  const held = await readRequestHold(hosted);
  await hosted.ports.files.remove(hosted.paths.requestHold);
  return held;
};

/** The hold; undefined when there is none, or its time is over. */
export const readRequestHold = async ({ paths, ports }: Hosted): Promise<RequestHold | undefined> => {
  const text = await ports.files.read(paths.requestHold, MOST_STATE_BYTES);
  const held = text === undefined ? undefined : parseState(formats, text);
  return held !== undefined && held.until > ports.clock.now() ? held : undefined;
};
