import * as v from 'valibot';
import { formatState, MOST_STATE_BYTES, parseState, type StateFormats } from './state-format.ts';

/** The control sockets of one HAProxy process of the operator's. */
export interface HaproxySockets {
  /** The runtime socket, where the current worker answers. */
  readonly socket: string;
  /** The master's socket, which knows the former workers too. */
  readonly master: string;
}

/** HAProxies of the operator's that balance a site's replicas too, and what the site is called there. */
export interface OwnHaproxies {
  readonly processes: readonly HaproxySockets[];
  readonly backend: string;
  /** The name of each replica's server, with `SLOT_MARK` for the number of the slot. */
  readonly server: string;
}

const SLOT_MARK = '%N';

export const ownServer = ({ server }: Pick<OwnHaproxies, 'server'>, slot: number | string): string =>
  server.replace(SLOT_MARK, String(slot));

const text = v.string();
const list = <Item extends v.GenericSchema>(item: Item) => v.pipe(v.array(item), v.readonly());
const ownHaproxies = v.object({
  processes: list(v.object({ socket: text, master: text })),
  backend: text,
  server: text,
});
const formats: StateFormats<OwnHaproxies> = [undefined, ownHaproxies];

/** More than any site's are. */
export const MOST_OWN_BYTES = Math.min(MOST_STATE_BYTES, 64 * 1024);

/** As they stand in the file by which every process of php-zd knows them, also one that does not read the site file. */
export const formatOwnHaproxies = ({ processes, backend, server }: OwnHaproxies): string =>
  formatState(formats, { processes, backend, server });

/** Undefined for a text that is no such file's. */
export const parseOwnHaproxies = (written: string): OwnHaproxies | undefined => parseState(formats, written);
