import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import { makeBalancer } from '../../src/adapters/haproxy.ts';
import { isError } from '../../src/base/errors.ts';
import { underLoad } from '../load/start.ts';
import { expectNothingLost, expectServing, servingSlots } from './expect.ts';
import type { Scene } from './scene.ts';

/** Sections of a site file, and their keys. */
export type Ini = Readonly<Record<string, Readonly<Record<string, string>>>>;

export const LOAD = { fast: 3, post: 1, after: 1, slow: 2, slowSeconds: 0.3, afterSeconds: 0.3 } as const;

const BASE: Ini = {
  pool: { 'pm.max_children': '4' },
  health: { path: '/health', interval: '50ms', deadline: '30s' },
};

/** The site file is what all of these tests have in common, with these changes: none gives that alone. */
export const writeConfig = async ({ machine, site }: Scene, changes: Ini = {}): Promise<void> => {
  const own: Ini = { site: { release: `${site.base}/current`, user: site.user } };
  const sections = [...new Set(['site', ...Object.keys(BASE), ...Object.keys(changes)])];
  const text = sections.map(section => {
    const keys = { ...own[section], ...BASE[section], ...changes[section] };
    return [`[${section}]`, ...Object.entries(keys).map(([key, value]) => `${key} = ${value}`), ''].join('\n');
  });
  await machine.write(site.file, text.join(''));
};

/** A roll to the configuration, under load: nothing is lost, and there are never fewer replicas than before or after. */
export const reconfigure = async (scene: Scene, changes: Ini = {}): Promise<void> => {
  const { machine, site } = scene;
  const { wanted: before } = await site.status();
  const report = await underLoad(machine, LOAD, async () => {
    const capacity = watchCapacity(scene);
    await writeConfig(scene, changes);
    await site.roll();
    const fewest = await capacity.end();
    await expectServing(site, await site.promoted());
    expect(fewest).toBeGreaterThanOrEqual(Math.min(before, (await site.status()).wanted));
  });
  expectNothingLost(report);
};

/** Looks again and again how many replicas HAProxy gives requests to, and at the end says the fewest. */
const watchCapacity = ({ machine, site }: Scene) => {
  const stop = new AbortController();
  const balancer = makeBalancer({ admin: `${machine.root}/run/php-zd/haproxy/admin.sock` });
  const watch = async (): Promise<number> => {
    let fewest = Number.POSITIVE_INFINITY;
    for (; !stop.signal.aborted; await setTimeout(20)) {
      try {
        const servers = await balancer.servers(site.name);
        fewest = Math.min(fewest, servers.filter(({ isUp }) => isUp).length);
      } catch (error) {
        // One worker has gone and the next does not listen yet: nothing was seen.
        if (!isError(error, 'balancer-unreachable', 'balancer-refused')) throw error;
      }
    }
    return fewest;
  };
  const watching = watch();
  return {
    end: () => {
      stop.abort();
      return watching;
    },
  };
};

/** The master of a replica: its process, its program, and what it sees at a path. */
export interface Master {
  readonly slot: number;
  readonly pid: string;
  readonly exe: string;
}

/** Of the replicas that serve. */
export const findMasters = async ({ machine, site }: Scene): Promise<readonly Master[]> =>
  await Promise.all(
    (await servingSlots(site)).map(async slot => {
      const unit = `php-zd-fpm-${site.name}@${slot}`;
      const pid = (await machine.run('systemctl', 'show', '--property=MainPID', '--value', unit)).trim();
      return { slot, pid, exe: (await machine.run('readlink', `/proc/${pid}/exe`)).trim() };
    }),
  );

/** What PHP answers, as any visitor gets it. */
export const visit = async ({ machine, site }: Scene, query: string): Promise<string> =>
  await machine.run('curl', '--silent', '--show-error', '--fail', `${site.url}?${query}`);

/** What a command says that PHP runs. */
export const runInPhp = async (scene: Scene, command: string): Promise<string> => {
  const { lines }: { lines: readonly string[] } = JSON.parse(
    await visit(scene, `run=${encodeURIComponent(command).replaceAll('%20', '+')}`),
  );
  return lines.join('\n');
};

/** All that is generated outside of generations: what systemd, systemd-tmpfiles and HAProxy read. */
export const readGenerated = async ({ machine, site }: Scene): Promise<string> => {
  const files = `/etc/systemd/system/php-zd-* /etc/tmpfiles.d/php-zd-* /var/lib/php-zd/haproxy/*`;
  const pins = `/var/lib/php-zd/${site.name}`;
  return await machine.run('sh', '-c', `grep --recursive '' ${files}; ls ${pins}/generations; ls -l ${pins}/promoted`);
};

/** The servers of HAProxy's file, and what each of them can do at once. */
export const readServers = async ({ machine, site }: Scene): Promise<Readonly<Record<string, number>>> => {
  const text = await machine.run('cat', `/var/lib/php-zd/haproxy/${site.name}.cfg`);
  const servers = [...text.matchAll(/^ {2}server (\d+) .* maxconn (\d+)$/gm)];
  return Object.fromEntries(servers.map(([, slot, maxconn]) => [String(slot), Number(maxconn)]));
};

export const FRONT = '/run/php-zd/shop/balancer/fastcgi.sock';

/** Group and mode of the socket that the web server uses. */
export const socketOf = async ({ machine }: Scene): Promise<string> =>
  (await machine.run('stat', '--format=%G %a', FRONT)).trim();
