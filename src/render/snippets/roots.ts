import { posix } from 'node:path';
import type { Site } from '../../site/site.ts';

/** What every web server in front of a site needs to know of it. */
export interface Roots {
  /** Where the web server finds static files: below the link, so that it need not be told of a roll. */
  readonly files: string;
  /** Where the replicas see the scripts, whichever release they run. */
  readonly scripts: string;
  /** The front controller, relative to either directory. */
  readonly index: string;
}

export const rootsOf = ({ link, mount, index }: Site): Roots => ({
  files: posix.dirname(`${link}/${index}`),
  scripts: posix.dirname(`${mount}/${index}`),
  index: posix.basename(index),
});

/** A host name for the operator to replace. */
export const serverName = ({ name }: Site): string => `${name}.example.com`;

/** Debian's web servers run as this group, or are in it; HAProxy is not. */
export const WEB_GROUP = 'www-data';

/** A comment that says how the web server's user may connect; empty where `[listen]` lets that user connect already. */
export const accessLine = ({ listen, name }: Site, user: string, groups: readonly string[]): string =>
  listen.owner === user || groups.includes(listen.group)
    ? ''
    : `# ${user} needs the socket's group: usermod -aG ${listen.group} ${user}; or owner = ${user} in [listen] of ${name}.ini.\n`;
