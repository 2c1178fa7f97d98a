import { readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Machine, Result } from './machine.ts';

/** The PHP that every release is made of: test/lab/site/index.php says what it can be asked. */
export const INDEX = await readFile(new URL('site/index.php', import.meta.url), 'utf8');

export interface SiteOptions {
  readonly name?: string;
  /** Where releases/ and the link `current` are. */
  readonly base?: string;
  /** The port of the web server in front of it. */
  readonly port?: number;
  /** Lines of the site file after those of [site]. */
  readonly ini?: string;
}

/** A site of a machine, as its operator deploys to it. */
export interface LabSite {
  readonly name: string;
  readonly user: string;
  readonly base: string;
  readonly url: string;
  readonly file: string;
  /** Makes the next release, good unless its files say otherwise; a text of undefined leaves the file out. Gives its name. */
  release(files?: Readonly<Record<string, string | undefined>>): Promise<string>;
  /** The directory of a release. */
  directory(release: string): string;
  /** Points the link at the release. */
  flip(release: string): Promise<void>;
  writeIni(ini: string): Promise<void>;
  /** `php-zd reload SITE`: for what it says, and how it ends. */
  reload(): Promise<Result>;
  /** The same roll, asked of systemd, with no process of Node.js that waits for it. Rejects when the roll does not end well. */
  roll(): Promise<void>;
  status(): Promise<SiteStatus>;
  /** The name of the release that the site comes back on. */
  promoted(): Promise<string>;
}

/** The part of `php-zd status --json` that tests look at. */
export interface SiteStatus {
  /** Directories of releases. */
  readonly promoted: string;
  readonly previous?: string;
  /** The promoted release with its configuration. */
  readonly generation: string;
  readonly serving: number;
  readonly wanted: number;
  readonly replicas: readonly {
    readonly slot: number;
    readonly unit: string;
    readonly pin?: string;
    readonly release?: string;
    readonly isServing: boolean;
    readonly isRunningPin: boolean;
    /** Why the slot is held; missing when it is not. */
    readonly hold?: 'roll' | 'standby' | 'parked' | 'hand';
    readonly isGateOpen: boolean;
    readonly isUp: boolean;
    readonly balancer: string;
    /** Children at work and idle. */
    readonly busy?: number;
    readonly idle?: number;
  }[];
}

const DEFAULT_INI = '[pool]\npm.max_children = 4\n[health]\npath = /health\ninterval = 100ms\ndeadline = 3s\n';

/** Makes the site's user, its first release, its site file and its web server; enables and starts it. */
export const setUpSite = async (machine: Machine, options: SiteOptions = {}): Promise<LabSite> => {
  const site = describeSite(machine, options);
  await machine.run('useradd', '--create-home', site.user);
  await site.flip(await site.release());
  await site.writeIni(options.ini ?? DEFAULT_INI);
  await serve(machine, site, options.port ?? 80);
  await machine.run('systemctl', 'enable', '--now', '--no-reload', '--quiet', `php-zd@${site.name}`);
  await machine.run('systemctl', 'reload-or-restart', 'nginx');
  return site;
};

const describeSite = (machine: Machine, { name = 'shop', base = `/srv/${name}`, port = 80 }: SiteOptions): LabSite => {
  let releases = 0;
  const file = `/etc/php-zd/sites/${name}.ini`;
  const directory = (release: string) => `${base}/releases/${release}`;
  const status = async (): Promise<SiteStatus> =>
    JSON.parse((await machine.ask('php-zd', 'status', name, '--json')).stdout)[0];
  return {
    name,
    user: name,
    base,
    url: `http://127.0.0.1:${port}/`,
    file,
    directory,
    release: async (files = {}) => {
      releases += 1;
      const release = String(releases);
      await writeRelease(machine, directory(release), { RELEASE: release, 'public/index.php': INDEX, ...files });
      return release;
    },
    flip: async release => {
      await machine.run('ln', '--symbolic', '--force', '--no-dereference', `releases/${release}`, `${base}/current`);
    },
    writeIni: ini => machine.write(file, `[site]\nrelease = ${base}/current\nuser = ${name}\n${ini}`),
    reload: () => machine.ask('php-zd', 'reload', name),
    roll: async () => {
      await machine.run('systemctl', 'reload', `php-zd@${name}`);
    },
    status,
    // The link that `php-zd status` reads, too.
    promoted: async () => basename(await readlink(`${machine.root}/var/lib/php-zd/${name}/promoted/release`)),
  };
};

const writeRelease = async (
  machine: Machine,
  directory: string,
  files: Readonly<Record<string, string | undefined>>,
) => {
  for (const [path, text] of Object.entries(files)) {
    if (text !== undefined) await machine.write(`${directory}/${path}`, text);
  }
};

/** Debian's own nginx, and what an operator adds to it: one connection a request, and time for a slow one. */
const serve = async (machine: Machine, { name, base }: LabSite, port: number): Promise<void> => {
  const root = `${base}/releases/.${name}.live/public`;
  await machine.run('rm', '--force', '/etc/nginx/sites-enabled/default');
  await machine.write(
    `/etc/nginx/sites-enabled/${name}`,
    `server {
  listen ${port};
  access_log off;
  location / {
    include fastcgi_params;
    fastcgi_param DOCUMENT_ROOT ${root};
    fastcgi_param SCRIPT_FILENAME ${root}/index.php;
    fastcgi_pass unix:/run/php-zd/${name}/fastcgi.sock;
    fastcgi_read_timeout 300;
  }
}
`,
  );
};
