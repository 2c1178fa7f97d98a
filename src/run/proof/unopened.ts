import { printable } from '../../base/printable.ts';
import type { FpmAnswer } from '../../ports/php-fpm.ts';
import { logsBesideAnswers } from '../../render/fpm-config.ts';
import type { Site } from '../../site/site.ts';

/** What FPM's fpm_main.c says beside its answer when it has not come to run a script, behind what PHP has said of it. */
export const UNOPENED =
  "(?:^|; |\\n)(Primary script unknown|Unable to open primary script: [^\\n]{1,300}|Access to the script '[^\\n]{1,300}' has been denied [^\\n]{1,100})\\s?$";

/** Its bodies, where it says nothing beside. */
const BODIES: { readonly [Status in number]?: readonly string[] } = {
  403: ['Access denied.\n'],
  404: ['File not found.\n', 'No input file specified.\n'],
};

const MOST_SAID = 400;

/**
 * What PHP-FPM says of a script that it could not open, empty where it keeps that to its log; undefined for an answer of a script,
 * which may be a 404 too.
 */
export const findUnopened = (
  site: Pick<Site, 'listen' | 'web'>,
  { status, body, stderr }: FpmAnswer,
): string | undefined => {
  const bodies = BODIES[status];
  if (bodies === undefined) return undefined;
  const said = new RegExp(UNOPENED).exec(stderr)?.[1];
  if (said !== undefined) return printable(said, MOST_SAID);
  return !logsBesideAnswers(site) && bodies.includes(body) ? '' : undefined;
};
