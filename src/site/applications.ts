import { posix } from 'node:path';
import type { Host } from './host.ts';
import { below } from './paths.ts';

/** An application that needs what others do not. */
export interface Application {
  /** The files that tell it, relative to its document root. */
  readonly has: readonly string[];
  /** What it keeps private in its document root, where Apache reads its .htaccess and no other server does, by its manual. */
  readonly isPrivate?: readonly string[];
  /** Whether it gives the directories that it makes the set-group-ID bit, unless it is told otherwise. */
  readonly isSetgid?: true;
}

const applications: readonly Application[] = [
  {
    // Nextcloud and ownCloud
    has: ['remote.php', 'ocs/v1.php'],
    isPrivate: ['3rdparty', 'build', 'config', 'data', 'lib', 'occ', 'templates', 'tests'],
  },
  {
    // Grav: what its own .htaccess closes. An account's picture and what its pages have lies beside texts in user/, and is public.
    has: ['bin/grav', 'system/defines.php'],
    isPrivate: [
      ...['backup', 'bin', 'cache', 'logs', 'tests', 'webserver-configs'],
      ...['json', 'md', 'php', 'txt', 'yaml', 'yml'].flatMap(end => [
        `system/*.${end}`,
        `user/*.${end}`,
        `vendor/*.${end}`,
      ]),
    ],
  },
  { has: ['doku.php'], isPrivate: ['bin', 'conf', 'data', 'inc', 'vendor'] },
  {
    // MediaWiki
    has: ['load.php', 'api.php'],
    isPrivate: ['cache', 'images/deleted', 'includes', 'languages', 'maintenance', 'serialized', 'tests', 'vendor'],
  },
  // Moodle: $CFG->directorypermissions
  { has: ['pluginfile.php'], isPrivate: ['vendor', 'node_modules'], isSetgid: true },
  // TYPO3, with Composer and without: folderCreateMask
  { has: ['../vendor/typo3/cms-core/composer.json'], isSetgid: true },
  { has: ['typo3/sysext/core/composer.json'], isSetgid: true },
];

/** The application in the document root, if it is a known one. */
export const applicationIn = (host: Host, root: string): Application | undefined =>
  applications.find(({ has }) => has.every(file => host.isFile(fileOf(root, file))));

const fileOf = (root: string, file: string): string =>
  file.startsWith('../') ? posix.join(root, file) : below(root, file);
