import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { paths as hostPaths, replicaUnit, sitePaths } from '../../../src/base/paths.ts';
import { hostDirectories } from '../../../src/run/doctor/directories.ts';
import { type CheckName, checkNames, diagnose } from '../../../src/run/doctor/doctor.ts';
import { paths, release, type SiteText } from '../world.ts';
import { Clinic, JOURNAL, PROGRAM, VERSION } from './clinic.ts';

let clinic: Clinic;

/** What the checks find, all of which could be made. */
const findingsOf = async (of: Clinic): Promise<readonly (readonly [CheckName, object])[]> => {
  const { findings, unmade } = await diagnose(of.ports, VERSION, ['shop']);
  expect(unmade).toEqual([]);
  return findings.map(({ check, facts }) => [check, facts]);
};

beforeEach(async () => {
  clinic = await Clinic.open();
});

test('a good site on a good host has no finding but that nobody serves it to the world', async () => {
  expect(await diagnose(clinic.ports, VERSION, ['shop'])).toEqual({
    made: checkNames.length,
    findings: [
      { check: 'web-server', severity: 'note', site: 'shop', facts: { socket: '/run/php-zd/shop/fastcgi.sock' } },
    ],
    unmade: [],
    statuses: [expect.objectContaining({ site: 'shop', serving: 2 })],
  });
});

test('a program that is missing keeps its own checks from being made, and no other', async () => {
  clinic.world.commands.programs.delete('systemctl');
  const { made, unmade } = await diagnose(clinic.ports, VERSION, ['shop']);
  expect(made).toBe(checkNames.length - 3);
  expect(unmade).toMatchObject([
    { check: 'program', site: undefined, error: { code: 'command-failed' } },
    { check: 'journal', site: undefined, error: { code: 'command-failed' } },
    { check: 'unit-settings', site: 'shop', error: { code: 'command-failed' } },
  ]);
});

test('a check that never ends keeps no other from being made', async () => {
  const { systemd, clock } = clinic.world;
  systemd.version = () => {
    setImmediate(() => clock.advance(30_000));
    return new Promise(() => {});
  };
  const { made, unmade } = await diagnose(clinic.ports, VERSION, ['shop']);
  expect(made).toBe(checkNames.length - 1);
  expect(unmade).toMatchObject([{ check: 'systemd-version', error: { code: 'deadline', facts: { ms: 30_000 } } }]);
});

describe("OPcache's file cache is found where releases share it", () => {
  const MOUNT = '/srv/shop/releases/.shop.live';
  const HERE = '/var/lib/php-zd/shop/tmp/shop';
  test.each([
    ['/var/tmp', `${HERE}/x`, true],
    ['/var/tmp/cache', `${HERE}/x`, true],
    ['/tmp/cache', `${HERE}/cache`, false],
    ['/var/cache/php', '/x', false],
    ['/srv/shop/shared/storage', '/x', true],
    [`${MOUNT}/public/index.php`, '/x', true],
    [`${MOUNT}/public/index.php/x`, '/x', false],
    [`${MOUNT}/cache`, '/x', false],
  ])('%s, where there is no %s', async (path, missing, isFound) => {
    const more = `[shared]\npublic/index.php = /srv/shop/shared/storage\n[php]\nini[opcache.file_cache] = ${path}\n`;
    clinic = await Clinic.open({ more });
    clinic.missingDirectories.add(missing);
    const found = (await diagnose(clinic.ports, VERSION, ['shop'])).findings;
    expect(found.filter(({ check }) => check === 'file-cache').map(({ facts }) => facts)).toEqual(
      isFound ? [{ path, mount: MOUNT }] : [],
    );
  });
});

describe('lines of drop-ins', () => {
  const X = '/etc/systemd/system/php-zd-fpm-shop@.service.d/x.conf';
  const SAID = [
    `${X}:2: Unknown key 'Nce' in section [Service], ignoring.`,
    '/etc/systemd/system/other.service.d/x.conf:2: Unknown key, ignoring.',
    `${X}:3: Failed to parse nice priority 'lots', ignoring: Invalid argument`,
    `${X}:3: Failed to parse nice priority 'lots', ignoring: Invalid argument`,
    'Unit php-zd-.service not found.',
  ];
  test.each<readonly [string, () => string | { status: number; output: string }]>([
    ['by a program that ends well', () => SAID.join('\n')],
    ['by one that refuses another line', () => ({ status: 1, output: SAID.join('\n') })],
  ])('that systemd passes over are found, %s', async (_, said) => {
    const { commands, files } = clinic.world;
    commands.programs.set('systemd-analyze', said);
    await files.makeDirectory('/etc/systemd/system/php-zd-fpm-shop@.service.d');
    await files.write(X, '');
    expect(await findingsOf(clinic)).toContainEqual(['unit-lines', { lines: [SAID[0], SAID[2]], sites: ['shop'] }]);
    const asked = commands.runs.filter(({ program, args }) => program === 'systemd-analyze' && args[0] === 'verify');
    expect(asked.map(({ args }) => args)).toEqual([['verify', '--', 'php-zd-fpm-shop@1.service']]);
  });

  test('of sites whose drop-ins have none nothing is to be typed', async () => {
    const { commands, files } = clinic.world;
    const blogs = '/etc/systemd/system/php-zd-fpm-blog@.service.d/x.conf';
    for (const path of [X, blogs, X.replace('@', '@3')]) {
      await files.makeDirectory(path.slice(0, path.lastIndexOf('/')));
      await files.write(path, '');
    }
    commands.programs.set('systemd-analyze', () => [SAID[0], SAID[0]?.replace('@', '@3')].join('\n'));
    expect(await findingsOf(clinic)).toContainEqual(['unit-lines', expect.objectContaining({ sites: ['shop'] })]);
  });

  test("of php-zd's own nobody is asked", async () => {
    const { commands, files } = clinic.world;
    const own = sitePaths('shop').mountsNeeded;
    await files.makeDirectory(own.slice(0, own.lastIndexOf('/')));
    await files.write(own, '');
    await findingsOf(clinic);
    expect(commands.runs.filter(({ args }) => args[0] === 'verify')).toEqual([]);
  });
});

test('an access.log that was moved away from its path, or removed, is found, and one that was only emptied is not', async () => {
  const LOG = '/tmp/access.log';
  clinic = await Clinic.open({ more: `[pool]\naccess.log = ${LOG}\n` });
  const { files, systemd } = clinic.world;
  await files.makeDirectory('/tmp');
  await files.write(LOG, 'GET /\n');
  for (const { mainPid } of await systemd.glance(['php-zd-fpm-shop@*.service'])) {
    await files.makeDirectory(`/proc/${mainPid}/fd`);
    for (const [name, target] of [
      ['2', '/dev/null'],
      ['5', LOG],
    ] as const)
      await files.link(`/proc/${mainPid}/fd/${name}`, target);
  }
  const found = async () => (await findingsOf(clinic)).filter(([check]) => check === 'log-files');
  expect(await found()).toEqual([]);
  files.move(LOG, `${LOG}.1`);
  for (const { mainPid } of await systemd.glance(['php-zd-fpm-shop@*.service']))
    await files.link(`/proc/${mainPid}/fd/5`, `${LOG}.1`);
  const facts = { path: LOG, slots: ['1', '2'] };
  expect(await found()).toEqual([['log-files', facts]]);
  await files.write(LOG, '');
  expect(await found()).toEqual([['log-files', facts]]);
});

test('of a site whose file is broken that is found, and the rest of it is not looked at', async () => {
  await clinic.world.writeSite('[site]\nrelase = /x\n');
  const { made, findings, unmade } = await diagnose(clinic.ports, VERSION, ['shop']);
  expect(findings.map(({ check }) => check)).toEqual(['site-file']);
  expect(findings[0]?.facts['problems']).toContainEqual(expect.stringContaining("unknown key 'relase'"));
  expect(made + unmade.length).toBe(checkNames.length);
  expect(unmade.every(({ site, error }) => site === 'shop' && error.code === 'site-invalid')).toBe(true);
});

test('a site that does not exist is no site to look at', async () => {
  await expect(diagnose(clinic.ports, VERSION, ['nosuch'])).rejects.toMatchObject({ code: 'site-unknown' });
});

type Case = readonly [string, (clinic: Clinic) => unknown, CheckName, object];
const say = (program: string, text: string) => (of: Clinic) => of.world.commands.programs.set(program, () => text);
const inProc = async ({ world }: Clinic, path: string, text: string) => {
  await world.files.makeDirectory(path.slice(0, path.lastIndexOf('/')));
  await world.files.write(path, text);
};

const journal =
  (text: string, ini = '') =>
  async (of: Clinic) => {
    if (ini !== '')
      await of.world.writeSite(`[site]\nrelease = /srv/shop/current\nuser = shop\n[php]\nversion = 8.2\n${ini}`);
    const [unit, now] = ['php-zd-fpm-shop@1.service', String(Date.now() * 1000)];
    const entry = { MESSAGE: text.trimEnd(), _SYSTEMD_UNIT: unit, __REALTIME_TIMESTAMP: now };
    of.world.commands.programs.set('journalctl', () => `${JSON.stringify(entry)}\n`);
  };

const cases: readonly Case[] = [
  [
    'a write outside of what the site may write to',
    journal("touch: cannot touch '/srv/shop/releases/.shop.live/var/log/x': Read-only file system\n"),
    'refused',
    {
      key: 'writable',
      line: "touch: cannot touch '/srv/shop/releases/.shop.live/var/log/x': Read-only file system",
      allow: 'var/log',
    },
  ],
  [
    "a write that a site makes up where nothing is its user's",
    journal('sh: 1: cannot create /etc/cron.d/x: Read-only file system\n'),
    'refused',
    { key: 'writable', line: 'sh: 1: cannot create /etc/cron.d/x: Read-only file system', allow: undefined },
  ],
  [
    'a browser without namespaces',
    journal('[1:2:FATAL:zygote_host_impl_linux.cc(1)] No usable sandbox! See\n'),
    'refused',
    { key: 'namespaces', line: '[1:2:FATAL:zygote_host_impl_linux.cc(1)] No usable sandbox! See', allow: 'yes' },
  ],
  [
    'a message by a mailer with rights, where another sendmail_path gives the sender and PHP may write ~/.forward',
    async of => {
      of.world.addDirectory('/home/shop');
      const say = journal(
        'postdrop: warning: mail_queue_enter: create file maildrop/1.2: Permission denied\n',
        '[pool]\nphp_admin_value[sendmail_path] = /usr/sbin/sendmail -t -i -f shop@example.org\n[site]\nhome = /home/shop\n',
      );
      await say(of);
    },
    'refused',
    {
      key: 'sendmail',
      line: 'postdrop: warning: mail_queue_enter: create file maildrop/1.2: Permission denied',
      allow: 'yes',
      path: '/usr/sbin/sendmail -t -i -f shop@example.org',
      sender: 'shop@example.org',
      instead: ['leave home out, or write a directory that is not the home of a user'],
    },
  ],
  [
    'a program that watches files',
    journal("Error: EPERM: operation not permitted, watch '/x/src'\n"),
    'refused',
    { key: 'inotify', line: "Error: EPERM: operation not permitted, watch '/x/src'", allow: 'yes' },
  ],
  [
    'a directory with the set-group-ID bit',
    journal('PHP Warning:  mkdir(): Operation not permitted in /x/File.php on line 7\n'),
    'refused',
    { key: 'setgid', line: 'PHP Warning:  mkdir(): Operation not permitted in /x/File.php on line 7', allow: 'yes' },
  ],
  [
    'a connection to an address that is not among those of the site',
    journal('fsockopen(): Unable to connect to 192.0.2.7:25 (Connection timed out)\n', '[sandbox]\nnetwork = ::1\n'),
    'refused',
    {
      key: 'network',
      line: 'fsockopen(): Unable to connect to 192.0.2.7:25 (Connection timed out)',
      allow: '::1 192.0.2.7',
    },
  ],
  [
    'a host that holds no addresses',
    async of => {
      await of.world.writeSite(
        '[site]\nrelease = /srv/shop/current\nuser = shop\n[php]\nversion = 8.2\n[sandbox]\nnetwork = ::1\n',
      );
      of.world.commands.programs.set('systemd-run', () => 'sent');
    },
    'network',
    { network: ['::1'] },
  ],
  [
    'a way in over HTTP that nobody listens at',
    of => inProc(of, paths.httpSocket, ''),
    'http-down',
    { unit: 'php-zd-http-shop.socket', state: 'inactive' },
  ],
  [
    'a HAProxy that ended by itself',
    of => of.world.systemd.set('php-zd-haproxy.service', { restarts: 3, activeSince: 7 }),
    'balancer-ended',
    { unit: 'php-zd-haproxy.service', count: 3, lastAt: 7 },
  ],
  ['an old systemd', of => (of.world.systemd.version = async () => 249), 'systemd-version', { version: '249' }],
  ['an old HAProxy', say('haproxy', 'HA-Proxy version 2.4.22-0 2023\n'), 'haproxy-version', { version: '2.4' }],
  [
    'a HAProxy that dies of long headers',
    async of => {
      of.world.commands.programs.set(
        'haproxy',
        () => 'HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/\nFeature list : +LUA\n',
      );
      await of.world.writeSite(
        '[site]\nrelease = /srv/shop/current\nuser = shop\n[php]\nversion = 8.2\n[haproxy]\nsocket = /run/haproxy/admin.sock\n',
      );
    },
    'own-haproxy',
    { version: '2.6.12' },
  ],
  ['a HAProxy without Lua', say('haproxy', 'HAProxy version 3.0.1\nFeature list : -LUA\n'), 'haproxy-lua', {}],
  ['an old Node.js', of => (of.node = '18.17.9'), 'node-version', { version: '18.17' }],
  [
    'units of another php-zd',
    say(PROGRAM, 'php-zd 1.0.0\n'),
    'program',
    { program: PROGRAM, version: VERSION, said: 'php-zd 1.0.0' },
  ],
  ['units of a php-zd that is gone', of => of.executables.clear(), 'program', { program: PROGRAM, version: VERSION }],
  [
    'unit files that systemd has not read',
    of => of.world.systemd.set('php-zd-haproxy.service', { needDaemonReload: true }),
    'unit-files',
    { units: ['php-zd-haproxy.service'] },
  ],
  [
    'units that somebody masked, of HAProxy and of a replica, and not that of a site or of nobody',
    async of => {
      for (const unit of ['php-zd-haproxy', 'php-zd-fpm-shop@3', 'php-zd@shop', 'php-zd-fpm-blog@1'])
        await of.world.files.link(`/etc/systemd/system/${unit}.service`, '/dev/null');
    },
    'masked',
    { units: ['php-zd-fpm-shop@3.service', 'php-zd-haproxy.service'] },
  ],
  ['a journald that has no journal open', of => of.world.files.remove(JOURNAL), 'journal', {}],
  [
    'a journald that keeps only warnings',
    of => {
      of.keepsInfo = false;
    },
    'journal',
    { level: 'MaxLevelStore' },
  ],
  [
    'a unit of which the journal gets only warnings, and some of these',
    of => {
      of.unit['LogLevelMax'] = '4';
      of.unit['LogFilterPatterns'] = '~PHP';
      of.world.systemd.add('php-zd-fpm-shop@.service', { dropIns: ['/etc/systemd/system/service.d/h.conf'] });
    },
    'journal',
    { site: 'shop', lines: ['LogLevelMax=info', 'LogFilterPatterns='] },
  ],
  [
    'a journald that is not there',
    of => of.world.systemd.set('systemd-journald.service', { activeState: 'inactive', mainPid: 0 }),
    'journal',
    {},
  ],
  [
    'a HAProxy that does not start, with its reason',
    of => {
      of.world.systemd.set('php-zd-haproxy.service', { activeState: 'activating' });
      const said = ['config : parsing [/x.cfg:3] : unknown keyword', 'config : Fatal errors found in configuration.'];
      say('journalctl', said.map(line => `[ALERT]    (12) : ${line}\n`).join(''))(of);
    },
    'balancer-running',
    { state: 'activating', said: 'config : parsing [/x.cfg:3] : unknown keyword' },
  ],
  ['a missing user', of => of.missingUsers.add('php-zd-haproxy'), 'balancer-user', { user: 'php-zd-haproxy' }],
  [
    'a socket of HAProxy that was removed',
    of => of.world.files.remove(paths.openFront),
    'front-socket',
    { gone: paths.openFront },
  ],
  [
    'a directory of all sites that nobody but root may enter',
    of => of.world.rights.set(hostPaths.state, { mode: 0o700, uid: 0, gid: 0 }),
    'host-directories',
    { wrong: ['/var/lib/php-zd (755 root root)'], closed: [] },
  ],
  [
    'such a directory above it',
    of => of.world.rights.set('/var/lib', { mode: 0o750, uid: 0, gid: 0 }),
    'host-directories',
    { wrong: [], closed: ['/var/lib'] },
  ],
  [
    'a missing directory',
    of => of.missingDirectories.add(hostPaths.balancerConfigs),
    'host-directories',
    { missing: [hostPaths.balancerConfigs] },
  ],
  [
    "what a site's user had before he was made anew with another number",
    async of => {
      await of.world.files.makeDirectory(paths.sessions('shop'));
      for (const [name, uid] of [
        ['sess_1', 101],
        ['sess_2', 1001],
        ['of-root', 0],
      ] as const) {
        await of.world.files.write(`${paths.sessions('shop')}/${name}`, '');
        of.world.files.owners.set(`${paths.sessions('shop')}/${name}`, uid);
      }
    },
    'directories',
    { user: 'shop', uid: '101', former: [paths.sessions('shop')] },
  ],
  [
    'a drop-in that kills',
    of => {
      of.world.systemd.dropIns = async () => ['/etc/x.conf'];
      Object.assign(of.unit, { KillSignal: '15', BindReadOnlyPaths: '', DropInPaths: '/etc/x.conf' });
    },
    'unit-settings',
    { settings: ['KillSignal', 'BindReadOnlyPaths'], dropIns: ['/etc/x.conf'], timeout: '2min' },
  ],
  [
    'a unit file with another signal',
    async of => {
      const { unit } = sitePaths('shop');
      await of.world.files.write(unit, `${await of.world.files.read(unit)}KillSignal=SIGTERM\n`);
      of.unit['KillSignal'] = '15';
    },
    'unit-settings',
    { settings: ['KillSignal'], dropIns: [], timeout: '2min' },
  ],
  [
    'a site that all of its connections are taken of',
    of => of.world.balancer.setSessions('shop', '1', 100),
    'connections',
    { connections: 100, most: 100 },
  ],
  [
    'a HAProxy that all of its connections are taken of',
    of => of.world.balancer.setSessions('shop', '1', 100),
    'balancer-connections',
    { connections: 100, most: 100 },
  ],
  ['a short backlog', of => inProc(of, '/proc/sys/net/core/somaxconn', '4\n'), 'somaxconn', { limit: 4, children: 8 }],
  [
    'a release that is gone',
    of => of.world.linkTo('99'),
    'site-file',
    {
      problems: [
        `/etc/php-zd/sites/shop.ini:2: 'release' is no directory: put a release at '/srv/shop/current', write where one is, or go to one with "php-zd deploy shop DIR"`,
      ],
      release: release('41'),
      isStopped: false,
    },
  ],
  [
    'a site that runs and that no boot starts',
    of => {
      of.world.systemd.add('php-zd@shop.service', { fileState: 'disabled' });
      of.world.systemd.set('php-zd@shop.service', { activeState: 'active' });
      say('systemctl', 'RequiredBy=\nWantedBy=\n')(of);
    },
    'enabled',
    {},
  ],
  [
    'a socket whose file was removed while its unit is active',
    of => {
      of.world.systemd.add('php-zd-mounts.socket');
      of.world.systemd.set('php-zd-mounts.socket', { activeState: 'active' });
    },
    'own-sockets',
    { unit: 'php-zd-mounts.socket', path: hostPaths.mountsSocket, restart: 'php-zd-mounts.socket' },
  ],
  ['a mailer that takes messages with rights', of => of.executables.add('/usr/sbin/exim4'), 'mail', { mailer: 'Exim' }],
  [
    "such a mailer, where PHP may write the user's ~/.forward",
    async of => {
      of.executables.add('/usr/sbin/exim4');
      of.world.addDirectory('/home/shop');
      await of.world.writeSite(
        '[site]\nrelease = /srv/shop/current\nuser = shop\nhome = /home/shop\n[php]\nversion = 8.2\n',
      );
    },
    'mail',
    { mailer: 'Exim', instead: ['leave home out, or write a directory that is not the home of a user'] },
  ],
  [
    'a file of HAProxy that was changed',
    of => of.world.files.write(paths.balancerConfig, 'x'),
    'generated-files',
    { files: [paths.balancerConfig] },
  ],
  [
    'a file of HAProxy that its user may not read',
    of => of.world.files.chmod(paths.balancerConfig, 0o600),
    'generated-files',
    { files: [paths.balancerConfig] },
  ],
  [
    'a configuration of replicas that their user may not read',
    of => of.world.files.chmod(`${paths.promoted}/php-fpm.conf`, 0o700),
    'generated-files',
    { files: [expect.stringMatching(/\/generations\/[0-9a-f]{12}\/php-fpm\.conf$/)] },
  ],
];

describe('paths of releases', () => {
  test('in the files of a release are found, for each way in which they lead', async () => {
    clinic.inTexts.push(
      'at a.php\x003:/srv/shop/current/x',
      'at b.php\x001:/srv/shop/releases/40/y',
      'at b.php\x002:/srv/shop/releases/41/z',
      'more',
    );
    const mount = '/srv/shop/releases/.shop.live';
    const fact = (leads: string, place: string, instead: string) => ({
      leads,
      places: [place],
      count: 1,
      mount,
      instead,
    });
    expect((await findingsOf(clinic)).slice(0, 3)).toEqual([
      ['absolute-paths', { ...fact('link', 'a.php:3 (/srv/shop/current/x)', `${mount}/x`), isPart: true }],
      ['absolute-paths', { ...fact('other', 'b.php:1 (/srv/shop/releases/40/y)', mount), isPart: true }],
      ['own-paths', { ...fact('own', 'b.php:2 (/srv/shop/releases/41/z)', `${mount}/z`), isPart: false }],
    ]);
    const asked = clinic.world.commands.runs.filter(({ program }) => program === 'perl');
    expect(asked.map(({ args }) => args.filter(word => /^[uri]/.test(word)))).toEqual([
      ['u1001:1001:4242', 'r/srv/shop/releases/41', 'ipublic/index.php'],
    ]);
  });

  test('in the settings of the site file are found by the name of the setting', async () => {
    const ini = '[pool]\nphp_value[include_path] = .:/srv/shop/releases/40/lib:/srv/shop/current/lib\n';
    clinic = await Clinic.open({ more: `[env]\nAPP_BASE = /srv/shop/current/app\n${ini}` });
    const found = (leads: string, places: readonly string[]) => expect.objectContaining({ leads, places });
    // A setting of PHP's that leads through the link is a warning of the site file.
    expect((await findingsOf(clinic)).filter(([check]) => check === 'absolute-paths')).toEqual([
      ['absolute-paths', found('link', ['APP_BASE (/srv/shop/current/app)'])],
      ['absolute-paths', found('other', ['php_value[include_path] (/srv/shop/releases/40/lib)'])],
    ]);
  });

  test.each([
    ['/etc/cron.d/shop', '# /srv/shop/current/old\n* * * * * shop php /srv/shop/current/cron.php\n'],
    ['/var/spool/cron/crontabs/shop', '\n* * * * * php /srv/shop/releases/41/cron.php\n'],
    ['/etc/systemd/system/queue.service', '[Service]\nExecStart=/usr/bin/php /srv/shop/current/artisan queue:work\n'],
    ['/etc/supervisor/conf.d/queue.conf', '; x\ncommand=php /srv/shop/current/artisan queue:work\n'],
  ])('in %s are found', async (file, text) => {
    await inProc(clinic, file, text);
    const place = expect.stringMatching(new RegExp(`^${file}:2 \\(/srv/shop/`));
    expect(await findingsOf(clinic)).toContainEqual(['jobs', expect.objectContaining({ places: [place], count: 1 })]);
  });
});

test("a job in the crontab of somebody who is neither the site's user nor deploys it is nothing that root is to write", async () => {
  const text = '* * * * * php /srv/shop/current/cron.php\n';
  await inProc(clinic, '/var/spool/cron/crontabs/blog', text);
  expect((await findingsOf(clinic)).filter(([check]) => check === 'jobs')).toEqual([]);
  await inProc(clinic, '/var/spool/cron/crontabs/root', text);
  expect((await findingsOf(clinic)).filter(([check]) => check === 'jobs')).toHaveLength(1);
});

test('the directories of all sites are looked for as systemd-tmpfiles makes them', () => {
  const text = readFileSync(new URL('../../../units/tmpfiles.d/php-zd.conf', import.meta.url), 'utf8');
  const lines = hostDirectories.map(
    ({ path, mode, user, group }) => `d ${path} ${mode.toString(8).padStart(4, '0')} ${user} ${group}`,
  );
  expect(text.split('\n')).toEqual(expect.arrayContaining(lines));
});

test.each(cases)('%s is found', async (_, provoke, check, facts) => {
  await provoke(clinic);
  const { findings } = await diagnose(clinic.ports, VERSION, ['shop']);
  expect(findings.map(finding => [finding.check, finding.facts])).toContainEqual([check, facts]);
});

describe('what a site says of itself', () => {
  const refusedOf = async (text: string, ini = '', connects?: (path: string) => boolean) => {
    await journal(text, ini)(clinic);
    clinic.world.commands.programs.set('systemd-run', ({ args }) => {
      const path = args[args.indexOf('find') + 1] ?? '';
      return connects?.(path) === true ? `${path}\0` : '';
    });
    return (await findingsOf(clinic)).filter(([check]) => check === 'refused').map(([, facts]) => facts);
  };
  const unconnected = (socket: string) => `x: Unable to connect to unix://${socket} (No such file or directory)\n`;

  test('opens a directory of sockets where the one that it names is there for its user', async () => {
    const line = unconnected('/run/redis-shop/s');
    expect(await refusedOf(line, '', path => path === '/run/redis-shop/s')).toEqual([
      { key: 'sockets', line: line.trimEnd(), allow: '/run/redis-shop' },
    ]);
    expect(await refusedOf(line)).toEqual([]);
  });

  test.each(['dbus', 'docker', 'lock', 'php', 'php-zd', 'php-zd-mounts', 'php-zd-turns', 'systemd', 'user'])(
    'opens no /run/%s',
    async name => {
      expect(await refusedOf(unconnected(`/run/${name}/s`), '', () => true)).toEqual([]);
    },
  );

  test('opens no directory by the way of another one', async () => {
    expect(await refusedOf(unconnected('/run/redis-shop/../docker/s'), '', () => true)).toEqual([]);
  });

  test('lets it write nowhere where its releases lie, and nowhere that check would refuse', async () => {
    for (const path of ['/srv/shop', '/srv/shop/releases', '/home/shop']) {
      clinic.world.addDirectory(path);
      const found = await refusedOf(`touch: cannot touch '${path}/x': Read-only file system\n`);
      expect(found, path).toEqual([expect.objectContaining({ key: 'writable', allow: undefined })]);
    }
  });
});

describe("a PHP-FPM of Debian's that has no pool", () => {
  const unit = 'php8.2-fpm.service';
  const config = '/etc/php/8.2/fpm/php-fpm.conf';
  const found = async (state: 'active' | 'inactive' | 'failed' | 'activating', fileState: string, text: string) => {
    clinic.scripts.add(config);
    await inProc(clinic, config, text);
    clinic.world.systemd.add(unit, { fileState });
    clinic.world.systemd.set(unit, { activeState: state });
    return (await findingsOf(clinic)).filter(([check]) => check === 'php-fpm-pools');
  };
  const empty = '[global]\ninclude=/etc/php/8.2/fpm/pool.d/*.conf\n';
  test.each([
    ['failed', 'enabled'],
    ['failed', 'disabled'],
    ['activating', 'enabled'],
    ['inactive', 'enabled'],
    ['active', 'disabled'],
  ] as const)('is found where it is %s and %s', async (state, fileState) => {
    expect(await found(state, fileState, empty)).toEqual([['php-fpm-pools', { unit, state, config }]]);
  });

  test('concerns nobody where it is off', async () => {
    expect(await found('inactive', 'disabled', empty)).toEqual([]);
  });

  test('has one in php-fpm.conf itself', async () => {
    expect(await found('failed', 'enabled', `${empty}[www]\nlisten = /run/www.sock\n`)).toEqual([]);
  });
});

describe('memory', () => {
  test('for all children of all replicas of a roll must be there', async () => {
    await inProc(clinic, '/proc/meminfo', 'MemTotal:  1000 kB\nMemAvailable:  1 kB\n');
    // The world's replicas have two children of the eight that they may have.
    const pids: number[] = [];
    for (const slot of [1, 2]) pids.push((await clinic.world.systemd.unit(replicaUnit('shop', slot))).mainPid);
    const { memories } = clinic.world.processes;
    for (const pid of pids) memories.set(pid, 64_000);
    expect(await findingsOf(clinic)).not.toContainEqual(['memory', expect.anything()]);
    memories.set(pids[1] ?? 0, 65_000);
    expect(await findingsOf(clinic)).toContainEqual(['memory', { total: 1_024_000, needed: 1_040_000 }]);
  });
});

describe('rights', () => {
  /** A second site, whose user may read everything. */
  const addReader = async (releases: string) => {
    for (const path of [releases, `${releases}/1`]) clinic.world.addDirectory(path);
    clinic.scripts.add(`${releases}/1/index.php`);
    await clinic.world.files.write(
      `${hostPaths.sites}/blog.ini`,
      `[site]\nrelease = ${releases}/1\nmount = /srv/.blog.live\nuser = store\nreleases = ${releases}\nindex = index.php\n[php]\nversion = 8.2\n`,
    );
    clinic.readers.add(1002);
  };

  test("another site's user who may read the release is found", async () => {
    await addReader('/srv/blog/releases');
    expect(await findingsOf(clinic)).toContainEqual([
      'readable-release',
      { readers: ['blog'], directory: '/srv/shop/releases', group: 'shop', server: undefined, serverUser: undefined },
    ]);
  });

  test("what two sites take their releases from is not one's to close to the other", async () => {
    await addReader('/srv/shop/releases');
    expect((await findingsOf(clinic)).map(([check]) => check)).not.toContain('readable-release');
  });

  test('when they cannot be asked for, that is no answer', async () => {
    clinic.world.commands.programs.set('perl', () => ({ status: '1', output: 'no process: Cannot allocate memory' }));
    const { unmade } = await diagnose(clinic.ports, VERSION, ['shop']);
    expect(unmade.map(({ check }) => check)).toEqual([
      ...['php-closed', 'link-directory', 'writable-release', 'absolute-paths', 'own-paths'],
    ]);
  });
});

describe('compiled code', () => {
  const mount = '/srv/shop/releases/.shop.live';
  const views = `${mount}/storage/framework/views`;
  const blade = { variable: 'VIEW_COMPILED_PATH', instead: 'bootstrap/cache/views' };
  const link = 'storage\0../../shared/storage\0';
  const shared = (path: string) => `[shared]\n${path} = /srv/shop/shared\n`;

  test.each([
    ['artisan', shared('storage'), '', [{ path: views, mount, ...blade }]],
    ['artisan', '', link, [{ path: views, mount, ...blade }]],
    ['artisan', '[env]\nVIEW_COMPILED_PATH = /tmp/views\n', '', [{ path: '/tmp/views', mount, ...blade }]],
    ['artisan', `[env]\nVIEW_COMPILED_PATH = ${mount}/bootstrap/cache/views\n`, link, []],
    ['artisan', shared('storage/app'), 'public/storage\0../storage/app/public\0', []],
    ['bin/console', shared('var/cache'), '', [{ path: `${mount}/var/cache`, mount, instead: 'var/cache' }]],
    ['bin/console', `${shared('var/log')}[writable]\nvar/cache = yes\n`, '', []],
    ['index.php', shared('storage'), '', []],
  ])('of a release with %s, where %j and the links %j', async (sign, more, links, found) => {
    const places = [...more.matchAll(/^(\S+) = (?=\/|yes)/gm)].map(([, place]) => `/srv/shop/releases/41/${place}`);
    for (const directory of ['/srv/shop/shared', ...places]) clinic.world.addDirectory(directory);
    await clinic.world.writeSite(`[site]\nrelease = /srv/shop/current\nuser = shop\n[php]\nversion = 8.2\n${more}`);
    await inProc(clinic, `/srv/shop/releases/41/${sign}`, '');
    say('find', links === '' ? '' : `/srv/shop/releases/41\0${links}`)(clinic);
    const findings = await findingsOf(clinic);
    expect(findings.filter(([check]) => check === 'compiled-code').map(([, facts]) => facts)).toEqual(found);
  });
});

describe('sessions', () => {
  const savePath = (path: string): SiteText => ({
    site: { access: 'read-write' },
    more: `[pool]\nphp_value[session.save_path] = ${path}\n`,
  });

  test.each([
    ['/srv/shop/releases/.shop.live/sessions', [['sessions', { path: '/srv/shop/releases/.shop.live/sessions' }]]],
    ['/tmp/sessions', []],
  ])('in %s', async (path, found) => {
    clinic = await Clinic.open(savePath(path));
    expect((await findingsOf(clinic)).filter(([check]) => check === 'sessions')).toEqual(found);
  });

  test("in a database are nobody else's", async () => {
    clinic = await Clinic.open({
      more: '[pool]\nphp_value[session.save_path] = /nowhere\nphp_value[session.save_handler] = redis\n',
    });
    expect((await findingsOf(clinic)).filter(([check]) => check === 'sessions')).toEqual([]);
  });
});

describe('caches of PHP', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['opcache.enable = Off', 'opcache.enable'],
    ['opcache.restrict_api = /srv/shop/current', 'opcache.restrict_api'],
    ['opcache.file_update_protection = 60', 'opcache.file_update_protection'],
  ];
  test.each(cases)('%s keeps a roll from warming a replica', async (line, name) => {
    clinic = await Clinic.open({ more: `[pool]\n${line.replace(/^(\S+)/, 'php_admin_value[$1]')}\n` });
    expect((await findingsOf(clinic)).filter(([check]) => check === 'opcache')).toEqual([
      ['opcache', { name, value: name === 'opcache.enable' ? '0' : expect.any(String) }],
    ]);
  });

  const noStamps = '[pool]\nphp_admin_value[opcache.validate_timestamps] = 0\n';
  test('without a look at timestamps a script that the site writes is never read again; a release does not change', async () => {
    clinic = await Clinic.open({ more: noStamps });
    expect((await findingsOf(clinic)).map(([check]) => check)).not.toContain('opcache');
    clinic = await Clinic.open({ site: { access: 'read-write' }, more: noStamps });
    expect(await findingsOf(clinic)).toContainEqual(['opcache', { name: 'opcache.validate_timestamps', value: '0' }]);
  });

  test.each([
    ['extension = apcu', ''],
    ['extension = /usr/lib/php/20220829/apcu.so', ''],
    ['', '[php]\nini[extension] = apcu\n'],
  ])('APCu is found where it is loaded (%s%s)', async (host, site) => {
    clinic = await Clinic.open({ more: site });
    clinic.phpIni.set('/etc/php/8.2/fpm/conf.d/20-apcu.ini', host);
    expect(await findingsOf(clinic)).toContainEqual(['apcu', { replicas: 2, most: 4 }]);
  });

  test('APCu that is turned off keeps nothing', async () => {
    clinic.phpIni.set('/etc/php/8.2/fpm/conf.d/20-apcu.ini', 'extension=apcu.so\napc.enabled=0\n');
    expect((await findingsOf(clinic)).map(([check]) => check)).not.toContain('apcu');
  });
});

describe('what keeps a site from its start or its rolls is found, with its last line and what was written for it', () => {
  const found = async () => (await findingsOf(clinic)).filter(([check]) => check === 'start').map(([, facts]) => facts);
  const unit = 'php-zd@shop.service';

  beforeEach(() => {
    clinic.world.systemd.add('php-zd@.service', { dropIns: ['/etc/systemd/system/service.d/h.conf'] });
    clinic.world.commands.programs.set('journalctl', ({ args }) =>
      args.includes(`_SYSTEMD_UNIT=${unit}`) ? 'no \x1b[1mmemory\n' : '',
    );
  });

  test.each([
    ['its start has failed', { activeState: 'failed', result: 'signal' }, { how: 'failed', result: 'signal' }],
    [
      'its start is tried again',
      { activeState: 'activating', subState: 'auto-restart', result: 'exit-code', restarts: 4 },
      { how: 'retried', result: 'exit-code', count: 4 },
    ],
    ['systemd does not take it', { loadState: 'bad-setting' }, { how: 'unread', result: 'bad-setting' }],
  ])('%s', async (_, state, facts) => {
    clinic.world.systemd.set(unit, state);
    const more = { said: 'no ?[1mmemory', dropIns: ['/etc/systemd/system/service.d/h.conf'] };
    expect(await found()).toEqual([{ unit, ...facts, ...more }]);
  });

  test('its first start goes on, or a roll', async () => {
    for (const activeState of ['activating', 'reloading', 'deactivating']) {
      clinic.world.systemd.set(unit, { activeState, subState: 'start' });
      expect(await found()).toEqual([]);
    }
  });

  test('a reload came to no roll', async () => {
    clinic.world.systemd.reloads.set(unit, 'exit-code');
    expect(await found()).toMatchObject([{ unit, how: 'reload', result: 'exit-code' }]);
  });

  test('a replica is failed, or systemd starts it again and again', async () => {
    clinic.world.systemd.set(replicaUnit('shop', 1), { activeState: 'failed', result: 'exit-code' });
    clinic.world.systemd.set(replicaUnit('shop', 2), { activeState: 'activating', result: 'signal', restarts: 6 });
    expect(await found()).toEqual([
      { unit: replicaUnit('shop', 1), how: 'failed', result: 'exit-code' },
      { unit: replicaUnit('shop', 2), how: 'retried', result: 'signal', count: 6 },
    ]);
  });
});
