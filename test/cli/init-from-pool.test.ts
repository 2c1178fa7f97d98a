import { beforeEach, describe, expect, test } from 'vitest';
import { Exit } from '../../src/cli/context.ts';
import { Typist } from './typist.ts';

const FILE = '/etc/php-zd/sites/shop.ini';
const POOL = '/etc/php/8.2/fpm/pool.d/www.conf';
const OLD = '/etc/php/8.1/fpm/pool.d/www.conf';
const PANEL = '/opt/panel/php/8.3/etc/php-fpm.d/www.conf';
const ELSEWHERE = '/root/www.conf';
const AWAY = '/etc/php/8.2/fpm/pool.d/www.conf.off';
const CONFIG = '/etc/php/8.2/fpm/php-fpm.conf';
const NGINX = '/etc/nginx/sites-available/shop';
const pools = `[www]
user = shop
listen = /run/php/www.sock
pm = ondemand
pm.max_children = 6
env[SECRET] = x
[other]
user = shop
listen = /run/php/other.sock
pm = static
pm.max_children = 4
`;
const server = (socket: string) => `server {
  server_name shop.example;
  root /srv/shop/current/public;
  client_max_body_size 8m;
  location / { try_files $uri /index.php; }
  location ~ \\.php$ { fastcgi_pass unix:${socket}; }
}
`;

const one = '[www]\nuser = shop\nlisten = /run/php/www.sock\npm = static\npm.max_children = 4\n';

const SESSIONS = '/var/lib/php-zd/shop/sessions/shop';
const copyOf = (directory: string, depth: number): string =>
  `find -H ${directory} -maxdepth ${depth} -type f -user shop -name 'sess_*' -print0 | ` +
  'systemd-run --quiet --pipe --wait --uid=shop --property=PrivateUsers=yes ' +
  `xargs --null --no-run-if-empty cp --preserve=timestamps --update --target-directory=${SESSIONS}`;

let typist: Typist;
beforeEach(async () => {
  typist = await Typist.atNewSite();
  const { files, commands } = typist.world;
  await files.remove(FILE);
  const poolFiles = [POOL, OLD, PANEL, ELSEWHERE, AWAY];
  const all = new Map([
    ...poolFiles.map(path => [path, path === POOL ? pools : one] as const),
    [NGINX, server('/run/php/www.sock')],
    [CONFIG, 'include=/etc/php/8.2/fpm/pool.d/*.conf\n'],
  ]);
  for (const [path, text] of all) {
    await files.makeDirectory(path.slice(0, path.lastIndexOf('/')));
    await files.write(path, text);
  }
  commands.programs.set('stat', ({ args }) => (args.includes('--format=%a') ? '644\n' : 'shop\n'));
  const { host } = typist.ports;
  const isFile = (path: string) => all.has(path) || host.isFile(path);
  const isDirectory = (path: string) =>
    path.endsWith('/public') || '/etc/php/8.2/fpm/pool.d'.startsWith(path) || host.isDirectory(path);
  typist.ports = { ...typist.ports, host: { ...host, isFile, isDirectory } };
});

const written = async () => (await typist.world.files.read(FILE)) ?? '';

describe('init of what exists', () => {
  test('needs no answer that the files give, says what it left, and how to go over', async () => {
    const { exit, out, err } = await typist.type(`init shop --from-pool ${POOL} --nginx ${NGINX}`);
    expect(exit).toBe(Exit.done);
    const text = await written();
    expect(out.startsWith(text)).toBe(true);
    expect(text.split('\n').filter(line => /^[^#[]/.test(line))).toEqual([
      'release = /srv/shop/current',
      'user = shop',
      'replicas = 2',
      'access = read-write',
      'url = http://shop.example',
      'version = 8.2',
      'pm = ondemand',
      'pm.max_children = 6',
      'SECRET = x',
      'root = public',
      'index = index.php',
      'front_controller = index.php',
    ]);
    const said = `${NGINX}:4: client_max_body_size 8m: the snippet has no limit, and PHP has post_max_size: write it there if nginx is to refuse sooner\n`;
    expect(err).toContain(said);
    expect(text).toContain(`# ${said.replace(': the snippet', '\n#   the snippet')}`);
    expect(err).toContain(
      `${POOL}:5: pm.max_children = 6: each of the 2 replicas has so many; 3 are as many as the pool had\n`,
    );
    expect(err).toContain('3 lines of it are not kept: each stands in the file too, with its reason.\n');
    expect(err).toContain(
      '  fastcgi_param SCRIPT_FILENAME /srv/shop/releases/.shop.live/public$fastcgi_script_name;\n',
    );
    expect(err).toContain(
      `PHP's sessions are in ${SESSIONS} then. So that nobody is logged out, copy those of the pool, right before the reload:
  ${copyOf('/var/lib/php/sessions', 1)}
  nginx -t && systemctl reload nginx\n`,
    );
    expect(out).toContain('server_name shop.example;\n');
    expect((await typist.type('check shop')).exit).toBe(Exit.done);
  });

  test('where others of the user may know its visitors, what gives all one directory for their sessions is said', async () => {
    const lines = `  install -d -o shop -g shop -m 700 /var/lib/sessions-shop
  [php]
  ini[session.save_path] = /var/lib/sessions-shop
  [writable]
  /var/lib/sessions-shop = yes
PHP's sessions are in`;
    const { files } = typist.world;
    const said = async () =>
      (await typist.type(`init shop --force --from-pool ${POOL} --pool www --nginx ${NGINX}`)).err;
    expect(await said()).not.toContain('sessions-shop');
    await files.write(
      '/etc/php-zd/sites/blog.ini',
      '[site]\nrelease = /srv/shop/current\nuser = shop\nmount = /srv/blog\n[php]\nversion = 8.2\n',
    );
    const one = await said();
    expect(one).toContain(lines);
    expect(one).toContain(
      'shop has sessions of its own, as each site has: who logs in there is nobody for blog. Where',
    );
    await files.remove('/etc/php-zd/sites/blog.ini');
    const more = 'location = /admin.php { fastcgi_pass unix:/run/php/other.sock; }';
    await files.write(NGINX, server('/run/php/www.sock').replace('location /', `${more}\n  location /`));
    const kept = await said();
    expect(kept).toContain(lines);
    expect(kept).toMatch(
      /what PHP-FPM goes on to serve\. .* and php_value\[session\.save_path\] = \/var\/lib\/sessions-shop in each pool/,
    );
  });

  test('is read by root alone where only root may read what it was made from', async () => {
    const modeOf = () => typist.world.files.attributes(FILE)?.mode;
    await typist.world.files.write(POOL, pools.replace('env[SECRET] = x\n', ''));
    await typist.type(`init shop --from-pool ${POOL} --nginx ${NGINX}`);
    expect(modeOf()).toBe(0o644);
    typist.world.commands.programs.set('stat', ({ args }) => (args.includes('--format=%a') ? '600\n' : 'shop\n'));
    await typist.type(`init shop --force --from-pool ${POOL} --nginx ${NGINX}`);
    expect(modeOf()).toBe(0o640);
  });

  test('a log of errors that the proof does not see is kept, and said as check says it', async () => {
    const line = 'php_admin_value[error_log] = /tmp/www.log';
    await typist.world.files.write(POOL, pools.replace('env[SECRET] = x', line));
    const { err } = await typist.type(`init shop --from-pool ${POOL} --nginx ${NGINX}`);
    expect(await written()).toContain(`\n${line}\n`);
    const [said = ''] = /^.*where the proof of a replica does not look.*$/m.exec(err) ?? [];
    expect(said).toContain(`${FILE}:`);
    expect((await typist.type('check shop')).err).toContain(said);
  });

  test.each([
    ['session.save_path', '/var/lib/php/sessions', '/var/lib/php/sessions', 1],
    ['session.save_path', '"2;0600;/var/sessions/$pool"', '/var/sessions/www', 3],
  ])('of %s = %s, which is not kept, sessions are brought along', async (name, value, directory, depth) => {
    await typist.world.files.write(POOL, pools.replace('env[SECRET] = x', `php_value[${name}] = ${value}`));
    const { err } = await typist.type(`init shop --from-pool ${POOL} --nginx ${NGINX}`);
    expect(err).toContain(`  ${copyOf(directory, depth)}\n  nginx -t`);
  });

  test('no sessions are brought along where the site has them where the pool has them', async () => {
    for (const line of ['php_value[session.save_path] = /tmp', 'php_value[session.save_handler] = redis']) {
      await typist.world.files.write(POOL, pools.replace('env[SECRET] = x', line));
      const { err } = await typist.type(`init shop --force --from-pool ${POOL} --nginx ${NGINX}`);
      expect(await written()).toContain(line);
      expect(err).not.toContain("PHP's sessions");
      expect(err).toContain(';\n  nginx -t');
    }
  });

  test('who cannot bring the sessions along is told that visitors log in again', async () => {
    const again = `Who is logged in by a session of the pool has to log in again: PHP's sessions are in ${SESSIONS} then.`;
    for (const line of ['chroot = /srv', 'user = store']) {
      await typist.world.files.write(POOL, pools.replace('env[SECRET] = x', line));
      const { err } = await typist.type(`init shop --force --user shop --from-pool ${POOL} --nginx ${NGINX}`);
      expect(err).toContain(`${again} So at last:\n  nginx -t`);
    }
  });

  test.each([
    ['php_value[session.save_path] = "2;0600;/sess"', '2;0600;/srv/jail/sess'],
    ['php_admin_value[include_path] = .:/inc:/tmp/x', 'php_admin_value[include_path] = .:/srv/jail/inc:/tmp/x'],
    ['php_value[session.cookie_path] = /shop', 'php_value[session.cookie_path] = /shop'],
    ['php_value[mysqli.default_socket] = /run/mysqld/s', 'php_value[mysqli.default_socket] = /run/mysqld/s'],
    ['access.format = /%m', 'access.format = /%m'],
    ['access.suppress_path[] = /ping', 'access.suppress_path[] = /ping'],
  ])('a chroot comes before paths of PHP: %s', async (line, kept) => {
    await typist.world.files.write(POOL, pools.replace('env[SECRET] = x', `chroot = /srv/jail/\n${line}`));
    const { err } = await typist.type(`init shop --from-pool ${POOL} --nginx ${NGINX}`);
    expect(`${await written()}${err}`).toContain(kept);
    expect(err).toContain('chroot = /srv/jail/: a replica has no chroot');
  });

  test('a program for mail in a chroot is left', async () => {
    const line = 'chroot = /srv/jail\nphp_admin_value[sendmail_path] = /bin/mini -t';
    await typist.world.files.write(POOL, pools.replace('env[SECRET] = x', line));
    const { err } = await typist.type(`init shop --from-pool ${POOL} --nginx ${NGINX}`);
    expect(err).toContain("is a program in /srv/jail: for the host's write sendmail = yes in [sandbox]");
    expect(await written()).not.toMatch(/^php_admin_value.sendmail_path/m);
  });

  test('a site that runs beside the pool already is rolled, with the drop-ins that are written by then', async () => {
    await typist.type(`init shop --from-pool ${POOL} --nginx ${NGINX}`);
    expect((await typist.type('start shop')).exit).toBe(Exit.done);
    const { err } = await typist.type(`init shop --force --from-pool ${POOL} --nginx ${NGINX}`);
    expect(err).toContain(
      'Next, roll the site with that file:\n  systemctl daemon-reload\n  systemctl reload php-zd@shop\n  php-zd status shop\n',
    );
    expect(err).not.toContain('enable');
  });

  test('an option wins over the files, which is said', async () => {
    const { err } = await typist.type(
      `init shop --from-pool ${POOL} --nginx ${NGINX} --user store --replicas 1 --health /up --root .`,
    );
    expect(err).toContain(`${POOL}:2: user = shop: init was told user = store\n`);
    expect(err).toContain(`${NGINX}:3: root /srv/shop/current/public: init was told root = .\n`);
  });

  test('a pool is asked for where there are several, and the release with what was found', async () => {
    typist.answers = ['none', 'other', '', '', '', 'nginx', ''];
    const { exit } = await typist.type(`init shop --from-pool ${POOL}`);
    expect(exit).toBe(Exit.done);
    expect(typist.questions).toEqual([
      'Pool (www, other): ',
      'Pool (www, other): ',
      'Release, the link that deployments flip [/srv/shop/current]: ',
      'Replicas [2]: ',
      'Path that tells whether the site is well, such as /health [none]: ',
      'Web server (nginx, apache, caddy, haproxy): ',
      `Write ${FILE}? [y] `,
    ]);
    expect(await written()).toMatch(/^pm.max_children = 4$/m);
  });
});

describe('the PHP of the pool', () => {
  const FPM = '/opt/panel/php/8.3/sbin/php-fpm';
  const init = async (flags: string) => await typist.type(`init shop --release /srv/shop/current ${flags}`);
  const putPanelPhp = (owner: number) => {
    const { host } = typist.ports;
    const isExecutable = (path: string) => path === FPM || host.isExecutable(path);
    const phpVersion = (path: string) => (path === FPM ? '8.3' : host.phpVersion(path));
    const ownerOf = (path: string) => (path === '/opt/panel' ? owner : host.ownerOf(path));
    typist.ports = { ...typist.ports, host: { ...host, isExecutable, phpVersion, ownerOf } };
  };
  const leaveOne = () => {
    const { host } = typist.ports;
    const phpBinaries = () => host.phpBinaries().filter(php => php.version === '8.2');
    typist.ports = { ...typist.ports, host: { ...host, phpBinaries } };
  };
  const anew = (file: string) =>
    `When nobody asks the pool any more, take [www] out of ${file}, and have its php-fpm read that anew; if it has no other pool, stop and disable it instead, since it does not run without one.\n`;

  test("is Debian's, whose service is told at last", async () => {
    const { err } = await init(`--from-pool ${POOL} --pool other`);
    expect(err).not.toContain('PHP 8');
    expect(err).toContain(
      `take [other] out of ${POOL}:\n  /usr/sbin/php-fpm8.2 -t && systemctl reload php8.2-fpm\n` +
        'Should that say "No pool defined", it was the last one, and php-fpm does not run without: turn it off instead:\n' +
        '  systemctl disable --now php8.2-fpm\n',
    );
  });

  const off = (file: string) =>
    `turn off its php-fpm, which has no other one and does not run without; ${file} may stay:\n  systemctl disable --now php8.2-fpm\n`;
  test.each([
    ['the only one of all of its files is turned off with it', '', one, true],
    ['an only one whose file is away already too', '', '', true],
    ['one of several stays', '', pools, false],
    ['one beside a pool of php-fpm.conf itself too', '[all]\nlisten = /run/all.sock\n', one, false],
    ['one beside what cannot be read too', 'include=/etc/other.conf\n', one, false],
  ])('%s', async (_, config, text, isLast) => {
    const { files } = typist.world;
    await files.write(CONFIG, `[global]\ninclude=/etc/php/8.2/fpm/pool.d/*.conf\n${config}`);
    await files.write(POOL, text);
    const file = text === '' ? AWAY : POOL;
    const { err } = await init(`--pool www --from-pool ${file}`);
    expect(err.includes(off(file))).toBe(isLast);
    expect(err.includes('php-fpm8.2 -t')).toBe(!isLast);
  });

  test("is a panel's by its path, of whose service nothing is told", async () => {
    putPanelPhp(0);
    const { exit, err } = await init(`--from-pool ${PANEL}`);
    expect(exit).toBe(Exit.done);
    expect(await written()).toContain(`[php]\nbinary = ${FPM}\n`);
    expect(err).not.toContain('PHP 8');
    expect(err).toContain(anew(PANEL));
    expect(err).not.toContain('systemctl reload php');
  });

  test.each([
    ['lies where no php-fpm is', ELSEWHERE, () => undefined],
    ["is no program of root's", PANEL, () => putPanelPhp(1001)],
  ])('is not known where it %s, and that is said', async (_, file, put) => {
    leaveOne();
    put();
    const { exit, err } = await init(`--from-pool ${file}`);
    expect(exit).toBe(Exit.done);
    expect(await written()).not.toContain('[php]');
    expect(err).toContain(
      `Which PHP '${file}' is of cannot be told from its path: the site has PHP 8.2; for another one write --php VERSION, or --php and the path of its php-fpm.\n`,
    );
    expect(err).toContain(anew(file));
    expect((await init(`--force --php 8.2 --from-pool ${file}`)).err).not.toContain('Which PHP');
  });

  test('may be left for another one, which is said', async () => {
    const { exit, err } = await init(`--php 8.2 --from-pool ${OLD}`);
    expect(exit).toBe(Exit.done);
    expect(await written()).toContain('version = 8.2\n');
    expect(err).toContain(
      `'${OLD}' is of PHP 8.1, and the site has PHP 8.2: see that the application and its extensions are fit for that.\n`,
    );
    expect(err).toContain(anew(OLD));
  });
});

describe('init of what exists is refused with status 2', () => {
  test.each([
    [`--nginx ${NGINX}`, '--nginx and --pool go with --from-pool FILE: write that too.'],
    ['--from-pool /etc/none.conf', "there is no file '/etc/none.conf' that can be read."],
    [`--from-pool ${POOL} --nginx /etc/none`, "there is no file '/etc/none' that can be read."],
    [`--from-pool ${POOL}`, `'${POOL}' has the pools www, other: write --pool NAME too.`],
    [
      `--from-pool ${OLD}`,
      `'${OLD}' is of PHP 8.1, which is not installed: install php8.1-fpm, or write --php 8.2 or 8.4 too.`,
    ],
    [`--from-pool ${POOL} --pool shop`, `'${POOL}' has the pools www, other, and none is called 'shop'.`],
    [`--from-pool ${NGINX}`, `'${NGINX}' has no pool.`],
  ])('with %s', async (flags, why) => {
    expect(await typist.type(`init shop ${flags}`)).toEqual({
      exit: Exit.invalid,
      out: '',
      err: `php-zd: ${why} Nothing was written.\n`,
    });
    expect(await written()).toBe('');
  });

  test('where several server blocks may be meant, and none names the pool', async () => {
    await typist.world.files.write(NGINX, server('/run/a.sock') + server('/run/b.sock'));
    const { exit, err } = await typist.type(`init shop --from-pool ${POOL} --pool www --nginx ${NGINX}`);
    expect({ exit, err }).toEqual({
      exit: Exit.invalid,
      err: `php-zd: no server block of '${NGINX}' can be told to be the pool's: one must have a fastcgi_pass to /run/php/www.sock. Nothing was written.\n`,
    });
  });
});
