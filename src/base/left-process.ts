import * as v from 'valibot';

/**
 * A process that a request started and left running. `command` is what the process itself says that it is, not to be trusted for
 * a terminal.
 */
export const leftProcess = v.pipe(v.object({ pid: v.number(), command: v.string() }), v.readonly());
export type LeftProcess = v.InferOutput<typeof leftProcess>;
