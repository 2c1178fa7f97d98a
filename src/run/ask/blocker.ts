import { printable } from '../../base/printable.ts';
import type { FpmProcess } from '../../ports/php-fpm.ts';

/** A child at work in words: its process id, its request, its script, and for how long it has been at it. */
export const formatBlocker = ({
  pid,
  state,
  requestMethod,
  requestUri,
  script,
  requestDurationUs,
}: FpmProcess): string => {
  const request = `${fromClient(requestMethod)} ${fromClient(withoutQuery(requestUri))}`;
  return `child ${pid} (${state}): ${request}, ${fromClient(script)}, ${(requestDurationUs / 1_000_000).toFixed(1)} s`;
};

/** A URI without its query, which may hold a token: everybody may read the words about a child. */
const withoutQuery = (uri: string): string => uri.split('?', 1)[0] ?? '';

/** A text whose characters a client chose, fit for a terminal. */
const fromClient = (text: string): string => printable(text, 120);

/** The child, with its request's URI without the query. */
export const withoutSecrets = (blocker: FpmProcess): FpmProcess => ({
  ...blocker,
  requestUri: withoutQuery(blocker.requestUri),
});
