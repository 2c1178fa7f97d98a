import { senderIn } from '../../site/existing/adopt-sendmail.ts';
import { writableForwards } from '../../site/judge-mail.ts';
import { lineOf } from '../../site/lines.ts';
import { isAtOrBelow } from '../../site/paths.ts';
import { writablePlaces } from '../../site/read-writable.ts';
import type { Site } from '../../site/site.ts';
import type { Check, Facts } from './check.ts';
import type { SiteScene } from './scene.ts';

/** A setting as PHP has it in the end: from the pool, else from the site's [php] ini, else from the host. */
export const setting = ({ site, php }: Pick<SiteScene, 'site' | 'php'>, name: string): string =>
  inPool(site, name) ?? lineOf(site.php.ini, name) ?? php().get(name) ?? '';

const inPool = ({ pool }: Site, name: string): string | undefined =>
  lineOf(pool, `php_admin_value[${name}]`) ?? lineOf(pool, `php_value[${name}]`);

const outOfMount = async (scene: SiteScene, name: string) => {
  const path = setting(scene, name);
  return path === '' || isAtOrBelow(path, scene.site.mount) ? [] : [{ path, mount: scene.site.mount }];
};

/** A file cache that releases share. OPcache goes without one where its directory is not there, or not to be written to (facts.md N114). */
const sharedFileCache = async ({ ports, run, site, php }: SiteScene): Promise<readonly Facts[]> => {
  const path = setting({ site, php }, 'opcache.file_cache');
  const { mount, shared } = site;
  const isShared = !isAtOrBelow(path, mount) || [...shared.keys()].some(each => isAtOrBelow(path, `${mount}/${each}`));
  const isWritable = writablePlaces(site, site).some(place => isAtOrBelow(path, place));
  return isShared && isWritable && ports.host.isDirectory(onHost(run, path)) ? [{ path, mount }] : [];
};

/** Where a path of a replica's view lies on the host. */
const onHost = ({ paths, site }: SiteScene['run'], path: string): string => {
  const tmp = ['/tmp', '/var/tmp'].find(each => isAtOrBelow(path, each));
  if (tmp !== undefined) return `${paths.tmp(site.user)}${path.slice(tmp.length)}`;
  const [inRelease, place] =
    [...site.shared].find(([each]) => isAtOrBelow(path, `${site.mount}/${each}`)) ?? ([] as const);
  return inRelease === undefined ? path : `${place}${path.slice(`${site.mount}/${inRelease}`.length)}`;
};

/** The path of a session directory may stand behind a depth and a mode: `5;0600;/path`. */
const sessionPath = (value: string): string => value.split(';').at(-1) ?? '';

/** Undefined where mail() calls php-zd's own. An empty one of the pool is a path to PHP-FPM (facts.md F19). */
const sendmailPath = ({ site, php }: SiteScene): string | undefined => {
  const [ofPool, ofSite] = [inPool(site, 'sendmail_path'), lineOf(site.php.ini, 'sendmail_path')];
  if (ofPool !== undefined) return ofPool === '' ? '/usr/' : ofPool;
  if (ofSite !== undefined) return ofSite === '' ? undefined : ofSite;
  return php().get('sendmail_path');
};

/** What stands in the way of `sendmail = yes`: another program for mail(), with the sender that it gives, and what `check` would refuse. */
export const besideSendmail = (scene: SiteScene): Facts => {
  const path = sendmailPath(scene);
  const sender = path && senderIn(path);
  const instead = writableForwards(scene.ports.host, scene.site).map(each => each.instead);
  return {
    ...(path ? { path } : {}),
    ...(sender ? { sender } : {}),
    ...(instead.length === 0 ? {} : { instead }),
  };
};

/** What Debian's mailers hand messages on by, of which one is installed at a time. */
const NEED_RIGHTS = [
  ['/usr/sbin/postdrop', 'Postfix'],
  ['/usr/sbin/exim4', 'Exim'],
  ['/usr/sbin/dma', 'dma'],
] as const;

export const phpChecks = {
  // Entries of OPcache's file cache go by path, which is the same for all releases (facts.md F12).
  'file-cache': { severity: 'problem', look: sharedFileCache },

  // A script that is preloaded from elsewhere is of another release than the one that runs.
  preload: { severity: 'problem', look: scene => outOfMount(scene, 'opcache.preload') },

  // Their set-user-ID and set-group-ID bits are of no use in a replica: Postfix then tries for ever, the others fail (facts.md N79).
  mail: {
    severity: 'warning',
    look: async scene => {
      const mailer = NEED_RIGHTS.find(([path]) => scene.ports.host.isExecutable(path))?.[1];
      const path = sendmailPath(scene);
      const isSendmail = /^"?(?:\/usr\/sbin|\/usr\/lib)\/sendmail\b/.test(path ?? '');
      if (mailer === undefined || (path === undefined ? scene.site.sandbox.hasSendmail : !isSendmail)) return [];
      return [{ mailer, ...besideSendmail(scene) }];
    },
  },

  // Sessions outlive a roll (facts.md M5). A site that does not say where they lie gets a directory from php-zd.
  sessions: {
    severity: 'problem',
    look: async scene => {
      const { site } = scene;
      const value = inPool(site, 'session.save_path');
      if (value === undefined || (setting(scene, 'session.save_handler') || 'files') !== 'files') return [];
      const path = sessionPath(value);
      const shared = [...site.shared.keys()].map(inRelease => `${site.mount}/${inRelease}`);
      if (shared.some(directory => isAtOrBelow(path, directory))) return [];
      return isAtOrBelow(path, site.mount) ? [{ path }] : [];
    },
  },
} as const satisfies Readonly<Record<string, Check<SiteScene>>>;
