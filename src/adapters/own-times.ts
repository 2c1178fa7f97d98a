import { readFileSync } from 'node:fs';

/** The monotonic clock, in milliseconds with a fraction. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** USER_HZ, which is 100 wherever Linux runs Node.js: what proc(5) counts in. */
const TICK_MS = 10;
/** The field `starttime` of /proc/PID/stat, counted behind the name, which may have anything. */
const STARTTIME = 19;

/** When this process was made by fork(2), by the monotonic clock, exact to a tick. */
export const processStartMs = (): number => {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[STARTTIME]);
  const sinceBoot = Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]) * 1000;
  // Time that the host was suspended counts in both.
  return nowMs() - (sinceBoot - ticks * TICK_MS);
};
