import { beforeAll, describe, expect, test } from 'vitest';
import type { WebServer } from '../../src/render/snippets/snippet.ts';
import { awaitAnswer } from '../lab/machine.ts';
import { writeConfig } from '../scene/configure.ts';
import { onEachSuite, type Scene } from '../scene/scene.ts';

const HOST = 'shop.example.com';
const SOCKET = '/run/shop-http.sock';
const ADDRESS = '127.0.0.1:8080';
const BIG = 20_000_000;

const INDEX = `<?php
if ($_SERVER['REQUEST_URI'] === '/health') exit('ok');
if (isset($_GET['stream'])) {
    header('Content-Type: text/event-stream');
    while (ob_get_level() > 0) ob_end_flush();
    echo "data: 0\\n\\n";
    // Long after whoever reads has gone, which PHP notices when it writes.
    for ($beats = 0; $beats < 80; $beats++) { echo ":\\n"; flush(); usleep(250000); }
    echo "data: 1\\n\\n";
    exit;
}
header('Content-Type: application/json');
$keys = ['REMOTE_ADDR', 'HTTPS', 'REQUEST_SCHEME', 'HTTP_HOST', 'REQUEST_URI', 'REQUEST_METHOD'];
$body = file_get_contents('php://input');
echo json_encode(array_intersect_key($_SERVER, array_flip($keys)) + ['bytes' => strlen($body), 'sum' => md5($body)]);
`;

/** A certificate, as an operator has one: PHP can make it. */
const CERTIFICATE = `<?php
file_put_contents('/tmp/openssl.cnf', "[req]\\ndistinguished_name = dn\\n[dn]\\n");
$options = ['config' => '/tmp/openssl.cnf', 'private_key_bits' => 2048];
$key = openssl_pkey_new($options);
$signed = openssl_csr_sign(openssl_csr_new(['commonName' => '${HOST}'], $key, $options), null, $key, 30, $options);
openssl_x509_export($signed, $certificate);
openssl_pkey_export($key, $private, null, $options);
file_put_contents('/etc/ssl/private/${HOST}.key', $private);
file_put_contents('/etc/ssl/private/${HOST}.pem', "$certificate\\n$private");
`;

/** How an operator uses each snippet, at a port of its own. */
const servers: Readonly<Record<WebServer, { readonly port: number; readonly start: string }>> = {
  nginx: {
    port: 8441,
    start: `sed 's/443 ssl/8441 ssl/' >/etc/nginx/sites-enabled/edge; nginx -t; systemctl reload-or-restart nginx`,
  },
  apache: {
    port: 8442,
    start: `sed 's/[*]:443/*:8442/' >/etc/apache2/sites-enabled/edge.conf
      rm -f /etc/apache2/sites-enabled/000-default.conf; echo Listen 8442 >/etc/apache2/ports.conf
      a2enmod --quiet ssl http2 headers proxy proxy_http; apache2ctl configtest; systemctl restart apache2`,
  },
  caddy: {
    port: 8443,
    start: `(printf '{\\n\\tadmin off\\n\\tskip_install_trust\\n\\tauto_https disable_redirects\\n}\\n'; sed 's/^${HOST} {/https:\\/\\/${HOST}:8443 {\\ntls internal/') >/etc/caddy/Caddyfile
      caddy validate --config /etc/caddy/Caddyfile; systemctl restart caddy`,
  },
  haproxy: {
    port: 443,
    // What comes in at 443 is https: the PROXY protocol says no scheme.
    // The user and the group of Debian's haproxy.cfg, with which no other group is left.
    start: `{ printf 'global\\n  user haproxy\\n  group haproxy\\n'; cat; } >/etc/haproxy/edge.cfg
      if [ -f /run/edge.pid ]; then kill $(cat /run/edge.pid); fi; haproxy -D -f /etc/haproxy/edge.cfg -p /run/edge.pid`,
  },
};
const NAMES = Object.keys(servers) as WebServer[];

onEachSuite('edge', {}, scene => {
  beforeAll(async () => {
    const { machine, site } = scene();
    await site.flip(await site.release({ 'public/index.php': INDEX }));
    await machine.write('/tmp/certificate.php', CERTIFICATE);
    await machine.run('sh', '-c', 'mkdir -p -m 0700 /etc/ssl/private && php /tmp/certificate.php');
  });

  describe.each([
    ['headers', SOCKET, NAMES],
    ['headers', ADDRESS, NAMES],
    ['proxy-protocol', SOCKET, ['haproxy']],
    ['proxy-protocol', ADDRESS, ['haproxy']],
  ] as const)('by %s to %s', (edge, http, names) => {
    beforeAll(async () => {
      await writeConfig(scene(), { site: { url: `https://${HOST}` }, listen: { http, edge, owner: 'haproxy' } });
      await scene().site.roll();
    });

    test.each(names)('what %s has from visitors reaches PHP as they sent it, with who they are', async name => {
      const { machine } = scene();
      const { port, start } = servers[name];
      await machine.run('bash', '-e', '-o', 'pipefail', '-c', `php-zd snippet --edge shop ${name} | { ${start}; }`);
      const ask = (path: string, ...args: readonly string[]) =>
        curl(scene(), port, [...args, `https://${HOST}:${port}${path}`]);
      await awaitAnswer(name, async () => ((await ask('/health')) === 'ok' ? true : undefined));
      const visitor = { REMOTE_ADDR: '127.0.0.1', HTTPS: 'on', REQUEST_SCHEME: 'https' };
      const forged = ['-H', 'X-Forwarded-For: 192.0.2.9', '-H', 'X-Forwarded-Proto: http'];
      const path = '/a%2Fb/c%20d?x=%2F&y=z%20';
      expect(JSON.parse(await ask(path, ...forged))).toMatchObject({
        ...visitor,
        ...{ REQUEST_URI: path, REQUEST_METHOD: 'GET', HTTP_HOST: expect.stringMatching(/^shop.example.com(:\d+)?$/) },
      });
      expect(await ask('/', '--output', '/dev/null', '--write-out', '%{http_version}', '--http2')).toBe('2');
      await machine.run('sh', '-c', `[ -f /tmp/big ] || head -c ${BIG} /dev/urandom >/tmp/big`);
      const [sum] = (await machine.run('md5sum', '/tmp/big')).split(' ');
      expect(JSON.parse(await ask('/', '--data-binary', '@/tmp/big'))).toMatchObject({ bytes: BIG, sum });
      // Nobody keeps the first event until there is more.
      const read = await ask('/?stream=1', '--no-buffer', '--max-time', '5');
      expect(read).toMatch(/^data: 0\n\n/);
      expect(read).not.toContain('data: 1');
    });
  });
});

const options = (port: number) => ['--silent', '--insecure', '--path-as-is', '--resolve', `${HOST}:${port}:127.0.0.1`];
const curl = async ({ machine }: Scene, port: number, args: readonly string[]): Promise<string> =>
  (await machine.ask('curl', ...options(port), ...args)).stdout;
