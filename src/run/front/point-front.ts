import { SIDES } from '../../base/paths.ts';
import { inOrder } from '../ask/at-once.ts';
import type { Hosted } from '../site/site-run.ts';
import { readMaintenance } from './maintenance.ts';
import { readRequestHold } from './request-hold.ts';

/**
 * Afterwards the web server's requests come to the socket of HAProxy's that the site's files ask for: while the site is held or in
 * maintenance to the one whose requests are looked at. It is a link, so it counts from the next request on, outlives every process of
 * HAProxy's, and costs a request nothing. The files are written before, and whoever sets the link looks at them once more: of two who
 * do it at once the later one leaves it right. Rejects as `requireMarksAreFiles`.
 */
export const pointFront = async (hosted: Hosted): Promise<void> => {
  const { files } = hosted.ports;
  for (;;) {
    const toClosed = await isClosed(hosted);
    const wanted = frontsOf(hosted).map(({ link, open, closed }) => ({ link, socket: toClosed ? closed : open }));
    const found = await Promise.all(wanted.map(({ link }) => files.readLink(link)));
    const wrong = wanted.filter(({ socket }, index) => found[index] !== socket);
    if (wrong.length === 0) return;
    for (const { link, socket } of wrong) await files.link(link, socket);
  }
};

/**
 * Rejects with `file-system` where something else than a file lies where HAProxy looks for a hold or a maintenance: HAProxy, which waits
 * for no pipe of its own accord, would answer no site any more.
 */
export const requireMarksAreFiles = async (hosted: Hosted): Promise<void> => {
  await isClosed(hosted);
};

const isClosed = async (hosted: Hosted): Promise<boolean> => {
  const [held, maintenance] = await inOrder([readRequestHold(hosted), readMaintenance(hosted)]);
  return held !== undefined || maintenance !== undefined;
};

const frontsOf = ({ paths }: Hosted) => [
  { link: paths.front, open: paths.openFront, closed: paths.closedFront },
  ...SIDES.map(side => ({ link: paths.sideFront(side), open: paths.openSide(side), closed: paths.closedSide(side) })),
];
