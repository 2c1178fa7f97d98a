import type { Blocker } from '../../base/blocker.ts';
import { printable } from '../../base/printable.ts';

/** Child, what it is asked, the script that it runs, and for how long it has been at it. */
export const blockerWords = ({ pid, state, requestDurationUs, ...request }: Blocker): string => {
  const { requestMethod, requestUri, script } = request;
  const asked = `${fromClient(requestMethod)} ${fromClient(requestUri)}`;
  return `child ${pid} (${state}): ${asked}, ${fromClient(script)}, ${(requestDurationUs / 1_000_000).toFixed(1)} s`;
};

/** A client chose these characters. */
const fromClient = (text: string): string => printable(text, 120);
