import type { PhpZdError } from '../../base/errors.ts';
import { withoutControls } from '../../base/printable.ts';
import { describeError, nextAfter } from './errors.ts';

/** All that a verb says when it fails: what and why, then what to type next. The problems of a site file have both in them. */
export const describeFailure = (error: PhpZdError): string => {
  const text = withoutControls(describeError(error)).trimEnd();
  if (error.code === 'site-invalid') return `${text}\n`;
  const more = nextAfter(error);
  return `php-zd: ${asSentence(text)}\n${more === undefined ? '' : `${withoutControls(more)}\n`}`;
};

/** A text with a full stop, unless what another program said ends it with its own. */
export const asSentence = (text: string): string => (/[.?!]$/.test(text) ? text : `${text}.`);
