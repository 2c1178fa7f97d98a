import { listedIn } from '../../site/php-ini.ts';
import { slotsOf } from '../../site/site.ts';
import { opcacheScript } from '../proof/warm-opcache.ts';
import type { Check, Facts } from './check.ts';
import { setting } from './php-checks.ts';
import type { SiteScene } from './scene.ts';

/** OPcache's default is 2 s; a deployment takes longer than this between its last file and its roll, or it does not matter. */
const MOST_PROTECTION_S = 10;

export const cacheChecks = {
  opcache: { severity: 'warning', look: async scene => opcacheSettings(scene) },

  // What lies in APCu is one replica's, and gone with it.
  apcu: {
    severity: 'note',
    look: async scene => {
      const isOn = isLoaded(scene, 'apcu') && !isOff(setting(scene, 'apc.enabled'));
      return isOn ? [{ replicas: scene.site.replicas, most: slotsOf(scene.site).length }] : [];
    },
  },
} as const satisfies Readonly<Record<string, Check<SiteScene>>>;

/** Settings with which a roll warms nothing, or a replica runs old code for as long as it lives. */
const opcacheSettings = (scene: SiteScene): readonly Facts[] => {
  const { site, run } = scene;
  const isDisabled = isOff(setting(scene, 'opcache.enable'));
  if (isDisabled) return [{ name: 'opcache.enable', value: '0' }];
  const found: Facts[] = [];
  const restricted = setting(scene, 'opcache.restrict_api');
  if (restricted !== '' && !opcacheScript(run).startsWith(restricted)) {
    found.push({ name: 'opcache.restrict_api', value: restricted });
  }
  const protection = setting(scene, 'opcache.file_update_protection');
  if (Number(protection) > MOST_PROTECTION_S) found.push({ name: 'opcache.file_update_protection', value: protection });
  // A release does not change while a replica runs it, but what the site itself writes does.
  const isWritten = site.access === 'read-write' || site.writable.length > 0 || site.shared.size > 0;
  if (isWritten && isOff(setting(scene, 'opcache.validate_timestamps'))) {
    found.push({ name: 'opcache.validate_timestamps', value: '0' });
  }
  return found;
};

/** A switch that somebody wrote off: php.ini has several words for that. All of these are on where nobody says anything. */
const isOff = (value: string): boolean => ['0', 'off', 'no', 'false', 'none'].includes(value.toLowerCase());

const isLoaded = ({ ports, site }: SiteScene, extension: string): boolean => {
  const loaded = listedIn(ports.host.phpIniFiles(site.php), site.php.ini, ['extension']);
  return loaded.some(value => value.replace(/\.so$/, '').split('/').at(-1) === extension);
};
