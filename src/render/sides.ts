import { SIDES, type Side, type SitePaths, sideBackend } from '../base/paths.ts';
import type { Site } from '../site/site.ts';

/** The numbers of the sides' sockets. */
const SOCKET_IDS = { a: { open: 3, closed: 5 }, b: { open: 4, closed: 6 } } as const;

/** Parts of the balancer's configuration, each empty where visitors do not stay with a release. */
interface SideParts {
  readonly sides: readonly Side[];
  readonly binds: string;
  readonly action: string;
  readonly rules: string;
  readonly backends: string;
}

/**
 * Each side of the balancer is a way in and a backend: the site's own HAProxy, which sees cookies, chooses the side, and so the release;
 * the replica is the balancer's choice.
 */
export const renderSides = ({ name, web }: Site, paths: SitePaths): SideParts => {
  const sides = web.sticky === undefined ? [] : SIDES;
  const each = (render: (side: Side, ids: { readonly open: number; readonly closed: number }) => string) =>
    sides.map(side => `${render(side, SOCKET_IDS[side])}\n`).join('');
  return {
    sides,
    // Of HAProxy's own user, as whom the site's HAProxy runs too.
    binds: each(
      (side, { open, closed }) =>
        `  bind unix@${paths.openSide(side)} id ${open} mode 600\n  bind unix@${paths.closedSide(side)} id ${closed} mode 600`,
    ),
    action: each((_, { closed }) => `  tcp-request content lua.php-zd-front if { so_id ${closed} }`),
    // Where no replica of the side is up, as after a crash, any other one answers. In a process that a reload leaves behind none counts as
    // up (facts.md N53): the present one knows.
    rules: each((side, { open, closed }) => {
      const backend = sideBackend(name, side);
      return `  use_backend ${name}:again-${side} if { so_id ${open} ${closed} } { stopping }
  use_backend ${backend} if { so_id ${open} ${closed} } { nbsrv(${backend}) gt 0 }`;
    }),
    backends: sides
      .map(
        side =>
          `backend ${name}:again-${side} from php-zd\n  mode tcp\n  server php-zd unix@${paths.openSide(side)}\n\n`,
      )
      .join(''),
  };
};
