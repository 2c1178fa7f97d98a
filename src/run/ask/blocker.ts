import { printable } from '../../base/printable.ts';
import type { FpmProcess } from '../../ports/php-fpm.ts';

/** Child, what it is asked, the script that it runs, and for how long it has been at it. */
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

/** Everybody may read what is made of it, and in a query there may be a token. */
const withoutQuery = (uri: string): string => uri.split('?', 1)[0] ?? '';

/** A client chose these characters. */
const fromClient = (text: string): string => printable(text, 120);

/** The same child, without what a query may hold. */
export const withoutSecrets = (blocker: FpmProcess): FpmProcess => ({
  ...blocker,
  requestUri: withoutQuery(blocker.requestUri),
});
