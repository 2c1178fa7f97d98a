import { expect, test } from 'vitest';
import { followed, ownFollowed } from '../scene/followed-nginx.ts';
import { movedBlocks, movedFiles, movedScripts } from '../scene/moved-blocks.ts';
import { onOneSuite } from '../scene/scene.ts';

const FILE = '/etc/php-zd/sites/store.ini';

onOneSuite('bookworm', 'init', {}, scene => {
  const init = (...args: readonly string[]) => scene().machine.ask('php-zd', 'init', 'store', ...args);
  /** Runs init at a terminal, and types each line once the former one was answered. */
  const typed = (lines: string, ...args: readonly string[]) => {
    const command = ['php-zd', 'init', 'store', ...args].join(' ');
    return scene().machine.ask(
      'sh',
      '-c',
      `printf '${lines}' | script --quiet --return --command '${command}' /dev/null`,
    );
  };
  const exists = async () => (await scene().machine.ask('test', '-e', FILE)).status === 0;

  test('without a terminal what is missing is named, all of it', async () => {
    const result = await init();
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toContain(
      'php-zd: nobody is there to ask: write --release, --user too. Nothing was written.\n',
    );
    expect(await exists()).toBe(false);
  });

  test('what would not work is told, with file and line, and not written', async () => {
    const result = await init('--release', '/srv/store/current', '--user', 'nobody-there');
    expect(result.status).toBe(2);
    expect(result.stderr).toContain(`${FILE}:4: 'release' is no directory`);
    expect(result.stderr).toContain(`${FILE}:6: 'user' is 'nobody-there'`);
    expect(await exists()).toBe(false);
  });

  test('below the link that deployments flip is no release: what to write is told, and it is written so', async () => {
    const { machine } = scene();
    for (const n of [1, 2]) {
      await machine.write(`/srv/mono/releases/${n}/lib.php`, `<?php return 'lib ${n}';`);
      const index = `<?php echo 'mono ${n} ', require __DIR__ . '/../lib.php';`;
      await machine.write(`/srv/mono/releases/${n}/public/index.php`, index);
    }
    await machine.run('ln', '--symbolic', 'releases/1', '/srv/mono/current');
    const mono = (...args: readonly string[]) =>
      machine.ask('php-zd', 'init', 'mono', '--user', 'www-data', '--replicas', '1', '--yes', ...args);
    const refused = await mono('--release', '/srv/mono/current/public');
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain(
      "/etc/php-zd/sites/mono.ini:4: 'release' goes on below the link /srv/mono/current: " +
        'write release = /srv/mono/current, and root = public in [web]\n',
    );
    expect(await mono('--release', '/srv/mono/current', '--root', 'public')).toMatchObject({ status: 0 });
    await machine.run('systemctl', 'start', 'php-zd@mono');
    await machine.run('sh', '-c', 'php-zd snippet mono nginx >/etc/nginx/sites-enabled/mono');
    await machine.run('systemctl', 'restart', 'nginx');
    const visit = () => machine.run('curl', '--silent', '-H', 'Host: mono.example.com', 'http://localhost/');
    expect(await visit()).toBe('mono 1 lib 1');
    await machine.run('ln', '--symbolic', '--force', '--no-dereference', 'releases/2', '/srv/mono/current');
    await machine.run('php-zd', 'reload', 'mono');
    expect(await visit()).toBe('mono 2 lib 2');
    // A file from before the rule: what runs goes on, and nothing of it is touched.
    await machine.run('sed', '--in-place', 's|^release = .*|&/public|', '/etc/php-zd/sites/mono.ini');
    expect(await machine.ask('systemctl', 'reload', 'php-zd@mono')).not.toMatchObject({ status: 0 });
    expect(await machine.ask('php-zd', 'reload', 'mono')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("'release' goes on below the link /srv/mono/current"),
    });
    expect(await visit()).toBe('mono 2 lib 2');
    await machine.run('systemctl', 'stop', 'php-zd@mono');
    await machine.run('rm', '/etc/php-zd/sites/mono.ini', '/etc/nginx/sites-enabled/mono');
  });

  test('who types answers the questions, with Return for what suggests itself', async () => {
    const { machine } = scene();
    await machine.run('useradd', 'store');
    await machine.write('/srv/store/releases/1/public/index.php', '<?php echo "store";');
    await machine.run('ln', '--symbolic', 'releases/1', '/srv/store/current');
    // The end of input at the second question.
    expect(await typed('\\n')).toMatchObject({
      status: 2,
      stdout: expect.stringContaining('nothing was written'),
    });
    expect(await exists()).toBe(false);
    const result = await typed('\\n\\n1\\n/health\\n\\n\\n');
    expect(result.stdout).toContain('Release, the link that deployments flip [/srv/store/current]: ');
    expect(result.stdout).toContain(`Wrote ${FILE}.`);
    expect(result.status).toBe(0);
    expect(await machine.run('stat', '--format=%a %U', FILE)).toBe('644 root\n');
    const text = await machine.run('cat', FILE);
    expect(text).toMatch(/^release = \/srv\/store\/current$/m);
    expect(text).toMatch(/^user = store$/m);
    expect(text).toMatch(/^replicas = 1$/m);
    expect(text).toMatch(/^path = \/health$/m);
  });

  test('a file that is there is left alone without --force', async () => {
    const { machine } = scene();
    const before = await machine.run('cat', FILE);
    const flags = ['--release', '/srv/store/current', '--user', 'store'];
    const refused = await init(...flags);
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining("there is a site 'store' already") });
    expect(await machine.run('cat', FILE)).toBe(before);
    const forced = await init(...flags, '--yes', '--force', '--replicas', '1');
    expect(forced).toMatchObject({ status: 0, stdout: expect.stringContaining('# For nginx;') });
    expect(await machine.run('cat', FILE)).toMatch(/^# path = \/health$/m);
  });

  test('the site that it wrote starts', async () => {
    const { machine } = scene();
    await machine.run('systemctl', 'enable', '--now', '--quiet', 'php-zd@store');
    expect(await machine.ask('php-zd', 'status', 'store')).toMatchObject({ status: 0 });
  });

  test('a site that runs has its new file by what is said then', async () => {
    const { machine } = scene();
    const { status, stderr } = await init('--force', '--yes', '--replicas', '2');
    expect(status).toBe(0);
    const [, command = ''] = /^Next, roll the site with that file, .*:\n {2}(.+)$/m.exec(stderr) ?? [];
    await machine.run('sh', '-c', command);
    expect(await machine.run('php-zd', 'status', 'store')).toContain('store: 2 of 2 replicas serve');
  });

  test("Debian's own pool and a server block make a site that passes check, and visitors go over to it", async () => {
    const { machine } = scene();
    const version = (await machine.run('sh', '-c', 'ls /etc/php')).trim();
    const block = `server {
  listen 80;
  server_name old.example;
  root /var/www/old;
  index index.php;
  location / { try_files $uri $uri/ /index.php?$args; location = /inner.php { deny all; } }
  location ~* ^/xmlrpc\\.php$ { deny all; }
  location ~* /(wp-config|readme)\\.(php|html)$ { return 403; }
  location ~* \\.(log|sql)$ { deny all; }
  location ~* /(?:uploads|files)/.*\\.php$ { deny all; }
  location ~ \\.php$ {
    include snippets/fastcgi-php.conf;
    fastcgi_pass unix:/run/php/php${version}-fpm.sock;
  }
}
`;
    await machine.write('/etc/nginx/sites-available/old', block);
    await machine.write(
      '/var/www/old/index.php',
      "<?php session_start(); $_SESSION['user'] ??= $_GET['login'] ?? 'nobody'; echo file_put_contents(__DIR__ . '/upload', 'x'), ' ', $_SERVER['REQUEST_URI'], ' ', $_SESSION['user'];",
    );
    const closed = ['xmlrpc.php', 'wp-config.php', 'deep/readme.php', 'files/b/c.php', 'inner.php', 'dump.sql'];
    for (const path of [...closed, 'open.php']) await machine.write(`/var/www/old/${path}`, 'open');
    await machine.run('chown', '--recursive', 'www-data', '/var/www/old');
    const visit = async (path: string) =>
      await machine.run(
        'sh',
        '-c',
        `curl -s -c /root/jar -b /root/jar -H 'Host: old.example' 'http://localhost${path}'`,
      );
    await machine.run('ln', '--symbolic', '../sites-available/old', '/etc/nginx/sites-enabled/old');
    await machine.run('systemctl', 'restart', `php${version}-fpm`, 'nginx');
    expect(await visit('/?login=ann')).toBe('1 /?login=ann ann');
    const statuses = async () => {
      const urls = [...closed, 'open.php'].map(path => `http://localhost/${path}`);
      const ask = ['--silent', '--output', '/dev/null', '--write-out', '%{http_code} ', '-H', 'Host: old.example'];
      const each = urls.map(url => machine.run('curl', ...ask, url));
      return (await Promise.all(each)).join('');
    };
    expect(await statuses()).toBe(`${'403 '.repeat(closed.length)}200 `);
    const pool = `/etc/php/${version}/fpm/pool.d/www.conf`;
    const result = await machine.ask(
      ...(['php-zd', 'init', 'old', '--from-pool', pool, '--nginx', '/etc/nginx/sites-available/old'] as const),
      ...(['--replicas', '1'] as const),
    );
    expect(result).toMatchObject({ status: 0 });
    const said = result.stderr
      .split('\n')
      .filter(line => line.startsWith('/etc/php/') || line.startsWith('/etc/nginx/'));
    expect(said.map(line => line.replace(/^[^ ]+ ([^ ]+) .*/, '$1'))).toEqual(['listen', 'fastcgi_pass']);
    expect(await machine.ask('php-zd', 'check', 'old')).toMatchObject({ status: 0 });
    await machine.run('systemctl', 'start', 'php-zd@old');
    await machine.run(
      'sh',
      '-c',
      'rm /etc/nginx/sites-enabled/old; php-zd snippet old nginx >/etc/nginx/sites-enabled/old',
    );
    // What others put beside the sessions, and what leads out of there, is none of the site's.
    const sessions = '/var/lib/php/sessions';
    await machine.run(
      ...(['sh', '-c'] as const),
      `cd ${sessions}; touch sess_foreign; runuser -u www-data -- ln -s /etc/hostname sess_link; runuser -u www-data -- mkfifo sess_pipe`,
    );
    const [, copy = '', reload = ''] = /right before the reload:\n {2}(find .*)\n {2}(.*)\n/.exec(result.stderr) ?? [];
    await machine.run('sh', '-c', copy);
    const own = '/var/lib/php-zd/old/sessions/www-data';
    const brought = await machine.run('find', own, '-name', 'sess_*', '-size', '+0', '-printf', '%f %u %m\\n');
    const [cookie = ''] = /sess_\w+$/.exec((await machine.run('grep', '-rl', 'ann', own)).trim()) ?? [];
    expect(brought).toContain(`${cookie} www-data 600\n`);
    expect((await machine.run('ls', own)).split('\n').filter(name => /_(foreign|link|pipe)$/.test(name))).toEqual([]);
    await machine.run('sh', '-c', reload);
    expect(await visit('/a?b=c')).toBe('1 /a?b=c ann');
    // Typed once more, what the site has written since stays.
    await machine.run('sh', '-c', copy);
    expect(await visit('/')).toBe('1 / ann');
    await machine.run('systemctl', 'restart', 'nginx');
    expect(await statuses()).toBe(`${'403 '.repeat(closed.length)}200 `);
  });

  test('what the unit of a PHP from elsewhere gives its pool is named, and its mail() goes on as it did', async () => {
    const { machine } = scene();
    const panel = '/opt/panel/php';
    const version = (await machine.run('sh', '-c', 'ls /etc/php')).trim();
    await machine.run('mkdir', '--parents', `${panel}/sbin`, `${panel}/etc/php-fpm.d`);
    await machine.run('cp', `/usr/sbin/php-fpm${version}`, `${panel}/sbin/php-fpm`);
    await machine.write(`${panel}/etc/php-fpm.conf`, `[global]\ninclude=${panel}/etc/php-fpm.d/*.conf\n`);
    const pool =
      '[panel]\nuser = www-data\nlisten = /run/panel.sock\nlisten.owner = www-data\npm = static\npm.max_children = 1\nphp_admin_value[sendmail_path] =\n';
    await machine.write(`${panel}/etc/php-fpm.d/panel.conf`, pool);
    const unit = '/usr/lib/systemd/system/panel.service';
    const start = `${panel}/sbin/php-fpm --nodaemonize --fpm-config ${panel}/etc/php-fpm.conf`;
    await machine.write(unit, `[Service]\nType=notify\nExecStart=${start}\nLimitNOFILE=12345\n`);
    await machine.write('/etc/systemd/system/panel.service.d/app.conf', '[Service]\nEnvironment=DB_PASSWORD=secret\n');
    await machine.write('/var/www/panel/index.php', "<?php var_dump(ini_get('sendmail_path'), mail('a@b', 's', 'x'));");
    await machine.run('systemctl', 'daemon-reload');
    await machine.run('systemctl', 'start', 'panel');
    const result = await machine.ask(
      ...(['php-zd', 'init', 'panel', '--from-pool', `${panel}/etc/php-fpm.d/panel.conf`] as const),
      ...(['--release', '/var/www/panel', '--replicas', '1', '--yes'] as const),
    );
    expect(result).toMatchObject({ status: 0 });
    expect(result.stderr).toContain("panel.service:4: LimitNOFILE=: holds for php-fpm's unit");
    expect(result.stderr).toContain("panel.service.d/app.conf:2: Environment=: gives DB_PASSWORD in php-fpm's own");
    expect(result.stdout + result.stderr).not.toContain('secret');
    expect(await machine.ask('php-zd', 'check', 'panel')).toMatchObject({
      status: 0,
      stderr: expect.stringContaining("is '', which php-fpm takes for '/usr/', and mail() fails"),
    });
    await machine.run('systemctl', 'start', 'php-zd@panel');
    const locations = [
      ['/before', '/var/www/panel', '/run/panel.sock'],
      ['/after', '/var/www/.panel.live', '/run/php-zd/panel/fastcgi.sock'],
    ].map(
      ([path, root, socket]) =>
        `location ${path} { include fastcgi_params; fastcgi_param SCRIPT_FILENAME ${root}/index.php; fastcgi_pass unix:${socket}; }`,
    );
    await machine.write('/etc/nginx/sites-enabled/panel', `server { listen 8090; ${locations.join(' ')} }\n`);
    await machine.run('systemctl', 'restart', 'nginx');
    const said = (path: string) => machine.run('curl', '--silent', '--fail', `http://localhost:8090${path}`);
    const before = await said('/before');
    expect(before).toContain('bool(false)');
    expect(await said('/after')).toBe(before);
  });

  test('what init says of locations is done to the letter: no source text goes out, and no file is missing', async () => {
    const { machine } = scene();
    const version = (await machine.run('sh', '-c', 'ls /etc/php')).trim();
    const site = '/srv/pages';
    const file = '/etc/nginx/sites-available/pages';
    const pool = `/etc/php/${version}/fpm/pool.d/pages.conf`;
    await machine.write(
      pool,
      `[pages]\nuser = www-data\nlisten = /run/php/pages.sock\npm = static\npm.max_children = 2\nsecurity.limit_extensions = .php .html .php5\n`,
    );
    const statics = 'location ~* \\.(css|png|php5)$ { expires 30d; access_log off; }';
    await machine.write(
      file,
      `server {
  listen 80;
  server_name pages.example;
  root ${site}/current/public;
  index index.php;
  location / { try_files $uri $uri/ /index.php?$args; }
  location = /export.php {
    include fastcgi.conf;
    fastcgi_param EXPORT yes;
    fastcgi_pass unix:/run/php/pages.sock;
  }
  location ~ \\.(php|html)$ {
    include fastcgi.conf;
    fastcgi_param APP_ROOT $document_root;
    fastcgi_pass unix:/run/php/pages.sock;
  }
  ${statics}
  location ^~ /uploads/ { expires 5d; }
}
`,
    );
    const script = `<?php echo 'ran ', basename(__FILE__), ' ', $_SERVER['EXPORT'] ?? 'no', ' ', is_file($_SERVER['APP_ROOT'] . '/index.php') ? 'root' : '';`;
    for (const release of ['1', '2']) {
      const root = `${site}/releases/${release}/public`;
      for (const name of ['index.php', 'export.php', 'page.html']) await machine.write(`${root}/${name}`, script);
      await machine.write(`${root}/app-${release}.css`, `of ${release}`);
    }
    const uploads = `${site}/shared/uploads`;
    for (const name of ['a.png', 'evil.php', 'evil.html', 'evil.php5', '.hidden.png']) {
      await machine.write(`${uploads}/${name}`, `uploaded ${script}`);
    }
    await machine.run(
      ...(['sh', '-e', '-c'] as const),
      `cd ${site}; chown -R www-data: shared; ln -s releases/1 current; for r in 1 2; do ln -s ../../../shared/uploads releases/$r/public/uploads; done`,
    );
    const options = ['--from-pool', pool, '--nginx', file, '--replicas', '1'];
    const result = await machine.ask('php-zd', 'init', 'pages', ...options);
    expect(result).toMatchObject({ status: 0 });
    expect(await machine.ask('php-zd', 'check', 'pages')).toMatchObject({ status: 0 });
    expect(await machine.run('cat', '/etc/php-zd/sites/pages.ini')).toMatch(
      /^security\.limit_extensions = \.php \.html$/m,
    );
    await machine.run('systemctl', 'start', 'php-zd@pages');

    const [, added = ''] =
      /expires; access_log \}: .*, last there, with (try_files \$uri @former;) in it/.exec(result.stderr) ?? [];
    const [, pattern = '', param = ''] =
      /before that one, as location (~ ".*"), with (fastcgi_param EXPORT "yes";) as its last line/.exec(
        result.stderr,
      ) ?? [];
    const snippet = await machine.run('php-zd', 'snippet', 'pages', 'nginx');
    const [scripts = ''] =
      /^ {4}location ~ [^\n]+ \{\n {8}fastcgi_split_path_info[\s\S]*?\n {4}\}\n/m.exec(snippet) ?? [];
    const copy = scripts
      .replace(/location .* \{/, () => `location ${pattern} {`)
      .replace(/ {4}\}\n$/, () => `        ${param}\n    }\n`);
    const own = statics.replace(/ \}$/, () => ` ${added} }`);
    expect(snippet).toMatch(
      /Where one of that path is above, nginx takes no second one: its other lines belong in that\.\n\}/,
    );
    const block = snippet
      .replace(scripts, () => `${copy}${scripts}`)
      .replace('location ^~ /uploads/ {', '$& expires 5d;')
      .replace(/\}\n$/, () => `    ${own}\n}\n`);
    await machine.write('/etc/nginx/sites-enabled/pages', block);
    await machine.run('systemctl', 'restart', 'nginx');
    const get = async (path: string): Promise<string> => {
      const status = '%{http_code}';
      const of = ['--header', 'Host: pages.example', '--write-out', ` ${status}`, `http://localhost${path}`];
      const text = await machine.run('curl', '--silent', '--path-as-is', ...of);
      return text.endsWith(' 200') ? text : text.slice(-3);
    };
    expect(await get('/index.php')).toBe('ran index.php no root 200');
    expect(await get('/page.html')).toBe('ran page.html no root 200');
    expect(await get('/export.php')).toBe('ran export.php yes root 200');
    await machine.run('sh', '-e', '-c', `cd ${site}; ln -sfn releases/2 new; mv -T new current`);
    await machine.run('systemctl', 'reload', 'php-zd@pages');
    expect(await get('/app-2.css')).toBe('of 2 200');
    expect(await get('/app-1.css')).toBe('of 1 200');
    expect(await get('/uploads/a.png')).toBe(`uploaded ${script} 200`);
    const head = await machine.run(
      'curl',
      '--silent',
      '--head',
      '-H',
      'Host: pages.example',
      'http://localhost/uploads/a.png',
    );
    expect(head).toContain('max-age=432000');
    for (const name of ['evil.php', 'evil.html', 'evil.php5', '.hidden.png', 'a.png/evil.php', 'evil.html/x']) {
      expect([name, await get(`/uploads/${name}`)]).toEqual([name, '403']);
    }
  });

  /** More often than systemd lets a service start in ten seconds. */
  const restart = async (...units: readonly string[]): Promise<void> => {
    await scene().machine.run('nginx', '-t');
    // One that systemd does not know yet has no count.
    await scene().machine.ask('systemctl', 'reset-failed', ...units);
    await scene().machine.run('systemctl', 'restart', ...units);
  };

  const front = 'location / { try_files $uri $uri/ /index.php?$args; }';
  const php = (words: string) =>
    `location ${words} { include fastcgi_params; fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name; fastcgi_pass unix:/run/php/moved.sock; }`;
  test.each<readonly [string, readonly string[], Readonly<Record<string, string>>]>([
    [
      'directories that nginx takes before scripts',
      [
        'location ^~ /media/ { }',
        'location ^~ /assets/ { expires 7d; try_files $uri =404; }',
        'location = /tool.php { }',
        front,
        php('~ \\.php$'),
      ],
      {
        ...{ '/media/x.php': 'not run', '/assets/x.php': 'not run', '/tool.php': 'not run' },
        ...{
          '/media/a.txt': 'a file',
          '/assets/a.txt': 'a file',
          '/inc/x.php': 'ran inc/x.php',
          '/v1': 'ran index.php',
        },
      },
    ],
    [
      'a pattern that looks around',
      [front, php('~ ^(?!/(?:media|assets)/).+\\.php$')],
      { '/media/x.php': 'not run', '/assets/x.php': 'not run', '/inc/x.php': 'ran inc/x.php', '/v1': 'ran index.php' },
    ],
    [
      'scripts of / alone',
      [
        `location / { try_files $uri $uri/ /index.php?$args; ${php('~ \\.php$')} }`,
        'location /media/ { }',
        'location /inc/ { internal; }',
        'location /assets/ { rewrite ^ /index.php; }',
      ],
      {
        ...{ '/media/x.php': 'not run', '/inc/x.php': 'not run', '/assets/x.php': 'ran index.php' },
        ...{ '/tool.php': 'ran tool.php', '/media/a.txt': 'a file', '/v1': 'ran index.php' },
      },
    ],
  ])('what ran, and what did not, is the same once the block is moved as init says: %s', async (_, lines, asked) => {
    const { machine } = scene();
    const version = (await machine.run('sh', '-c', 'ls /etc/php')).trim();
    const [site, name, file] = ['/srv/moved', 'moved', '/etc/nginx/sites-available/moved'];
    const pool = `/etc/php/${version}/fpm/pool.d/${name}.conf`;
    const root = `${site}/releases/1/public`;
    for (const each of ['index.php', 'tool.php', 'media/x.php', 'assets/x.php', 'inc/x.php']) {
      await machine.write(`${root}/${each}`, `<?php echo 'ran ${each}';`);
    }
    for (const each of ['media', 'assets']) await machine.write(`${root}/${each}/a.txt`, 'a file');
    const own = `user = www-data\nlisten = /run/php/${name}.sock\nlisten.owner = www-data\npm = static\npm.max_children = 2`;
    await machine.write(pool, `[${name}]\n${own}\n`);
    const block = `server {\nlisten 127.0.0.1:8081;\nserver_name ${name}.example;\nroot ${site}/current/public;\nindex index.php;\n${lines.join('\n')}\n}\n`;
    await machine.write(file, block);
    const visit = async (path: string): Promise<string> => {
      const of = ['--header', `Host: ${name}.example`, '--write-out', ' %{http_code}', `http://127.0.0.1:8081${path}`];
      const text = await machine.run('curl', '--silent', '--path-as-is', ...of);
      return /^<\?php|40[34]$/.test(text) ? 'not run' : text.replace(/ 200$/, '');
    };
    const all = async () =>
      Object.fromEntries(await Promise.all(Object.keys(asked).map(async path => [path, await visit(path)] as const)));
    await machine.run('ln', '-sfn', 'releases/1', `${site}/current`);
    await machine.run('ln', '-sfn', file, `/etc/nginx/sites-enabled/${name}`);
    await restart(`php${version}-fpm`, 'nginx');
    expect(await all()).toEqual(asked);
    const made = await machine.ask(
      ...(['php-zd', 'init', name, '--from-pool', pool, '--nginx', file, '--replicas', '1', '--force'] as const),
    );
    expect(made).toMatchObject({ status: 0 });
    await machine.run('systemctl', 'start', `php-zd@${name}`);
    await machine.write(file, followed(made.stderr, block, await machine.run('php-zd', 'snippet', name, 'nginx')));
    await restart('nginx');
    expect(await all()).toEqual(asked);
  });

  test.each(movedBlocks)('each path is answered as before once the block is moved as init says: $name', async block => {
    const { machine } = scene();
    const version = (await machine.run('sh', '-c', 'ls /etc/php')).trim();
    const [site, name, file] = ['/srv/moved', 'moved', '/etc/nginx/sites-available/moved'];
    const pool = `/etc/php/${version}/fpm/pool.d/${name}.conf`;
    const release = `${site}/releases/2`;
    const of = (path: string) => (path.startsWith('/') ? path : `${release}/${path}`);
    for (const [path, text] of Object.entries(movedFiles)) await machine.write(of(path), text);
    const echo =
      "<?php $s = $_SERVER; echo implode(' ', ['ran', substr(__FILE__, strrpos(__FILE__, '/public/') + 8), $s['PATH_INFO'] ?? '', $s['QUERY_STRING'], $s['SCRIPT_NAME'], $s['EXTRA'] ?? '', $s['PATH_TRANSLATED'] ?? '', ...(array) (getenv('POOL') ?: []), $s['HTTP_HOST']]);";
    for (const path of movedScripts) await machine.write(of(path), echo);
    const own = `user = www-data\nlisten = /run/php/${name}.sock\nlisten.owner = www-data\npm = static\npm.max_children = 2\npm.status_path = /fpm-status`;
    await machine.write(pool, `[${name}]\n${own}\n`);
    const other = own.replace(name, 'other').replace(/\npm[.]status_path.*/, '');
    await machine.write(pool.replace(`${name}.conf`, 'other.conf'), `[other]\n${other}\nenv[POOL] = other\n`);
    // Whoever deploys owns a release, and root the link.
    await machine.run('chown', '--recursive', 'www-data:', release);
    const text = `server {\nlisten 127.0.0.1:8081;\n${block.isNameless ? '' : `server_name ${name}.example;\n`}root ${site}/current/public;\nindex index.php;\n${block.lines.join('\n')}\n}\n`;
    await machine.write(file, text);
    await machine.run('ln', '-sfn', release, `${site}/current`);
    await machine.run('ln', '-sfn', file, `/etc/nginx/sites-enabled/${name}`);
    await restart(`php${version}-fpm`, 'nginx');
    const asking = [...block.paths, ...(block.closed ?? [])];
    const all = async () => {
      const asked = asking.map(path => `http://127.0.0.1:8081${path}`).join(' ');
      const ask = `curl --silent --user x:x --path-as-is -H 'Host: ${name}.example:8081' -w ' %{http_code} %header{x-page}%header{x-api}'`;
      const answers = await machine.run(
        'sh',
        '-c',
        `for url in ${asked.replace(/\S+/g, "'$&'")}; do ${ask} "$url" | tr '\\n' ' '; echo; done`,
      );
      const words = answers
        .replaceAll(`${site}/current/public`, 'ROOT')
        .replaceAll(`${site}/releases/.${name}.live/public`, 'ROOT')
        .replace(/<html>.*<\/html>\s*/g, '')
        .split('\n');
      const each = asking.map((path, index) => [path, words[index]?.trim() ?? ''] as const);
      return Object.fromEntries(
        each.map(([path, text]) => [path, block.closed?.includes(path) ? /40[34]$/.test(text) : text]),
      );
    };
    const before = await all();
    for (const [path, answer] of Object.entries(block.answers)) expect(before[path]).toMatch(answer);
    const made = await machine.ask(
      ...(['php-zd', 'init', name, '--from-pool', pool, '--nginx', file, '--replicas', '1', '--force'] as const),
    );
    expect(made).toMatchObject({ status: 0 });
    const [, url = ''] = /: names no host: write (url = [^,]+),/.exec(made.stderr) ?? [];
    expect(url !== '').toBe(block.isNameless ?? false);
    const named = url.replace('HOST', `${name}.example`);
    const [, index = ''] = /: is the script of a directory: write (index = \S+) in \[web\]$/m.exec(made.stderr) ?? [];
    const write = index === '' ? '' : `/^[[]web[]]$/,$ { s#^index = .*#${index}# }`;
    await machine.run('sed', '-i', `s#^[[]site[]]$#&\\n${named}#; ${write}`, `/etc/php-zd/sites/${name}.ini`);
    const state = await machine.ask('systemctl', 'is-active', `php-zd@${name}`);
    await machine.run('systemctl', state.stdout.trim() === 'active' ? 'reload' : 'start', `php-zd@${name}`);
    const snippet = await machine.run('php-zd', 'snippet', name, 'nginx');
    expect(snippet).toContain(`server_name ${name}.example;`);
    await machine.write(file, followed(made.stderr, text, snippet));
    await restart('nginx');
    expect(await all()).toEqual(before);
    if (!block.isOwnToo) return;
    await machine.write(file, ownFollowed(made.stderr, text));
    await machine.run('systemctl', 'stop', `php${version}-fpm`);
    await restart('nginx');
    expect(await all()).toEqual(before);
  });
});
