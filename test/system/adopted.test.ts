import { expect, test } from 'vitest';
import type { Result } from '../lab/machine.ts';
import { expectServing } from '../scene/expect.ts';
import { onOneSuite } from '../scene/scene.ts';

const POOL = '[pool]\npm.max_children = 4\n';

/** Sites as panels and deployment tools leave them on a host, taken over from the pool that serves them. */
onOneSuite('bookworm', 'adopted', { ini: POOL }, scene => {
  const shell = (script: string) => scene().machine.run('sh', '-c', script);

  /** A user, files, a pool and a server block of that name; the files are the user's. */
  const lay = async (name: string, { root, files, pool = '' }: Laid): Promise<void> => {
    const { machine } = scene();
    await machine.run('useradd', '--create-home', name);
    for (const [path, text] of Object.entries(files)) await machine.write(path, text);
    const version = (await shell('ls /etc/php')).trim();
    const listen = `/run/php/${name}.sock`;
    await machine.write(
      `/etc/php/${version}/fpm/pool.d/${name}.conf`,
      `[${name}]\nuser = ${name}\ngroup = ${name}\nlisten = ${listen}\nlisten.owner = www-data\npm = static\npm.max_children = 2\n${pool}`,
    );
    await machine.write(
      `/etc/nginx/sites-available/${name}`,
      `server {\n  listen 80;\n  server_name ${name}.example;\n  root ${root};\n  index index.php;\n  location / { try_files $uri $uri/ /index.php?$args; }\n  location ~ \\.php$ {\n    include snippets/fastcgi-php.conf;\n    fastcgi_pass unix:${listen};\n  }\n}\n`,
    );
  };

  const init = async (name: string): Promise<Result> => {
    const version = (await shell('ls /etc/php')).trim();
    return await scene().machine.ask(
      ...(['php-zd', 'init', name, '--from-pool', `/etc/php/${version}/fpm/pool.d/${name}.conf`] as const),
      ...(['--nginx', `/etc/nginx/sites-available/${name}`, '--replicas', '1', '--yes', '--force'] as const),
    );
  };

  /** Starts the site, and has nginx pass scripts to it, as init says. */
  const serve = async (name: string, root: string): Promise<void> => {
    await shell(`systemctl start php-zd@${name}`);
    await scene().machine.write(
      `/etc/nginx/sites-enabled/${name}`,
      `server {\n  listen 80;\n  server_name ${name}.example;\n  location / {\n    include fastcgi_params;\n    fastcgi_param DOCUMENT_ROOT ${root};\n    fastcgi_param SCRIPT_FILENAME ${root}/index.php;\n    fastcgi_pass unix:/run/php-zd/${name}/fastcgi.sock;\n  }\n}\n`,
    );
    await shell('systemctl restart nginx');
  };

  const visit = (name: string, path: string, ...args: readonly string[]) =>
    scene().machine.run('curl', '--silent', '-H', `Host: ${name}.example`, ...args, `http://127.0.0.1${path}`);

  test('a release that PHP-FPM cannot open is refused by its proof, whatever status is wanted; one whose own script says 404 is not', async () => {
    const { site } = scene();
    const own = await site.release({ 'public/index.php': "<?php http_response_code(404); echo 'no page';" });
    await site.flip(own);
    await site.roll();
    await expectServing(site, own);
    const shut = await site.release({ 'public/.panel.ini': 'open_basedir = /srv/shop/shared/:/tmp/\n' });
    await site.flip(shut);
    for (const ini of ['', '[health]\npath = /\nstatus = 404\ndeadline = 2s\n']) {
      // OPcache would give the script without a look at it.
      await site.writeIni(`${POOL}[php]\nini[user_ini.filename] = .panel.ini\n[warmup]\nopcache = no\n${ini}`);
      const { status, stderr } = await site.reload();
      expect(status).toBe(1);
      expect(stderr).toContain(
        'answered / with 404, since PHP-FPM could not open the script (Unable to open primary script: ',
      );
      expect(stderr).toContain('or in what user_ini.filename names, may: add a directory of that script there');
      await expectServing(site, own);
    }
  });

  test('an open_basedir in .user.ini that leaves out the mount is refused at its line, and what is advised serves', async () => {
    const { machine, site } = scene();
    const old = await site.promoted();
    await site.writeIni(POOL);
    const shut = await site.release({ 'public/.user.ini': '; a panel\nopen_basedir = "/srv/shop/shared/:/tmp/"\n' });
    await site.flip(shut);
    expect(await site.reload()).toMatchObject({ status: 2 });
    await expectServing(site, old);
    const checked = await machine.ask('php-zd', 'check', site.name);
    expect(checked).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(`${site.directory(shut)}/public/.user.ini:2: `),
    });
    const [, line = ''] = /: write (.*) in \[pool\], over/.exec(checked.stderr) ?? [];
    await site.writeIni(`${POOL}${line}\n`);
    expect(await machine.ask('php-zd', 'check', site.name)).toMatchObject({ status: 0 });
    await site.roll();
    await expectServing(site, shut);
  });

  test("a panel's open_basedir in .user.ini gets one over it that has the replica's release too", async () => {
    await lay('bt', {
      root: '/www/wwwroot/bt',
      files: {
        '/www/wwwroot/bt/index.php':
          "<?php echo 'fine ', is_readable('/www/wwwroot/bt/index.php'), ' ', (int) @is_readable('/etc/hostname');",
        '/www/wwwroot/bt/.user.ini': 'open_basedir=/www/wwwroot/bt/:/tmp/',
      },
    });
    await shell('chown -R bt: /www/wwwroot/bt');
    expect(await init('bt')).toMatchObject({ status: 0 });
    expect(await shell('cat /etc/php-zd/sites/bt.ini')).toContain(
      '\nphp_admin_value[open_basedir] = /www/wwwroot/.bt.live/:/www/wwwroot/bt/:/tmp/\n',
    );
    await serve('bt', '/www/wwwroot/.bt.live');
    expect(await visit('bt', '/')).toBe('fine 1 0');
  });

  test("a pool with temporary files and open_basedir in the site's directory goes on in the replica's own", async () => {
    const base = '/var/www/legacy';
    await lay('legacy', {
      root: `${base}/web`,
      files: {
        [`${base}/web/index.php`]:
          "<?php if ($_FILES) exit(file_get_contents($_FILES['f']['tmp_name'])); echo ini_get('open_basedir'), ' ', (int) @is_readable(dirname(__DIR__) . '/log/a');",
        [`${base}/private/a`]: '',
        [`${base}/log/a`]: '',
        [`${base}/tmp/a`]: '',
      },
      pool: `php_admin_value[open_basedir] = ${base}/web:${base}/private:${base}/tmp:/tmp\nphp_admin_value[upload_tmp_dir] = ${base}/tmp\nphp_admin_value[session.save_path] = ${base}/tmp\n`,
    });
    await shell(`chown -R legacy: ${base}`);
    const made = await init('legacy');
    expect(made).toMatchObject({ status: 0, stderr: expect.stringContaining(`in place of ${base}/tmp`) });
    expect(await shell('cat /etc/php-zd/sites/legacy.ini')).toContain(
      '\nphp_admin_value[upload_tmp_dir] = /var/www/.legacy.live/tmp\n',
    );
    await serve('legacy', '/var/www/.legacy.live/web');
    await scene().machine.write('/root/upload', 'uploaded');
    expect(await visit('legacy', '/', '-F', 'f=@/root/upload')).toBe('uploaded');
    expect(await visit('legacy', '/')).toMatch(/^\/var\/www\/\.legacy\.live\/web:\/var\/www\/legacy\/web:.* 0$/);
    // What is written by hand is told what to write instead, and does that.
    const file = '/etc/php-zd/sites/legacy.ini';
    await shell(
      `sed -i 's#^php_admin_value.upload_tmp_dir. = .*#php_admin_value[upload_tmp_dir] = ${base}/tmp#' ${file}`,
    );
    const { stderr } = await scene().machine.ask('php-zd', 'check', 'legacy');
    const [, better = ''] =
      /where a replica cannot write: write '([^']+)', the same in a replica's own release/.exec(stderr) ?? [];
    await shell(
      `sed -i 's#^php_admin_value.upload_tmp_dir. = .*#php_admin_value[upload_tmp_dir] = ${better}#' ${file}`,
    );
    await shell('systemctl reload php-zd@legacy');
    expect(await visit('legacy', '/', '-F', 'f=@/root/upload')).toBe('uploaded');
  });

  test("a directory with others' logs stays theirs: init, check and a reload say how the site comes to one of its own, and there it serves", async () => {
    const { machine } = scene();
    const version = (await shell('ls /etc/php')).trim();
    const logs = 'slowlog = /var/log/php/$pool.slow.log\nrequest_slowlog_timeout = 5s\n';
    await shell('mkdir /var/log/php');
    for (const name of ['modx', 'wp']) {
      await lay(name, {
        root: `/srv/${name}`,
        files: { [`/srv/${name}/index.php`]: '<?php echo "fine";' },
        pool: logs,
      });
    }
    await shell(`systemctl restart php${version}-fpm`);
    const before = await shell('stat --format="%U %n" /var/log/php /var/log/php/*');
    expect(before).toContain('root /var/log/php/modx.slow.log\n');
    const command = (text: string) => /type "(install -d [^"]*)"/.exec(text)?.[1] ?? '';
    const made = await init('modx');
    expect(made).toMatchObject({ status: 0, stderr: expect.stringContaining("'/var/log/php' is not modx's alone") });
    expect(await shell('cat /etc/php-zd/sites/modx.ini')).not.toMatch(/^[^#].*\/var\/log/m);
    expect(command(made.stderr)).toBe('install -d -o modx -g modx /var/log/modx');
    await shell(command(made.stderr));
    expect(await init('modx')).toMatchObject({ status: 0 });
    const text = await shell('cat /etc/php-zd/sites/modx.ini');
    expect(text).toMatch(
      /^slowlog = \/var\/log\/modx\/modx\.slow\.log$|^slowlog = \/var\/log\/modx\/\$pool\.slow\.log$/m,
    );
    await serve('modx', '/srv/.modx.live');
    expect(await visit('modx', '/')).toBe('fine');
    expect(await shell('stat --format=%U /var/log/modx/modx.slow.log')).toBe('modx\n');
    // The same by hand, with a directory that nginx has as its cache.
    await machine.write(
      '/etc/nginx/conf.d/cache.conf',
      'fastcgi_cache_path /var/cache/pages levels=1:2 keys_zone=W:1m inactive=60m;\n',
    );
    await shell('systemctl restart nginx');
    const file = '/etc/php-zd/sites/wp.ini';
    await machine.write(
      file,
      `[site]\nrelease = /srv/wp\nuser = wp\nreplicas = 1\n[pool]\npm.max_children = 2\n${logs}[writable]\n/var/log/php = yes\n/var/cache/pages = yes\n`,
    );
    const refused = await machine.ask('php-zd', 'check', 'wp');
    expect(refused).toMatchObject({ status: 2, stderr: expect.not.stringContaining('chown') });
    const told = refused.stderr.matchAll(
      /type "(install -d [^"]*)", and write (\S+) wherever the site file has ([^\s;]+)/g,
    );
    const advised = [...told].map(([, type = '', own = '', shared = '']) => ({ type, own, shared }));
    expect(advised.map(({ own }) => own)).toEqual(['/var/log/wp', '/var/cache/wp']);
    for (const { type, own, shared } of advised) await shell(`${type} && sed -i 's#${shared}#${own}#' ${file}`);
    expect(await machine.ask('php-zd', 'check', 'wp')).toMatchObject({ status: 0 });
    await serve('wp', '/srv/.wp.live');
    expect(await visit('wp', '/')).toBe('fine');
    expect(await shell('stat --format=%U /var/log/wp/wp.slow.log /var/cache/pages')).toBe('wp\nwww-data\n');
    expect(await shell('stat --format="%U %n" /var/log/php /var/log/php/*')).toBe(before);
    // The log that the root master left in the user's own directory is put away by that user.
    await shell('rm /var/log/modx/modx.slow.log && touch /var/log/modx/modx.slow.log');
    await shell(`sed -i 's#/var/log/php/#/var/log/modx/#' /etc/php/${version}/fpm/pool.d/modx.conf`);
    const [, away = ''] = /put it away with "([^"]+)"/.exec((await init('modx')).stderr) ?? [];
    expect(away).toContain('runuser -u modx -- mv ');
    await shell(away);
    await init('modx');
    await shell('systemctl reload php-zd@modx');
    expect(await shell('stat --format=%U /var/log/modx/modx.slow.log')).toBe('modx\n');
  });

  test('what the user writes through links of the release is shared, whoever owns it, wherever releases lie', async () => {
    const { machine } = scene();
    const base = '/srv/flat';
    await lay('flat', {
      root: `${base}/current/web`,
      files: {
        [`${base}/20260101/web/index.php`]:
          "<?php $may = fn ($path) => @file_put_contents(\"$path/x\", 'x'); $db = @file_put_contents('../database/db.sqlite', 'x') && @touch(realpath('../database/db.sqlite') . '-journal'); $bit = mkdir('../storage/' . uniqid()) && @mkdir($made = '../storage/' . uniqid(), 02775) && @chmod($made, 02775); echo json_encode([$may('sites/default/files'), $may('../storage'), $db, $bit]);",
        [`${base}/20251231/web/index.php`]: '',
        [`${base}/shared/files/a`]: '',
        [`${base}/shared/storage/a`]: '',
        [`${base}/shared/database/db.sqlite`]: '',
        [`${base}/shared/.env`]: '',
      },
    });
    await shell(
      `cd ${base} && chown -R flat: . && ln -s 20260101 current && mkdir -p 20260101/web/sites/default 20260101/database &&
       ln -s ../../../../shared/files 20260101/web/sites/default/files && ln -s ../shared/storage 20260101/storage &&
       ln -s files 20260101/web/sites/default/more &&
       ln -s ../../shared/database/db.sqlite 20260101/database/db.sqlite && ln -s ../shared/.env 20260101/.env &&
       chown root:flat shared/storage && chmod 2775 shared/storage`,
    );
    const made = await init('flat');
    expect(made).toMatchObject({ status: 0 });
    expect(made.stderr).toContain(`The release's .env leads to ${base}/shared/.env, which PHP could write`);
    await serve('flat', `${base}/.flat.live/web`);
    // As WordPress makes a directory in one with the set-group-ID bit.
    expect(await visit('flat', '/')).toBe('[1,1,true,true]');
    expect((await machine.ask('php-zd', 'check', 'flat')).stderr).not.toContain('set-group-ID');
    await shell('sed -i /setgid/d /etc/php-zd/sites/flat.ini');
    expect((await machine.ask('php-zd', 'check', 'flat')).stderr).toContain('write setgid = yes in [sandbox]');
    expect(await shell('cat /etc/php-zd/sites/flat.ini')).toMatch(/\/files = .*\n.*\/more = .*\/shared\/files\n/);
    await shell('php-zd snippet flat nginx >/etc/nginx/sites-enabled/flat && nginx -t');
  });

  test('what the links of a release below /home lead to beside it PHP has as before, by what init writes, and by what check says', async () => {
    const { machine } = scene();
    const base = '/home/forge/app';
    const index =
      "<?php $env = @file_get_contents(__DIR__ . '/../.env'); if (!$env) http_response_code(500); echo json_encode([$env, @include __DIR__ . '/../vendor/acme/lib.php', (bool) @file_put_contents(__DIR__ . '/../storage/x', 'x')]);";
    await lay('forge', {
      root: `${base}/current/public`,
      files: {
        [`${base}/releases/1/public/index.php`]: index,
        [`${base}/storage/a`]: '',
        [`${base}/.env`]: 'KEY',
        '/home/deploy/lib/lib.php': "<?php return 'lib';",
      },
    });
    await shell(
      `cd ${base} && ln -s releases/1 current && cd releases/1 && ln -s ../../.env .env && ln -s ${base}/storage storage && mkdir vendor &&
       ln -s /home/deploy/lib vendor/acme && chown -R forge: /home/forge && chmod 755 /home/forge && chown root:forge ${base}/.env && chmod 640 ${base}/.env`,
    );
    const wanted = '["KEY","lib",true]';
    const own = '/etc/nginx/sites-available/forge';
    await shell(`cp ${own} /etc/nginx/sites-enabled && systemctl restart php$(ls /etc/php)-fpm nginx`);
    expect(await visit('forge', '/')).toBe(wanted);
    expect(await init('forge')).toMatchObject({ status: 0 });
    const file = '/etc/php-zd/sites/forge.ini';
    const lines = (await shell(`sed -n '/^[[]shared/,/^$/p' ${file}`)).trim().split('\n').slice(1);
    expect(lines).toEqual([`.env = ${base}/.env`, `storage = ${base}/storage`, 'vendor/acme = /home/deploy/lib']);
    await serve('forge', `${base}/releases/.forge.live/public`);
    expect(await visit('forge', '/')).toBe(wanted);
    expect((await machine.ask('php-zd', 'doctor', 'forge')).stdout).not.toContain('(links)');
    // Without them the proof of another release says what is missing, and check says the lines.
    await shell(`cp -a ${base}/releases/1 ${base}/releases/2 && sed -i '/^[[]shared/,/^$/d' ${file}`);
    const failed = await machine.ask('php-zd', 'deploy', 'forge', `${base}/releases/2`);
    expect(failed).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/ with 500 .*links of its release .*: \.env -> \.\.\/\.\.\/\.env, storage -> /),
    });
    expect(failed.stderr).toMatch(/: write \.env = .* in \[shared\]/);
    expect(await visit('forge', '/')).toBe(wanted);
    const checked = await machine.ask('php-zd', 'check', 'forge');
    const [, said = ''] = /for a replica, .*: write (.*) in \[shared\] \(warning\)/.exec(checked.stderr) ?? [];
    expect(said.split(', ')).toEqual(lines);
    await shell(`printf '%s\n' '[shared]' '${said.split(', ').join("' '")}' >>${file}`);
    expect(await machine.ask('php-zd', 'deploy', 'forge', `${base}/releases/2`)).toMatchObject({ status: 0 });
    expect(await visit('forge', '/')).toBe(wanted);
  });

  test('what flushes before it ends goes out as before, and a SameSite that was none comes with Secure, by the lines that init has', async () => {
    const script =
      "<?php session_start(); if ($_SERVER['QUERY_STRING'] === '') exit('ok'); for ($i = 0; $i < 5; $i++) { echo $i; @ob_flush(); flush(); usleep(400000); }";
    await lay('flush', {
      root: '/srv/flush',
      files: { '/srv/flush/index.php': script },
      pool: 'php_value[session.cookie_samesite] = None\n',
    });
    const own = '/etc/nginx/sites-available/flush';
    await shell(`sed -i 's/fastcgi_pass/fastcgi_keep_conn on; fastcgi_pass/' ${own}`);
    const version = (await shell('ls /etc/php')).trim();
    await shell(`cp ${own} /etc/nginx/sites-enabled && systemctl restart php${version}-fpm nginx`);
    const cookie = async () => /^set-cookie: .*$/im.exec(await visit('flush', '/', '--include'))?.[0] ?? '';
    const isFlushed = async () => {
      const times = ['--output', '/dev/null', '--write-out', '%{time_starttransfer} %{time_total}'];
      const [first = 0, total = 0] = (await visit('flush', '/?x', ...times)).split(' ').map(Number);
      return total - first > 1;
    };
    expect(await cookie()).toMatch(/^set-cookie: (?!.*samesite)/i);
    expect(await isFlushed()).toBe(true);
    const { stderr } = await init('flush');
    await serve('flush', '/srv/.flush.live');
    expect(await cookie()).toMatch(/^set-cookie: (?!.*samesite)/i);
    expect(await isFlushed()).toBe(false);
    const [, line = ''] = /flush\(\) before they end, write (fastcgi_buffering off;) in its place/.exec(stderr) ?? [];
    await shell(`sed -i 's/fastcgi_pass/${line} &/' /etc/nginx/sites-enabled/flush && systemctl restart nginx`);
    expect(await isFlushed()).toBe(true);
    const [, sameSite, secure] = /write (php_value\S+ = None) in \[pool\], and (php_value\S+ = 1),/.exec(stderr) ?? [];
    await shell(`sed -i 's/^\\[pool\\]$/&\\n${sameSite}\\n${secure}/' /etc/php-zd/sites/flush.ini`);
    await shell('systemctl reload php-zd@flush');
    expect(await cookie()).toMatch(/; secure; SameSite=None/i);
  });

  test('two sites of one pool know who is logged in at the other, by the lines that init has for that', async () => {
    const { machine } = scene();
    const script =
      "<?php session_start(); if (isset($_GET['login'])) $_SESSION['user'] = 'ann'; echo $_SESSION['user'] ?? 'nobody', ' ', session_id();";
    const sites = ['portal', 'billing'] as const;
    const version = (await shell('ls /etc/php')).trim();
    for (const name of sites) await lay(name, { root: `/srv/${name}`, files: { [`/srv/${name}/index.php`]: script } });
    const poolOf = (name: string) => `/etc/php/${version}/fpm/pool.d/${name}.conf`;
    await shell(`sed 's/^.portal./[billing]/; s/portal.sock/billing.sock/' ${poolOf('portal')} >${poolOf('billing')}`);
    await shell(`cp /etc/nginx/sites-available/portal /etc/nginx/sites-available/billing /etc/nginx/sites-enabled`);
    await shell(`systemctl restart php${version}-fpm nginx`);
    const known = async () => {
      const [, id = ''] = (await visit('portal', '/?login')).split(' ');
      return (await visit('billing', '/', '--cookie', `PHPSESSID=${id}`)).split(' ')[0];
    };
    expect(await known()).toBe('ann');
    const said: string[] = [];
    for (const name of sites) {
      said.push((await init(name)).stderr);
      await serve(name, `/srv/.${name}.live`);
    }
    expect(await known()).toBe('nobody');
    expect(said[0]).not.toContain('one login');
    const [, command = '', lines = ''] =
      /nobody for portal\. .*:\n {2}(install .*)\n((?: {2}.*\n)+)/.exec(said[1] ?? '') ?? [];
    await shell(command);
    for (const name of sites) {
      await shell(`printf '%s\n' '${lines.trim().split(/\n */).join("' '")}' >>/etc/php-zd/sites/${name}.ini`);
      expect(await machine.ask('php-zd', 'reload', name)).toMatchObject({ status: 0 });
    }
    expect(await known()).toBe('ann');
  });

  test("what php-fpm's unit gives a pool its replicas have too, by the lines that init has", async () => {
    const { machine } = scene();
    const version = (await shell('ls /etc/php')).trim();
    const script = `<?php $limits = posix_getrlimit();
[$files, $stack] = [$limits['soft openfiles'], $limits['soft stack']];
$nice = explode(' ', explode(') ', file_get_contents('/proc/self/stat'))[1])[16];
$oom = (int) file_get_contents('/proc/self/oom_score_adj');
echo json_encode([$files, $stack, umask(), $nice, $oom, getenv('OF_FILE'), is_dir('/mnt/bound/there')]);`;
    await lay('unit', { root: '/srv/unit', files: { '/srv/unit/index.php': script }, pool: 'clear_env = no\n' });
    await shell('chown -R unit: /srv/unit && mkdir -p /mnt/bound /srv/data/there && echo OF_FILE=seen >/etc/unit.env');
    const own = `/etc/systemd/system/php${version}-fpm.service.d/own.conf`;
    const lines = [
      ...['[Unit]', 'After=unit-test.service', '[Service]', 'LimitNOFILE=4096', 'LimitSTACK=4M', 'MemoryMax=300M'],
      ...['CPUQuota=50%', 'UMask=0027', 'Nice=5', 'OOMScoreAdjust=200', 'BindPaths=/srv/data:/mnt/bound'],
      ...['EnvironmentFile=/etc/unit.env', 'ExecStartPre=/usr/bin/touch /srv/started'],
    ];
    await machine.write(own, `${lines.join('\n')}\n`);
    await shell(`cp /etc/nginx/sites-available/unit /etc/nginx/sites-enabled && systemctl daemon-reload`);
    await shell(`systemctl restart php${version}-fpm nginx && rm /srv/started`);
    const wanted = await visit('unit', '/');
    expect(wanted).toBe('[4096,4194304,23,"5",200,"seen",true]');
    const { stderr } = await init('unit');
    const file = '/etc/php-zd/sites/unit.ini';
    const dropIns = [...stderr.matchAll(/own\.conf:(\d+): .*write the line in (\[\w+\]) of (\/[^\s,;]+)(, with \+)?/g)];
    expect(dropIns).toHaveLength(7);
    for (const [, line = '', header, path = '', plus] of dropIns) {
      const said = (await shell(`sed -n ${line}p ${own}`)).replace('=', plus === undefined ? '=' : '=+');
      await shell(`mkdir -p ${path.slice(0, path.lastIndexOf('/'))} && printf '%s\n' '${header}' '${said}' >>${path}`);
    }
    const keys = [...stderr.matchAll(/own\.conf:(\d+): .*write ([a-z_]+)(?: = (\S+))? in \[(\w+)\]/g)];
    expect(keys.map(([, , key]) => key)).toEqual(['rlimit_files', 'memory', 'umask', 'environment_file']);
    for (const [, line = '', key, value, section] of keys) {
      const said = value ?? (await shell(`sed -n ${line}p ${own}`)).trim().split('=')[1];
      await shell(`printf '%s\n' '[${section}]' '${key} = ${said}' >>${file}`);
    }
    await serve('unit', '/srv/.unit.live');
    expect(await visit('unit', '/')).toBe(wanted);
    expect((await machine.ask('php-zd', 'doctor', 'unit')).stdout).not.toContain('(unit-settings)');
    expect(await shell('ls /srv/started; systemctl show --property=After php-zd@unit')).toContain('unit-test.service');
    const slice = await shell('systemctl show --property=CPUQuotaPerSecUSec,MemoryMax php-zd-unit.slice');
    expect(slice).toContain('CPUQuotaPerSecUSec=500ms\n');
    expect(slice).toContain(`MemoryMax=${300 * 2 ** 20}\n`);
    await shell(`rm ${own} && systemctl daemon-reload`);
  });

  test("a pool's chroot is before all of its paths that PHP-FPM opens in there, and the site writes where the pool did", async () => {
    const base = '/srv/jail';
    const root = `${base}/htdocs`;
    const script =
      "<?php session_start(); $_SESSION['page'] = 1; error_log(session_id()); echo PRE, ' ', session_id(), ' ', getenv('DATA') . '/a';";
    await lay('jail', {
      root,
      files: {
        [`${root}/index.php`]: script,
        [`${base}/inc/pre.php`]: "<?php const PRE = 'pre';",
        [`${base}/sess/.keep`]: '',
        [`${base}/log/.keep`]: '',
      },
      pool: [
        ...['prefix = /srv', 'chroot = $prefix/$pool', 'chdir = /htdocs', 'php_admin_value[session.save_path] = /sess'],
        ...['php_admin_value[error_log] = /log/php.log', 'php_admin_flag[log_errors] = on', 'env[DATA] = /data'],
        ...['php_admin_value[auto_prepend_file] = /inc/pre.php', 'php_admin_value[open_basedir] = /htdocs:/sess:/inc'],
        ...['php_admin_value[sendmail_path] = /bin/mini -t', ''],
      ].join('\n'),
    });
    await shell(`mkdir -p ${base}/usr/share && cp -r /usr/share/zoneinfo ${base}/usr/share && chown -R jail: ${base}`);
    const own = '/etc/nginx/sites-available/jail';
    const inJail = 'fastcgi_param SCRIPT_FILENAME /htdocs$fastcgi_script_name; fastcgi_param DOCUMENT_ROOT /htdocs;';
    await shell(`sed 's#fastcgi_pass#${inJail} &#' ${own} >/etc/nginx/sites-enabled/jail`);
    await shell(`systemctl restart php$(ls /etc/php)-fpm nginx`);
    const visited = async () => {
      const [pre, id = '', data] = (await visit('jail', '/')).split(' ');
      await shell(`ls ${base}/sess/sess_${id} && grep ${id} ${base}/log/php.log`);
      return { pre, data };
    };
    expect(await visited()).toEqual({ pre: 'pre', data: '/data/a' });
    const { status, stderr } = await init('jail');
    expect(status).toBe(0);
    expect(stderr).toContain(`paths of the lines below are written with ${base} before them`);
    const [, data = ''] = /env\[DATA\] = \/data: where this is a path, it was ([^:]+): write that/.exec(stderr) ?? [];
    await shell(`sed -i 's#^DATA = .*#DATA = ${data}#' /etc/php-zd/sites/jail.ini`);
    await serve('jail', `${base}/.jail.live`);
    expect(await visited()).toEqual({ pre: 'pre', data: `${base}/data/a` });
  });

  test('pools that are taken out one after the other, as init says, leave a PHP-FPM that dpkg can restart, or none', async () => {
    const { machine } = scene();
    const version = (await shell('ls /etc/php')).trim();
    const unit = `php${version}-fpm`;
    const poolOf = (name: string) => `/etc/php/${version}/fpm/pool.d/${name}.conf`;
    await shell(`rm ${poolOf('*')}`);
    const names = ['one', 'two'];
    for (const name of names) {
      const root = `/srv/${name}`;
      await lay(name, { root, files: { [`${root}/index.php`]: `<?php echo '${name}';` } });
    }
    await shell(`systemctl enable --quiet ${unit} && systemctl restart ${unit}`);
    const last = async (name: string) => {
      const { stderr } = await init(name);
      return stderr.slice(stderr.indexOf('When nobody asks the pool any more')).split('\n');
    };
    const [[, reload = ''] = [], [, , , off = ''] = []] = [await last('one'), await last('two')];
    for (const name of names) await serve(name, `/srv/.${name}.live`);
    const expectWell = async (state: string) => {
      expect((await machine.ask('systemctl', 'is-active', unit)).stdout).toBe(`${state}\n`);
      await machine.run('dpkg-reconfigure', '--frontend=noninteractive', unit);
      expect((await machine.ask('systemctl', 'is-active', unit)).stdout).toBe(`${state}\n`);
      expect(await machine.run('dpkg', '--audit')).toBe('');
      for (const name of names) expect(await visit(name, '/')).toBe(name);
      expect((await machine.ask('php-zd', 'doctor')).stdout).not.toContain('(php-fpm-pools)');
    };
    await shell(`rm ${poolOf('one')}`);
    await shell(reload);
    await expectWell('active');
    await shell(`mv ${poolOf('two')} /root`);
    expect(await machine.ask('sh', '-c', reload)).toMatchObject({
      status: 78,
      stderr: expect.stringContaining('No pool defined'),
    });
    await shell(off);
    await expectWell('inactive');
    await shell(`mv /root/two.conf ${poolOf('two')} && systemctl enable --now --quiet ${unit}`);
    const [said = '', typed = ''] = await last('two');
    expect(said).toContain(`${poolOf('two')} may stay:`);
    await shell(typed);
    await expectWell('inactive');
  });

  test('what a package puts into /usr, with links beside it, moves by what init says, and writes where it did', async () => {
    const [base, data] = ['/usr/share/packaged', '/var/lib/packaged/data'];
    const index = `<?php require __DIR__ . '/lib.php'; echo is_writable('${data}') ? ' writes' : ' reads';`;
    await lay('packaged', {
      root: `${base}/www`,
      files: {
        [`${base}/www/index.php`]: index,
        '/usr/share/php-packaged/lib.php': "<?php echo 'lib';",
        [`${data}/x`]: '',
      },
    });
    await shell(`ln -s ../../php-packaged/lib.php ${base}/www/lib.php; chown -R packaged: ${data}`);
    const { stderr, status } = await init('packaged');
    expect(status).toBe(0);
    expect(stderr).toContain(`PHP could also write to ${data}`);
    const [, line = '', steps = ''] =
      /and write (release = \S+) in \[site\] in place of its release and mount:\n((?: {2}.*\n)+)/.exec(stderr) ?? [];
    await shell(`set -e; ${steps}`);
    const ini = '/etc/php-zd/sites/packaged.ini';
    await shell(
      `sed -i 's#^release = .*#${line}#; /^mount = /d; s/^# \\(\\/var\\/lib\\/packaged.* = yes\\)$/\\1/' ${ini}`,
    );
    expect((await shell('php-zd check packaged 2>&1')).trim()).toMatch(/^packaged: ok/m);
    expect(await shell('php-zd check packaged 2>&1')).not.toMatch(/links in|directories deep/);
    await serve('packaged', '/srv/packaged/releases/.packaged.live');
    expect(await visit('packaged', '/')).toBe('lib writes');
  });
});

interface Laid {
  readonly root: string;
  /** Paths of the host. */
  readonly files: Readonly<Record<string, string>>;
  /** Lines of the pool beside what each has. */
  readonly pool?: string;
}
