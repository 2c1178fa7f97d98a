import type { Blocker } from '../../base/blocker.ts';
import type { FpmProcess } from '../../ports/php-fpm.ts';

/** The children at work. */
export const blockersIn = (processes: readonly FpmProcess[]): readonly Blocker[] =>
  processes.filter(({ state }) => state !== 'Idle').map(withoutSecrets);

/** The child, with its request's URI without the query, which may hold a token: everybody may read what is told of it. */
const withoutSecrets = (process: FpmProcess): Blocker => ({
  ...process,
  requestUri: process.requestUri.split('?', 1)[0] ?? '',
});
