import type { Hosted } from '../site/site-run.ts';
import { readMaintenance } from './maintenance.ts';
import { readRequestHold } from './request-hold.ts';

/**
 * Afterwards the web server's requests come to the socket of HAProxy's that the site's files ask for: while the site is held or in
 * maintenance to the one whose requests are looked at. It is a link, so it counts from the next request on, outlives every process of
 * HAProxy's, and costs a request nothing. The files are written before, and whoever sets the link looks at them once more: of two who
 * do it at once the later one leaves it right.
 */
export const pointFront = async (hosted: Hosted): Promise<void> => {
  const { paths, ports } = hosted;
  for (;;) {
    const isClosed = ((await readRequestHold(hosted)) ?? (await readMaintenance(hosted))) !== undefined;
    const socket = isClosed ? paths.closedFront : paths.openFront;
    if ((await ports.files.readLink(paths.front)) === socket) return;
    await ports.files.link(paths.front, socket);
  }
};
