import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { underLoad } from '../load/start.ts';
import { type Ini, writeConfig } from '../scene/configure.ts';
import { curl, tellAt } from '../scene/curl.ts';
import { expectNothingLost, expectServing, servingSlots } from '../scene/expect.ts';
import { killRollAlone } from '../scene/killed-roll.ts';
import { expectNextRoll } from '../scene/mid-roll.ts';
import { onEachSuite, type Scene } from '../scene/scene.ts';
import { standProof } from '../scene/stand.ts';
import { CLIENTS, ECHO, next, TALK, VISITORS, visitedDuring, WELL } from '../scene/web-visitors.ts';

const URL_OF_SITE = 'http://127.0.0.1:8080/';
const LOAD = {
  url: URL_OF_SITE,
  ...{ fast: 3, post: 2, after: 1, slow: 2, slowSeconds: 0.4, afterSeconds: 0.3, pauseMs: 10 },
};
const BIG = 40_000_000;
const INCLUDE = '/etc/shop-web.conf';
const PAGE = '<h1>Back at four</h1>';

interface Server {
  readonly name: string;
  /** Directives of an operator's that answer `/own`, and pass `/ws` on to `ECHO`. */
  readonly own: string;
  /** How a body that says no length of its own is answered. */
  readonly ofChunks: 200 | 411;
}

const SERVERS: readonly Server[] = [
  {
    name: 'nginx',
    own: `location = /own { return 200 "own"; }
location = /ws {
    proxy_pass http://127.0.0.1:9001;
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection upgrade;
    proxy_read_timeout 1h;
}
`,
    ofChunks: 200,
  },
  {
    name: 'apache',
    own: `Alias /own /usr/share/own
<Directory /usr/share/own>
    Require all granted
</Directory>
ProxyPass /ws http://127.0.0.1:9001/ws upgrade=websocket
`,
    ofChunks: 200,
  },
  { name: 'caddy', own: 'respond /own own\nreverse_proxy /ws 127.0.0.1:9001\n', ofChunks: 411 },
];

onEachSuite('web', {}, scene => {
  beforeAll(async () => {
    const { machine } = scene();
    await machine.write('/root/visitors.mjs', VISITORS);
    await machine.write('/root/echo.mjs', ECHO);
    await machine.write('/root/talk.mjs', TALK);
    await machine.write('/usr/share/own', 'own');
    await machine.write('/srv/big', 'b'.repeat(BIG));
    await machine.run('systemd-run', '--unit=echo', 'node', '/root/echo.mjs');
    await next(scene());
    await reach(scene(), { web: {} });
  });
  describe.each(SERVERS)('$name', server => {
    // Each time what a server before it has left is a site with another one, and with a release that tells nothing.
    beforeAll(async () => {
      await next(scene());
      await reach(scene(), { web: { server: server.name } });
    });
    describe('a site whose replicas come to have web servers', () => describeChange(scene, server));
    describe('a request', () => describeRequests(scene, server));
    describe('pages and what they name', () => describeRolls(scene, server));
    describe('where something is wrong', () => describeRefusals(scene, server));
  });
  test('nothing of a web server is left when the site is removed', async () => {
    const { machine, site } = scene();
    await machine.run('systemctl', 'stop', 'php-zd@shop');
    await machine.run('php-zd', 'remove', site.name);
    expect((await machine.ask('systemctl', 'list-units', '--plain', '--no-legend', 'php-zd-web*')).stdout).toBe('');
    expect((await machine.ask('sh', '-c', 'ls -d /etc/systemd/system/php-zd-web* /run/php-zd/shop')).stdout).toBe('');
  });
});

const reach = async (scene: Scene, changes: Ini): Promise<void> => {
  const listen = { http: '*:8080', edge: 'headers', edge_from: '127.0.0.1' };
  await writeConfig(scene, { listen, ...changes });
  await scene.site.roll();
};

const tell = (scene: Scene, path: string, ...args: readonly string[]) =>
  tellAt(scene, `${URL_OF_SITE}${path}`, ...args);

const header = (text: string) => ['--header', text];

function describeChange(scene: () => Scene, { name: server }: Server): void {
  test('loses nothing on the way back, and on the way there again', async () => {
    const { machine } = scene();
    const report = await underLoad(machine, LOAD, async load => {
      for (const web of [{}, { server }] satisfies Ini[string][]) {
        await reach(scene(), { web });
        await load.round();
        const { body } = await curl(scene(), `${URL_OF_SITE}name.txt`);
        expect(/^\d+$/.test(body)).toBe(web === undefined ? false : 'server' in web);
      }
    });
    expectNothingLost(report);
  });
}

function describeRequests(scene: () => Scene, { own, ofChunks, name: server }: Server): void {
  test.each([
    [
      '?tell&a=1',
      [],
      { QUERY_STRING: 'tell&a=1', REMOTE_ADDR: '127.0.0.1', SERVER_PORT: '8080', SERVER_ADDR: '127.0.0.1' },
    ],
    ['a%20b/c?tell', [], { REQUEST_URI: '/a%20b/c?tell', SCRIPT_NAME: '/index.php', REQUEST_SCHEME: 'http' }],
    ['index.php/a%20b?tell', [], { PATH_INFO: '/a b' }],
    ['?tell', header('X-Forwarded-For: 203.0.113.9, 198.51.100.7'), { REMOTE_ADDR: '198.51.100.7' }],
    ['?tell', header('X-Forwarded-For: 2001:db8::7'), { REMOTE_ADDR: '2001:db8::7' }],
    ['?tell', header('X-Forwarded-Proto: https'), { HTTPS: 'on', REQUEST_SCHEME: 'https', SERVER_PORT: '443' }],
    ['?tell', header('Host: shop.example:81'), { SERVER_NAME: 'shop.example', HTTP_HOST: 'shop.example:81' }],
    ['?tell', header('X-Php-Zd-Client: 6.6.6.6:1'), { REMOTE_ADDR: '127.0.0.1' }],
    ['?tell', header('Authorization: Basic YTpi'), { PHP_AUTH_USER: 'a', PHP_AUTH_PW: 'b' }],
  ] as const)('%s %j comes to PHP as a web server on the host would have it', async (path, args, expected) => {
    const told = await tell(scene(), path, ...args);
    expect(told).toMatchObject(expected);
    expect(Object.keys(told).filter(name => /PHP_ZD|^HTTP_PROXY|TRANSFER_ENCODING/.test(name))).toEqual([]);
  });

  test.each([
    ['name.txt', 200],
    ['.env', 403],
    ['.git/config', 403],
    ['composer.json', 403],
    ['uploads/x.php', 403],
    ['none.php', 404],
  ])('for /%s has status %i', async (path, status) => {
    expect((await curl(scene(), `${URL_OF_SITE}${path}`)).status).toBe(status);
  });

  test('has its body come whole, in chunks too, and is answered with a large one, or none behind HEAD', async () => {
    const { machine } = scene();
    const whole = { bytes: BIG, hash: createHash('sha256').update('b'.repeat(BIG)).digest('hex') };
    const send = ['--request', 'POST', '--data-binary', '@/srv/big', ...header('Content-Type: a/b')];
    expect(await tell(scene(), '?tell', ...send)).toMatchObject(whole);
    const chunked = await curl(scene(), `${URL_OF_SITE}?tell`, ...send, ...header('Transfer-Encoding: chunked'));
    expect(chunked.status).toBe(ofChunks);
    if (ofChunks === 200) expect(JSON.parse(chunked.body)).toMatchObject(whole);
    const size = await machine.run('sh', '-c', `curl --silent '${URL_OF_SITE}?big=${BIG}' | wc --bytes`);
    expect(Number(size)).toBeGreaterThanOrEqual(BIG);
    const head = await machine.run('curl', '--silent', '--head', `${URL_OF_SITE}?tell`);
    expect(head).toMatch(/^HTTP\/1.1 200 .*\r\n\r\n$/s);
  });

  test('for events has the first of them before there is a second', async () => {
    const { machine } = scene();
    await machine.run('sh', '-c', 'rm -f /root/events /var/lib/php-zd/shop/tmp/*/go');
    const events = machine.run('curl', '--silent', '--no-buffer', '--output', '/root/events', `${URL_OF_SITE}?events`);
    const seen = async () => (await machine.ask('cat', '/root/events')).stdout;
    await expect.poll(seen, { timeout: 30_000 }).toBe('data: first\n\n');
    expect((await curl(scene(), `${URL_OF_SITE}?go`)).body).toBe('gone');
    await events;
    expect(await seen()).toBe('data: first\n\ndata: last\n\n');
  });

  test("may be the operator's own, and one that is upgraded goes on for as long as it takes: a roll waits for it", async () => {
    const { machine, site } = scene();
    await machine.write(INCLUDE, own);
    await reach(scene(), { web: { server, include: INCLUDE } });
    expect(await curl(scene(), `${URL_OF_SITE}own`)).toEqual({ status: 200, body: 'own' });

    await machine.run('rm', '-f', '/root/talk-open', '/root/talk-on');
    const talk = machine.run('node', '/root/talk.mjs');
    const isOpen = async () => (await machine.ask('test', '-e', '/root/talk-open')).status;
    await expect.poll(isOpen, { timeout: 30_000 }).toBe(0);
    const release = await next(scene());
    const rolled = site.roll();
    const name = async () => (await curl(scene(), `${URL_OF_SITE}name.txt`)).body;
    await expect.poll(async () => release.endsWith(`/${await name()}`), { timeout: 60_000 }).toBe(true);
    const state = ['show', '--property=ActiveState', '--value', `php-zd@${site.name}`];
    expect(await machine.run('systemctl', ...state)).toBe('reloading\n');
    await machine.run('touch', '/root/talk-on');
    expect(await talk).toBe('101 first second\n');
    await rolled;
  });
}

function describeRolls(scene: () => Scene, { name: server }: Server): void {
  test.each([
    ['rolling', {}],
    ['in place', { surge: '0' }],
    ['blue-green', { strategy: 'blue-green' }],
  ] as const)(
    'are of one release, and nothing is lost or missing, through a roll and a rollback: %s',
    async (_, keys) => {
      const { machine, site } = scene();
      await reach(scene(), { web: { server }, site: keys });
      const seen = await visitedDuring(scene(), async () => {
        const report = await underLoad(machine, LOAD, async load => {
          await next(scene());
          await site.roll();
          await machine.run('php-zd', 'rollback', site.name);
          await load.round();
        });
        expectNothingLost(report);
      });
      expect(seen).toMatchObject(WELL);
      expect(seen.releases).toHaveLength(2);
    },
  );

  test('wait in a hold, through a roll too; and in a maintenance what is no page is there still', async () => {
    const { machine, site } = scene();
    const seen = await visitedDuring(scene(), async () => {
      expect(await machine.ask('php-zd', 'hold', site.name, '--for', '120s', '--idle')).toMatchObject({ status: 0 });
      await next(scene());
      await site.roll();
      await machine.run('php-zd', 'release-hold', site.name);
    });
    expect(seen).toMatchObject(WELL);

    await machine.write('/srv/page.html', PAGE);
    await machine.run('php-zd', 'maintenance', site.name, 'on', '--page', '/srv/page.html');
    expect(await curl(scene(), URL_OF_SITE)).toMatchObject({ status: 503, body: PAGE });
    expect((await curl(scene(), `${URL_OF_SITE}name.txt`)).status).toBe(200);
    await machine.run('php-zd', 'maintenance', site.name, 'off');
    expect((await curl(scene(), URL_OF_SITE)).status).toBe(200);
  });

  test('are lost with a web server or a PHP-FPM that is killed as far as these had them, and no further, also where the other one is full', async () => {
    const { machine, site } = scene();
    await reach(scene(), { web: { server }, pool: { 'pm.max_children': '2' } });
    for (const kind of ['web', 'fpm']) {
      const [slot = 0] = await servingSlots(site);
      const killed = `php-zd-${kind}-${site.name}@${slot}`;
      const process = () => machine.run('systemctl', 'show', '--property=MainPID', `php-zd-web-${site.name}@${slot}`);
      const before = await process();
      const seen = await visitedDuring(scene(), async () => {
        await machine.run('systemctl', 'kill', '--kill-whom=all', '--signal=KILL', killed);
        await expect.poll(async () => (await site.status()).serving, { timeout: 60_000 }).toBe(2);
      });
      expect(seen).toMatchObject({ missing: 0, foreign: 0 });
      expect(seen.lost).toBeLessThanOrEqual(CLIENTS);
      expect((await process()) === before).toBe(kind === 'fpm');
    }
    await expectServing(site, await site.promoted());
  });

  test('are with the others while the PHP-FPM beside a web server is stopped by hand, and that web server with it', async () => {
    const { machine, site } = scene();
    const [slot = 0] = await servingSlots(site);
    const [fpm, web] = [`php-zd-fpm-${site.name}@${slot}`, `php-zd-web-${site.name}@${slot}`];
    const stateOf = async (unit: string) => (await machine.ask('systemctl', 'is-active', unit)).stdout.trim();
    const seen = await visitedDuring(scene(), async () => {
      await machine.run('systemctl', 'stop', fpm);
      await expect.poll(() => stateOf(web), { timeout: 60_000 }).toBe('inactive');
      await machine.run('systemctl', 'start', fpm);
      await expect.poll(async () => (await site.status()).serving, { timeout: 60_000 }).toBe(2);
      expect(await stateOf(web)).toBe('active');
    });
    expect(seen).toMatchObject(WELL);
  });

  test('are not lost to a restart of a web server by hand, nor to the death of a roll and reloads of both HAProxies', async () => {
    const { machine, site } = scene();
    const seen = await visitedDuring(scene(), async () => {
      const [slot = 0] = await servingSlots(site);
      await machine.run('systemctl', 'restart', `php-zd-web-${site.name}@${slot}`);
      await expect.poll(async () => (await site.status()).serving, { timeout: 60_000 }).toBe(2);
      const stand = await standProof(scene());
      await next(scene());
      await machine.run('systemctl', 'reload', '--no-block', 'php-zd@shop');
      await stand.reached();
      await machine.run('systemctl', 'reload', 'php-zd-http@shop', 'php-zd-haproxy');
      await killRollAlone(scene());
      await stand.open();
      await expect.poll(async () => (await site.status()).serving, { timeout: 60_000 }).toBe(2);
    });
    expect(seen).toMatchObject(WELL);
    await expectNextRoll(scene());
  });
}

function describeRefusals(scene: () => Scene, { name: server }: Server): void {
  // The others warn of nothing that such a file may have.
  if (server === 'nginx') {
    test('a line of an include that it warns of is told, and the rest of that is in force', async () => {
      const { machine, site } = scene();
      await machine.write(INCLUDE, 'location = /own {\n  return 200 own;\n  types { a/b a; a/b a; }\n}\n');
      await writeConfig(scene(), { listen: { http: '*:8080' }, web: { server, include: INCLUDE } });
      const told = `${INCLUDE}:3: nginx warns of this line of 'include' in [web]: duplicate extension "a"`;
      expect((await machine.ask('php-zd', 'check', site.name)).stderr).toContain(told);
      expect((await site.reload()).stderr).toContain(told);
      expect(await curl(scene(), `${URL_OF_SITE}own`)).toEqual({ status: 200, body: 'own' });
    });
  }

  test.each([
    [
      'an include that it refuses',
      { server, include: INCLUDE },
      new RegExp(`${INCLUDE}:2: ${server} refuses .*nonsense`),
    ],
    [
      'a root that the release has not',
      { server, root: 'none' },
      /shop\.ini:\d+: 'root' is no directory of the release/,
    ],
  ])('%s is told with its line, and what runs is not touched', async (_, web, words) => {
    const { machine, site } = scene();
    await machine.write(INCLUDE, '# mine\nnonsense on;\n');
    const { generation } = await site.status();
    await writeConfig(scene(), { listen: { http: '*:8080' }, web });
    expect(await site.reload()).toMatchObject({ status: 2 });
    const { status, stderr } = await machine.ask('php-zd', 'check', site.name);
    expect(status).toBe(2);
    expect(stderr).toMatch(words);
    expect(await site.status()).toMatchObject({ generation, serving: 2 });
    expect((await curl(scene(), `${URL_OF_SITE}name.txt`)).status).toBe(200);
  });
}
