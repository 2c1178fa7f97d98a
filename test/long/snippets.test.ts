import { describe, expect, test } from 'vitest';
import { underLoad } from '../load/start.ts';
import { expectNothingLost, expectSwitched } from '../scene/expect.ts';
import { onOneSuite } from '../scene/scene.ts';
import { applications } from '../shapes/applications.ts';
import { bringIn, type ServerName, servers } from '../shapes/servers.ts';
import { directoryOf, type Shape, setUpShapes, writeSiteFile } from '../shapes/shapes.ts';
import { differences } from '../shapes/table.ts';

const NAMES = Object.keys(servers) as ServerName[];
const SITES = ['shop', ...applications.map(({ name }) => name)];
const MEBIBYTES = 32;
const UPLOADS = '/srv/wordpress/shared/wp-content/uploads';

onOneSuite('bookworm', 'snippet', {}, scene => {
  test('sites of every shape start, and their snippets are what the servers take', async () => {
    const { machine } = scene();
    await setUpShapes(machine, applications);
    for (const name of NAMES) await bringIn(machine, name, SITES);
  }, 120_000);

  describe.each(NAMES)('%s with its snippets', name => {
    test('answers for sites of every shape as their manuals say', () => {
      expect(differences(scene().machine, name, applications)).toEqual({});
    });

    const url = `http://127.0.0.1:${servers[name].port}`;
    const curl = async (...args: readonly string[]) =>
      await scene().machine.run(
        'curl',
        '--silent',
        '--max-time',
        '20',
        '--header',
        'Host: wordpress.example.com',
        ...args,
      );

    test('passes large bodies on, both ways', async () => {
      const file = '/root/large';
      await scene().machine.run('truncate', `--size=${MEBIBYTES}M`, file);
      const type = ['--header', 'Content-Type: application/octet-stream', '--header', 'X-Asked: /index.php'];
      const body = ['--data-binary', `@${file}`];
      expect(await curl(...type, ...body, `${url}/index.php`)).toBe(
        `run index.php, POST, body ${MEBIBYTES * 1024 * 1024}`,
      );
      const length = await curl(
        '--output',
        '/dev/null',
        '--write-out',
        '%{size_download}',
        `${url}/?large=${MEBIBYTES}`,
      );
      expect(Number(length)).toBe(MEBIBYTES * 1024 * 1024);
    });

    test('lets PHP judge who the visitor says he is', async () => {
      const [name = '', secret = ''] = ['a', 'b'];
      expect(await curl('--user', `${name}:${secret}`, `${url}/?server=PHP_AUTH_USER`)).toBe(`server ${name}`);
      const token = ['--header', 'Authorization: Bearer x'];
      expect(await curl(...token, `${url}/?server=HTTP_AUTHORIZATION`)).toBe('server Bearer x');
      expect(await curl(...token, `${url}/a-post?server=HTTP_AUTHORIZATION`)).toBe('server Bearer x');
    });

    test('takes a body without a length, or refuses it at once and holds no child', async () => {
      const type = ['--header', 'Content-Type: application/octet-stream', '--header', 'Transfer-Encoding: chunked'];
      const said = await curl(...type, '--data-binary', 'abc', '--write-out', ' %{http_code}', `${url}/index.php`);
      expect(said).toMatch(name === 'caddy' ? /^ 411$/ : /body 3, .* 200$/);
    });

    test('passes on what PHP has flushed, before the end of the answer', async () => {
      const go = `${UPLOADS}/go-on`;
      const read = `while read -r line || [ -n "$line" ]; do echo "$line"; touch ${go}; done`;
      const ask = `curl --silent --no-buffer --max-time 20 --header 'Host: wordpress.example.com'`;
      const stream = `${ask} '${url}/?stream=wp-content/uploads/go-on'`;
      expect(await scene().machine.run('sh', '-c', `rm -f ${go}; ${stream} | ${read}`)).toBe('first\nseen\n');
    });
  });

  test('an upload directory leads to no file of other people', async () => {
    const { machine } = scene();
    await machine.write('/srv/others.txt', 'secret');
    await machine.run('ln', '--symbolic', '--force', '/srv/others.txt', `${UPLOADS}/mine.txt`);
    await machine.run('chown', '--no-dereference', 'web:', `${UPLOADS}/mine.txt`);
    for (const name of ['nginx', 'apache'] as const) {
      const url = `http://127.0.0.1:${servers[name].port}/wp-content/uploads/mine.txt`;
      expect(await machine.run('curl', '--silent', '--header', 'Host: wordpress.example.com', url)).not.toContain(
        'secret',
      );
    }
  });

  test('Apache obeys a .htaccess in who may come in, and in nothing else', async () => {
    const { machine } = scene();
    const closed = [
      'Require all denied',
      'Order deny,allow\nDeny from all',
      '<IfModule mod_rewrite.c>\nRewriteEngine On\nRewriteRule ^ /style.css [L]\n</IfModule>\nphp_value a b\nRequire all denied',
      '<Files "*.zip">\nRequire all denied\n</Files>',
    ];
    const answers: string[] = [];
    for (const [index, text] of [...closed, 'Options +Indexes\nSetHandler x\nNothing known'].entries()) {
      const directory = `${UPLOADS}/kept-${index}`;
      await machine.run('mkdir', directory);
      await machine.write(`${directory}/dump.zip`, 'secret');
      await machine.write(`${directory}/plain.txt`, 'plain');
      await machine.write(`${directory}/.htaccess`, `${text}\n`);
      for (const file of ['dump.zip', 'plain.txt']) {
        const url = `http://127.0.0.1:${servers.apache.port}/wp-content/uploads/kept-${index}/${file}`;
        const ask = ['--silent', '--output', '/dev/null', '--write-out', '%{http_code}'];
        answers.push(await machine.run('curl', ...ask, '--header', 'Host: wordpress.example.com', url));
      }
    }
    expect(answers.join(' ')).toBe('403 403 403 403 403 403 403 200 200 200');
  });

  test('what a .htaccess closes for Apache is closed once the line is written that php-zd says', async () => {
    const { machine } = scene();
    const closed = ['content/a.yaml', 'store/deep/admin.yaml', 'private/x.txt', 'dumps/all.zip', 'kept/a.txt'];
    const flat: Shape = { name: 'flat', scripts: ['index.php'], files: [...closed, 'open/a.yaml'], table: {} };
    await setUpShapes(machine, [flat]);
    const root = directoryOf(flat, 1);
    await machine.write(
      `${root}/.htaccess`,
      `RewriteEngine On
RewriteRule ^(content|store)/(.*)\\.(txt|yaml)$ error [F]
RewriteRule ^private/ - [R=404,L]
RedirectMatch 403 ^/dumps/.*$
RewriteRule ^proxied$ http://127.0.0.1:1/ [P]
`,
    );
    await machine.write(`${root}/kept/.htaccess`, 'Require all denied\n');
    const plain = 8085;
    await machine.write(
      '/etc/apache2/sites-enabled/plain.conf',
      `Listen ${plain}
<VirtualHost *:${plain}>
    DocumentRoot ${root}
    <Directory ${root}>
        Require all granted
        AllowOverride All
    </Directory>
</VirtualHost>
`,
    );
    const answersAt = async (port: number, paths: readonly string[]): Promise<string> => {
      const urls = paths.flatMap(path => ['--output', '/dev/null', `http://127.0.0.1:${port}/${path}`]);
      const ask = ['--silent', '--header', 'Host: flat.example.com', '--write-out', '%{http_code} '];
      return (await machine.run('curl', ...ask, ...urls)).trim();
    };
    const said = async (command: string) => await machine.run('sh', '-c', `php-zd ${command} 2>&1 >/dev/null`);
    const before = { apache: '200 200 200 403 403', nginx: '200 200 200 200 200' };
    for (const name of ['apache', 'nginx'] as const) {
      await writeSiteFile(machine, flat, 1);
      await bringIn(machine, name, ['flat']);
      expect(await answersAt(plain, closed)).toBe('403 403 404 403 403');
      const { port } = servers[name];
      expect(await answersAt(port, [...closed, 'open/a.yaml', ''])).toBe(`${before[name]} 200 200`);
      const words = await said(`snippet flat ${name}`);
      expect(words).toContain(`${root}/.htaccess:2: closes what the web server would show`);
      expect(await said('check flat')).toContain('.htaccess:2: closes');
      const line = /write '(closed = [^']*)' in \[web\] of flat\.ini/.exec(words)?.[1] ?? 'none';
      await writeSiteFile(machine, { ...flat, ini: `[web]\n${line}` }, 1);
      await bringIn(machine, name, ['flat']);
      // After a reload a worker of before may answer still.
      if (name === 'nginx') await machine.run('systemctl', 'restart', 'nginx');
      expect(await answersAt(port, [...closed, 'open/a.yaml', ''])).toBe('403 403 403 403 403 200 200');
      expect(await said(`snippet flat ${name}`)).toBe('');
    }
    expect(await said('check flat')).not.toContain('.htaccess');
    expect(await answersAt(plain, ['proxied'])).toMatch(/^50[03]$/);
    expect(await answersAt(servers.apache.port, ['proxied'])).toBe('200');
  });

  test("an application of Debian's packages, which Apache has in every virtual host, keeps its own PHP", async () => {
    const { machine } = scene();
    const version = (await machine.run('sh', '-c', 'ls /etc/php')).trim();
    await machine.write('/usr/share/other/index.php', '<?php echo "other ", $_SERVER["SCRIPT_FILENAME"];');
    await machine.write(
      '/etc/apache2/conf-enabled/other.conf',
      `Alias /other /usr/share/other
<FilesMatch "\\.php$">
    SetHandler "proxy:unix:/run/php/php${version}-fpm.sock|fcgi://localhost"
</FilesMatch>
`,
    );
    await machine.run('systemctl', 'start', `php${version}-fpm`);
    await bringIn(machine, 'apache', SITES);
    const { port } = servers.apache;
    const get = async (path: string, host: string) =>
      await machine.run('curl', '--silent', '--header', `Host: ${host}`, `http://127.0.0.1:${port}${path}`);
    expect(await get('/other/index.php', 'wordpress.example.com')).toBe('other /usr/share/other/index.php');
    expect(await get('/index.php', 'wordpress.example.com')).toMatch(/^run index\.php/);
    expect(differences(machine, 'apache', applications)).toEqual({});
    await machine.run('rm', '/etc/apache2/conf-enabled/other.conf');
  });

  test('no script that a .htaccess keeps from PHP is run once the line is written that php-zd says', async () => {
    const { machine } = scene();
    const off = [
      '<FilesMatch "\\.php$">\nSetHandler none\n</FilesMatch>\nRemoveHandler .php\n',
      'SetHandler Drupal_Security_Do_Not_Remove_See_SA_2006_006\n<IfModule mod_php.c>\nphp_flag engine off\n</IfModule>\n',
      'RemoveHandler .php\nRemoveType .php\nForceType text/plain\nSetHandler default-handler\n',
    ];
    const kept = off.map((_, at) => `up/${at}/x.php`);
    const shape: Shape = { name: 'off', scripts: ['index.php', 'up/x.php', ...kept], table: {} };
    await setUpShapes(machine, [shape]);
    const root = directoryOf(shape, 1);
    for (const [at, text] of off.entries()) await machine.write(`${root}/up/${at}/.htaccess`, text);
    const plain = 8086;
    await machine.write(
      '/etc/apache2/sites-enabled/off-before.conf',
      `Listen ${plain}
<VirtualHost *:${plain}>
    DocumentRoot ${root}
    <Directory ${root}>
        Require all granted
        AllowOverride All
        AddHandler "proxy:unix:/run/php/php-fpm.sock|fcgi://off-before" .php
    </Directory>
</VirtualHost>
`,
    );
    await machine.run('sh', '-c', 'systemctl start php$(ls /etc/php)-fpm');
    const answersAt = async (port: number): Promise<string> => {
      const answers: string[] = [];
      for (const path of ['index.php', 'up/x.php', ...kept]) {
        const ask = ['--silent', '--header', 'Host: off.example.com', '--write-out', '%{http_code}'];
        const said = await machine.run('curl', ...ask, `http://127.0.0.1:${port}/${path}`);
        answers.push(/^(?:run|<\?php)/.exec(said)?.[0] ?? said.slice(-3));
      }
      return answers.join(' ');
    };
    for (const name of ['apache', 'nginx'] as const) {
      await writeSiteFile(machine, shape, 1);
      await bringIn(machine, name, ['off']);
      expect(await answersAt(plain)).toBe('run run <?php <?php <?php');
      const { port } = servers[name];
      expect(await answersAt(port)).toBe('run run run run run');
      const words = await machine.run('sh', '-c', `php-zd snippet off ${name} 2>&1 >/dev/null`);
      expect(words).toContain(`${root}/up/0/.htaccess:2: closes what the web server would show or run`);
      const line = /write '(closed = [^']*)' in \[web\] of off\.ini/.exec(words)?.[1] ?? 'none';
      await writeSiteFile(machine, { ...shape, ini: `[web]\n${line}` }, 1);
      await bringIn(machine, name, ['off']);
      // After a reload a worker of before may answer still.
      if (name === 'nginx') await machine.run('systemctl', 'restart', 'nginx');
      expect(await answersAt(port)).toBe('run run 403 403 403');
      expect(await machine.run('sh', '-c', `php-zd check off 2>&1 >/dev/null`)).not.toContain('.htaccess');
    }
  });

  test('a roll through each of them loses nothing', async () => {
    const { machine, site } = scene();
    const [from, to] = [await site.promoted(), await site.release()];
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
