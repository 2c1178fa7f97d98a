import { posix } from 'node:path';
import type { Host } from './host.ts';

/** An application that keeps private files in its document root, where Apache reads its .htaccess and no other server does. */
interface Application {
  /** The files that tell it, relative to its root. */
  readonly has: readonly string[];
  readonly isPrivate: readonly string[];
}

/** What these applications' manuals tell the administrators of nginx to close. */
const applications: readonly Application[] = [
  {
    // Nextcloud and ownCloud
    has: ['remote.php', 'ocs/v1.php'],
    isPrivate: ['3rdparty', 'build', 'config', 'data', 'lib', 'occ', 'templates', 'tests'],
  },
  { has: ['doku.php'], isPrivate: ['bin', 'conf', 'data', 'inc', 'vendor'] },
  {
    // MediaWiki
    has: ['load.php', 'api.php'],
    isPrivate: ['cache', 'images/deleted', 'includes', 'languages', 'maintenance', 'serialized', 'tests', 'vendor'],
  },
  { has: ['pluginfile.php'], isPrivate: ['vendor', 'node_modules'] },
];

/** What the application in the document root, if it is a known one, keeps private there. */
export const privatePaths = (host: Host, root: string): readonly string[] =>
  applications.find(({ has }) => has.every(file => host.isFile(posix.join(root, file))))?.isPrivate ?? [];
