import type { PhpZdError } from '../../base/errors.ts';
import { withoutControls } from '../../base/printable.ts';
import { describeError, nextAfter } from './errors.ts';

/** All that a verb says when it fails: what and why, then what to type next. The problems of a site file say both. */
export const describeFailure = (error: PhpZdError): string => {
  const text = withoutControls(describeError(error)).trimEnd();
  if (error.code === 'site-invalid') return `${text}\n`;
  const more = nextAfter(error);
  return `php-zd: ${asSentence(text)}\n${more === undefined ? '' : `${withoutControls(more)}\n`}`;
};

/** What another program said may end it. */
export const asSentence = (text: string): string => (/[.?!]$/.test(text) ? text : `${text}.`);
