import { isAtOrBelow } from '../../site/paths.ts';
import type { Site } from '../../site/site.ts';
import type { Check } from './check.ts';
import type { SiteScene } from './scene.ts';
import { unitProperties } from './unit-properties.ts';

/** A setting as PHP has it in the end: from the pool, else from the site's [php] ini, else from the host. */
const setting = async ({ site, php }: SiteScene, name: string): Promise<string> =>
  inPool(site, name) ?? site.php.ini.get(name) ?? (await php()).get(name) ?? '';

const inPool = ({ pool }: Site, name: string): string | undefined =>
  pool.get(`php_admin_value[${name}]`) ?? pool.get(`php_value[${name}]`);

const outOfMount = async (scene: SiteScene, name: string) => {
  const path = await setting(scene, name);
  return path === '' || isAtOrBelow(path, scene.site.mount) ? [] : [{ path, mount: scene.site.mount }];
};

/** The path of a session directory may stand behind a depth and a mode: `5;0600;/path`. */
const sessionPath = (value: string): string => value.split(';').at(-1) ?? '';

export const phpChecks = {
  // Entries of OPcache's file cache go by path, which is the same for all releases (facts.md F12).
  'file-cache': { severity: 'problem', look: scene => outOfMount(scene, 'opcache.file_cache') },

  // A script that is preloaded from elsewhere is of another release than the one that runs.
  preload: { severity: 'problem', look: scene => outOfMount(scene, 'opcache.preload') },

  // Replicas must share their sessions (facts.md M5). A site that does not say where they lie gets a directory from php-zd.
  sessions: {
    severity: 'problem',
    look: async scene => {
      const { site, run } = scene;
      const value = inPool(site, 'session.save_path');
      if (value === undefined || (await setting(scene, 'session.save_handler')) !== 'files') return [];
      const path = sessionPath(value);
      const shared = [...site.shared.keys()].map(inRelease => `${site.mount}/${inRelease}`);
      const ours = ['/tmp', '/var/tmp', run.paths.sessions(site.user), ...shared];
      if (ours.some(directory => isAtOrBelow(path, directory))) return [];
      if (isAtOrBelow(path, site.mount)) return [{ path, why: 'release' }];
      return (await isWritable(scene, path)) ? [] : [{ path, why: 'read-only' }];
    },
  },
} as const satisfies Readonly<Record<string, Check<SiteScene>>>;

/** Whether a drop-in of the operator's lets the replicas write to the path. */
const isWritable = async (scene: SiteScene, path: string): Promise<boolean> => {
  const properties = await unitProperties(scene);
  const bound = (properties.get('BindPaths') ?? '').split(' ').map(pair => pair.split(':')[1] ?? '');
  const writable = (properties.get('ReadWritePaths') ?? '').split(' ').map(word => word.replace(/^[-+]+/, ''));
  return [...bound, ...writable].some(directory => directory !== '' && isAtOrBelow(path, directory));
};
