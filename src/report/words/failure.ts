import { dirname } from 'node:path';
import type { ErrorCode, Facts, PhpZdError } from '../../base/errors.ts';
import { withoutControls } from '../../base/printable.ts';
import { describeError } from './errors.ts';

/** What to type next, and what goes on meanwhile, where the words of the error do not say it themselves. */
const next: { readonly [Code in ErrorCode]?: (facts: Facts) => string | undefined } = {
  'site-unknown': ({ site }) => `See those that are there with "php-zd list", or write it with "php-zd init ${site}".`,
  'bus-unavailable': () => 'What serves goes on serving. See "systemctl status dbus".',
  'unit-unknown': () => 'See "php-zd doctor".',
  'job-failed': ({ unit }) => `See "journalctl -eu ${unit}".`,
  'systemd-refused': ({ unit }) => (unit === undefined ? 'See "journalctl -e".' : `See "journalctl -eu ${unit}".`),
  'balancer-unreachable': ({ reason }) =>
    reason === 'EACCES'
      ? undefined
      : 'See "systemctl status php-zd-haproxy"; start it with "systemctl restart php-zd-haproxy".',
  'balancer-refused': () => 'See "journalctl -eu php-zd-haproxy".',
  'fastcgi-unreachable': () => 'See "php-zd status".',
  'fastcgi-broken': () => 'See "php-zd status".',
  'release-missing': () => 'Name a directory that is there: "php-zd releases" shows those of each site.',
  'release-incomplete': () => 'Mend that, or take another: "php-zd releases" shows those of each site.',
  'drain-timeout': ({ site, replica }) =>
    `It stays drained: "php-zd drain ${site} ${replica}" waits again, "php-zd ready ${site} ${replica}" gives it requests again.`,
  'not-serving': () => 'See "php-zd status".',
  'no-previous': ({ site }) => `See "php-zd releases ${site}", and go to one of them with "php-zd deploy ${site} DIR".`,
  'replica-unfit': ({ site }) => `See "php-zd status ${site}".`,
  'page-unfit': () => "Name another after --page, or leave it out for a page of php-zd's.",
  deadline: () => 'Look with "php-zd status", then type it again.',
  'file-system': ({ path, errno }) => nextOfErrno[String(errno)]?.(String(path)),
};

/** errno(3), where there is more to type than the same again as root. */
const nextOfErrno: { readonly [Errno in string]?: (path: string) => string } = {
  ENOSPC: path => `Make room there, then type it again: "df ${dirname(path)}" names the file system.`,
  EDQUOT: path => `Make room there, then type it again: "df ${dirname(path)}" names the file system.`,
  EROFS: path =>
    `"findmnt -T ${dirname(path)}" names the file system, and "journalctl -k" why it is so; then type it again.`,
  EIO: () => 'See "journalctl -k".',
};

/** All that a verb says when it fails: what and why, then what to type next. The problems of a site file say both. */
export const describeFailure = (error: PhpZdError): string => {
  const text = withoutControls(describeError(error)).trimEnd();
  if (error.code === 'site-invalid') return `${text}\n`;
  const more = next[error.code]?.(error.facts);
  return `php-zd: ${asSentence(text)}\n${more === undefined ? '' : `${withoutControls(more)}\n`}`;
};

/** What another program said may end it. */
export const asSentence = (text: string): string => (/[.?!]$/.test(text) ? text : `${text}.`);
