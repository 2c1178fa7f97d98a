import { beforeAll, describe, expect, test } from 'vitest';
import { INDEX, type LabSite } from '../lab/site.ts';
import { type Ini, writeConfig } from '../scene/configure.ts';
import { onEachSuite, type Scene } from '../scene/scene.ts';
import { type Visits, visiting } from '../scene/visitors.ts';
import { bringIn, servers } from '../shapes/servers.ts';

/** More of them make the table that this prints worth more: TEST_ROLLS=20. */
const ROLLS = Number(process.env['TEST_ROLLS'] ?? 3);
const LONGEST_MS = 60_000 + ROLLS * 20_000;

const HTTP = { listen: { http: '*:8080' } };
const OVER_HTTP = ['http://127.0.0.1:8080/'];
/** The servers of a host that send files, each with the snippet for it. */
const SHARED = [servers.nginx, servers.apache, servers.caddy].map(({ port }) => `http://127.0.0.1:${port}/`);

const WAYS: Readonly<Record<string, { readonly ini: Ini; readonly urls: readonly string[] }>> = {
  'nginx, Apache and Caddy of the host': { ini: {}, urls: SHARED },
  'HTTP, sticky': { ini: { ...HTTP, web: { sticky: 'release', sticky_grace: '1s' } }, urls: OVER_HTTP },
  'HTTP, nginx in each replica': { ini: { ...HTTP, web: { server: 'nginx' } }, urls: OVER_HTTP },
  'HTTP, Apache in each replica': { ini: { ...HTTP, web: { server: 'apache' } }, urls: OVER_HTTP },
  'HTTP, Caddy in each replica': { ini: { ...HTTP, web: { server: 'caddy' } }, urls: OVER_HTTP },
};
const STRATEGIES = {
  rolling: {},
  'rolling in place': { surge: '0' },
  'blue-green': { strategy: 'blue-green' },
} as const;

/** A release that sends its files itself where no web server does. */
const WITH_FILES = `<?php
if (preg_match('#^/assets/(\\d+)\\.txt$#', $_SERVER['REQUEST_URI'], $found)) {
    $file = __DIR__ . "/assets/$found[1].txt";
    if (!is_file($file)) http_response_code(404);
    exit(is_file($file) ? file_get_contents($file) : '');
}
?>${INDEX}`;

const WELL = { missing: 0, foreign: 0, lost: 0 };

onEachSuite('assets', {}, (scene, suite) => {
  beforeAll(async () => {
    const { machine, site } = scene();
    await next(scene());
    await site.roll();
    await machine.write('/etc/nginx/sites-enabled/plain', belowLink(site));
    for (const name of ['nginx', 'apache', 'caddy'] as const) await bringIn(machine, name, [site.name]);
  });

  describe.each(Object.entries(WAYS))('by %s', (way, { ini, urls }) => {
    test.each(Object.entries(STRATEGIES))(
      'no page names a file that is not there, and by a link some do: %s',
      async (strategy, keys) => {
        const { machine, site } = scene();
        await writeConfig(scene(), { ...ini, site: keys });
        await site.roll();
        const [plain, ...visits] = await visiting(machine, [BELOW_LINK, ...urls], async () => {
          for (let roll = 0; roll < ROLLS; roll += 1) {
            await next(scene());
            await site.roll();
          }
        });
        const met = sum(visits);
        process.stderr.write(
          `${suite} | ${way} | ${strategy} | ${ROLLS} rolls | ${words(met)} | by a link: ${words(plain)}\n`,
        );
        expect(met).toMatchObject(WELL);
        expect(met.pages).toBeGreaterThan(10 * ROLLS);
        expect(plain?.missing).toBeGreaterThan(0);
      },
      LONGEST_MS,
    );
  });
});

/** Another release, which the link names then. */
const next = async ({ machine, site }: Scene): Promise<void> => {
  const name = await site.release({ 'public/index.php': WITH_FILES });
  await machine.write(`${site.directory(name)}/public/assets/${name}.txt`, name);
  await site.flip(name);
};

const sum = (visits: readonly Visits[]): Visits =>
  visits.reduce(
    (all, { pages, missing, foreign, lost }) => ({
      pages: all.pages + pages,
      missing: all.missing + missing,
      foreign: all.foreign + foreign,
      lost: all.lost + lost,
    }),
    { pages: 0, ...WELL },
  );

const words = (met: Visits | undefined): string =>
  `${met?.pages} pages, ${met?.missing} missing, ${met?.foreign} foreign, ${met?.lost} lost`;

const PORT = 8090;
const BELOW_LINK = `http://127.0.0.1:${PORT}/`;

/** The way that people had before. */
const belowLink = ({ base, name }: LabSite): string => `server {
  listen ${PORT};
  root ${base}/current/public;
  location / { try_files /none @php; }
  location /assets/ {}
  location @php {
    include fastcgi_params;
    fastcgi_param SCRIPT_FILENAME ${base}/releases/.${name}.live/public/index.php;
    fastcgi_pass unix:/run/php-zd/${name}/fastcgi.sock;
  }
}
`;
