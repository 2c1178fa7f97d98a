import { awaitAnswer } from '../lab/machine.ts';
import type { Scene } from './scene.ts';

/** Resolves when the web server's requests to the site are looked at by nobody, and the unit that waited for that is gone. */
export const frontOpens = ({ machine, site }: Pick<Scene, 'machine' | 'site'>): Promise<true> =>
  awaitAnswer('an open front', async () => {
    const front = await machine.run('readlink', `/var/lib/php-zd/${site.name}/front`);
    const { stdout: state } = await machine.ask('systemctl', 'is-active', `php-zd-hold@${site.name}.service`);
    return (front.trim().endsWith('/fastcgi.sock') && state.trim() === 'inactive') || undefined;
  });
