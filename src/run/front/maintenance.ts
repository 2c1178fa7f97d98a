import { extname } from 'node:path';
import { isError, PhpZdError } from '../../base/errors.ts';
import { defaultPage, type MaintenancePage, maintenanceSince, renderMaintenance } from '../../render/maintenance.ts';
import { isNoUtf8 } from '../../site/no-utf8.ts';
import type { Ports } from '../site/ports.ts';
import type { Hosted } from '../site/site-run.ts';
import { requireHoldable } from './holdable.ts';

/**
 * A maintenance: HAProxy answers every new request itself. As with a hold, a file says so and HAProxy looks for it with each
 * request; this file lies where it outlives a boot. Milliseconds since 1970.
 */
export interface Maintenance {
  /** Undefined where the file does not say it. */
  readonly since: number | undefined;
}

/** What the file begins with is for php-zd, the rest for HAProxy (`renderMaintenance`). */
const BEGIN_BYTES = 64;

/** The longest page: HAProxy reads it for each request. */
const MAX_CHARACTERS = 1_000_000;

const types: Readonly<Record<string, string>> = { '.json': 'application/json', '.txt': 'text/plain' };

/** Begins a maintenance; one that has begun already gets this page. Rejects as `requireHoldable`. */
export const beginMaintenance = async (hosted: Hosted, page: MaintenancePage = defaultPage): Promise<void> => {
  await requireHoldable(hosted);
  const since = (await readMaintenance(hosted))?.since ?? hosted.ports.clock.now();
  await hosted.ports.files.write(hosted.paths.maintenance, renderMaintenance(since, page), { mode: 0o644 });
};

/** Ends the maintenance and gives what it was; undefined when there was none. */
export const endMaintenance = async (hosted: Hosted): Promise<Maintenance | undefined> => {
  const maintenance = await readMaintenance(hosted);
  await hosted.ports.files.remove(hosted.paths.maintenance);
  return maintenance;
};

export const readMaintenance = async ({ paths, ports }: Hosted): Promise<Maintenance | undefined> => {
  const text = await ports.files.readOwn(paths.maintenance, BEGIN_BYTES);
  return text === undefined ? undefined : { since: maintenanceSince(text) };
};

/** A page from the operator's file, whose name tells its media type. Rejects with `page-unfit`. */
export const readPage = async ({ ports }: Hosted, path: string): Promise<MaintenancePage> => {
  const text = await readText(ports, path);
  if (text === undefined) throw new PhpZdError('page-unfit', { path, reason: { kind: 'missing' } });
  if (text.length > MAX_CHARACTERS) {
    throw new PhpZdError('page-unfit', { path, reason: { kind: 'too-long', limit: MAX_CHARACTERS } });
  }
  if (isNoUtf8(text)) throw new PhpZdError('page-unfit', { path, reason: { kind: 'no-utf8' } });
  return { type: types[extname(path)] ?? 'text/html', text };
};

const readText = async ({ files }: Ports, path: string): Promise<string | undefined> => {
  try {
    // A character has four bytes at most: a page that is cut off here is too long either way.
    return await files.read(path, 4 * MAX_CHARACTERS);
  } catch (error) {
    if (!isError(error, 'file-system') || error.facts.errno !== 'EISDIR') throw error;
    throw new PhpZdError('page-unfit', { path, reason: { kind: 'directory' } }, error);
  }
};
