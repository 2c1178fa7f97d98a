import * as v from 'valibot';

/**
 * A child of PHP-FPM that holds a replica, as FPM's full status has it, but for the query string of its URI, which may hold a
 * token: everybody may read what is made of this. The strings are what a client sent, not to be trusted for a terminal.
 */
export const blocker = v.pipe(
  v.object({
    pid: v.number(),
    /** FPM's word for what the child does. */
    state: v.string(),
    requestUri: v.string(),
    requestMethod: v.string(),
    script: v.string(),
    /** Microseconds since the request was accepted. */
    requestDurationUs: v.number(),
    /** Seconds since the child started. */
    startSince: v.number(),
  }),
  v.readonly(),
);
export type Blocker = v.InferOutput<typeof blocker>;
