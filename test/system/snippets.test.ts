import { describe, expect, test } from 'vitest';
import type { Machine } from '../lab/machine.ts';
import { underLoad } from '../load/start.ts';
import { expectNothingLost, expectSwitched } from '../scene/expect.ts';
import { onOneSuite } from '../scene/scene.ts';

/**
 * A web server of Debian's, with the way in which its operator uses the snippet: on a port of its own, for the machine's own
 * address.
 */
interface Server {
  readonly port: number;
  readonly file: string;
  readonly change: (snippet: string) => string;
  readonly start: readonly string[];
}

const toPort = (text: string, before: string, port: number) => text.replace(`${before}80`, `${before}${port}`);
const HAPROXY = '/etc/haproxy/shop.cfg';

const servers: Readonly<Record<string, Server>> = {
  nginx: {
    port: 8081,
    file: '/etc/nginx/sites-enabled/snippet',
    change: text => toPort(text, 'listen ', 8081),
    start: ['systemctl reload nginx'],
  },
  apache: {
    port: 8082,
    file: '/etc/apache2/sites-enabled/shop.conf',
    change: text => toPort(text, '*:', 8082),
    start: [
      'rm --force /etc/apache2/sites-enabled/000-default.conf',
      'echo Listen 8082 >/etc/apache2/ports.conf',
      'a2enmod --quiet proxy_fcgi',
      'systemctl restart apache2',
    ],
  },
  caddy: {
    port: 8083,
    file: '/etc/caddy/Caddyfile',
    // The machine has no name localhost, at which Caddy's control socket would listen.
    change: text => `{\n\tadmin off\n}\n${text.replace('127.0.0.1', 'http://127.0.0.1:8083')}`,
    start: ['systemctl restart caddy'],
  },
  // A second instance, with the rights that the snippet asks for.
  haproxy: {
    port: 8084,
    file: HAPROXY,
    change: text => toPort(text, 'bind :', 8084),
    start: ['usermod --append --groups www-data haproxy', `haproxy -D -f ${HAPROXY} -p /run/snippet.pid`],
  },
};

const FILES = {
  'public/style.css': 'body { margin: 0 }',
  'public/sub/page.php':
    '<?php echo $_SERVER["SCRIPT_FILENAME"], " ", $_SERVER["DOCUMENT_ROOT"], " ", $_GET["q"] ?? "";',
};

onOneSuite('bookworm', 'snippet', {}, scene => {
  describe.each(Object.entries(servers))('%s with its snippet', (name, server) => {
    const url = `http://127.0.0.1:${server.port}`;
    const ask = async (...args: readonly string[]) =>
      await scene().machine.run('curl', '--silent', '--max-time', '10', '--write-out', ' %{http_code}', ...args);

    test('answers by the front controller, which sees what was asked', async () => {
      const { machine, site } = scene();
      await site.flip(await site.release(FILES));
      expect(await site.reload()).toMatchObject({ status: 0 });
      await bringIn(machine, name, server);
      const release = await site.promoted();
      expect(await ask(`${url}/health`)).toBe(`healthy release=${release} 200`);
      expect(await ask(`${url}/`)).toBe(`release=${release} done 200`);
      expect(await ask(`${url}/some/where?status=404`)).toBe(`release=${release} done 404`);
    });

    test('takes a POST with its body', async () => {
      const release = await scene().site.promoted();
      expect(await ask('--data', 'n=7', `${url}/some/form`)).toBe(`release=${release} n=7 done 200`);
    });

    test('runs a script by its own path, where the replicas see it', async () => {
      const root = '/srv/shop/releases/shop.live/public';
      expect(await ask(`${url}/sub/page.php?q=1`)).toBe(`${root}/sub/page.php ${root} 1 200`);
    });

    test('answers a static file, and a missing script with a page of its own or of the application', async () => {
      const file = await ask(`${url}/style.css`);
      if (name === 'haproxy') expect(file).toMatch(/^release=\d+ done 200$/);
      else expect(file).toBe('body { margin: 0 } 200');
      expect(await ask(`${url}/missing.php`)).toMatch(/(File not found\.\n 404|release=\d+ done 200)$/);
    });
  });

  test('a roll through each of them loses nothing', async () => {
    const { machine, site } = scene();
    const [from, to] = [await site.promoted(), await site.release(FILES)];
    await site.flip(to);
    const load = { fast: 2, post: 1, slow: 1, slowSeconds: 0.7 };
    const urls = Object.values(servers).map(({ port }) => `http://127.0.0.1:${port}/`);
    const rolled = { at: 0 };
    const roll = async (rest: readonly string[]): Promise<void> => {
      const [url, ...others] = rest;
      if (url === undefined) {
        expect(await site.reload()).toMatchObject({ status: 0 });
        rolled.at = Date.now();
        return;
      }
      const report = await underLoad(machine, { ...load, url }, () => roll(others));
      expectNothingLost(report);
      expectSwitched(report, from, to, rolled.at);
    };
    await roll(urls);
  });
});

const bringIn = async (machine: Machine, name: string, { file, change, start }: Server): Promise<void> => {
  const snippet = await machine.run('php-zd', 'snippet', 'shop', name);
  await machine.write(file, change(snippet.replaceAll('shop.example.com', '127.0.0.1')));
  for (const command of start) await machine.run('sh', '-c', command);
};
