import { expect, test } from 'vitest';
import { sandboxProperties } from '../../../src/render/view.ts';
import { leaveService } from '../../../src/site/existing/adopt-service.ts';

const FILE = '/etc/systemd/system/php8.2-fpm.service.d/app.conf';
const saidOf = (...texts: readonly string[]) =>
  leaveService(
    texts.map(text => ({ file: FILE, text })),
    'my-shop',
  ).map(({ at, line, why }) => `${at.line} ${line} ${why}`);
const of = "holds for php-fpm's unit, and not for";
const dropIn = (header: string, unit: string) =>
  `write the line in ${header} of /etc/systemd/system/${unit}.d/pool.conf`;
const ofReplica = dropIn('[Service]', 'php-zd-fpm-my-shop@.service');
const ofSite = (header: string) => dropIn(header, 'php-zd@my-shop.service');
const others = (names: string) =>
  `gives ${names} in php-fpm's own environment, of which a replica has nothing: write what PHP needs of it in [env], or in a file that environment_file in [site] names`;

test.each<readonly [string, string, readonly string[]]>([
  [
    'variables by their names',
    'Environment=A=secret B=secret\nEnvironment="C=secret D=secret" \'E=secret\' F="secret G=secret"',
    [`2 Environment= ${others('A, B')}`, `3 Environment= ${others('C, E, F')}`],
  ],
  [
    'a line that goes on, behind a comment too',
    'Environment=A=secret \\\n# B=secret\\\n  C=secret\nLimitCORE=0',
    [
      `2 Environment= ${others('A, C')}`,
      "5 LimitCORE= holds for php-fpm's unit, and not for a replica: write rlimit_core in [pool]",
    ],
  ],
  ['what is no list of variables without a name', 'Environment="A=secret', [`2 Environment= ${others('variables')}`]],
  ["names of the manager's", 'PassEnvironment=LANG TZ', [`2 PassEnvironment= ${others('LANG, TZ')}`]],
  [
    'a file of variables by its path',
    'EnvironmentFile=-/etc/shop/env',
    [
      "2 EnvironmentFile= gives variables in php-fpm's own environment, of which a replica has nothing: write environment_file = /etc/shop/env in [site]",
    ],
  ],
  [
    'limits and rights that a site file has a key for',
    'LimitNOFILE=65536\nTasksMax=100\nMemoryMax=1G\nReadWritePaths=/srv/x\nUMask=0002\nIPAddressDeny=any',
    [
      ['LimitNOFILE', 'rlimit_files in [pool]'],
      ['TasksMax', 'tasks in [limits]'],
      ['MemoryMax', 'memory in [limits]'],
      ['ReadWritePaths', 'the directories, each with = yes, in [writable]'],
      ['UMask', 'umask in [site]'],
      ['IPAddressDeny', 'network in [sandbox]'],
    ].map(
      ([setting, key], at) => `${at + 2} ${setting}= holds for php-fpm's unit, and not for a replica: write ${key}`,
    ),
  ],
  ['nothing of what a line takes back, and of what systemd does not know', 'Nice=1\nNice=\nconstructor=1\nX-A=1', []],
  [
    'what else a process has, for a drop-in of the replicas',
    'Nice=5\nOOMScoreAdjust=9\nLimitSTACK=4M\nCPUAffinity=0\nIOSchedulingClass=idle\nInaccessiblePaths=/x',
    [
      ...['Nice', 'OOMScoreAdjust', 'LimitSTACK', 'CPUAffinity', 'IOSchedulingClass'].map(
        (setting, at) => `${at + 2} ${setting}= ${of} a replica: ${ofReplica}`,
      ),
      `7 InaccessiblePaths= ${of} a replica: ${ofReplica}; a path in the release goes to [shared] or [writable]`,
    ],
  ],
  [
    'what is divided, for a drop-in of the slice',
    'CPUQuota=50%\nMemoryHigh=1G\nStartupIOWeight=10\nCPUAccounting=yes',
    ['CPUQuota', 'MemoryHigh', 'StartupIOWeight'].map(
      (setting, at) =>
        `${at + 2} ${setting}= ${of} a replica: ${dropIn('[Slice]', 'php-zd-my\\x2dshop.slice')}, which holds for all replicas together`,
    ),
  ],
  [
    'a command before the start, but for what is php-fpm itself',
    'ExecStartPre=-/bin/mkdir /run/x\nExecStartPre=/usr/sbin/php-fpm8.2 -t\nExecStartPost=-/usr/lib/php/php-fpm-socket-helper install\nExecStop=/bin/kill -QUIT $MAINPID',
    [
      `2 ExecStartPre= runs with php-fpm, and a replica starts no command but its own: where the site needs it at its start, ${ofSite('[Service]')}, with + before its path; for one in each roll see [hooks]`,
    ],
  ],
  [
    'a start with more than the files of php-fpm',
    'ExecStart=\nExecStart=/usr/sbin/php-fpm8.2 --nodaemonize --fpm-config /etc/php/8.2/fpm/php-fpm.conf -d memory_limit=1G',
    [
      '3 ExecStart= gives php-fpm options that a replica has not: write what -d, or the file of -c, says as ini[NAME] in [php]',
    ],
  ],
  [
    'a start by another program',
    'ExecStart=/usr/bin/env LD_PRELOAD=/x.so /usr/sbin/php-fpm8.2 -F',
    ['2 ExecStart= has something else than php-fpm start it, which no replica has: see that PHP does not need that'],
  ],
  [
    'users, logs, roots and slices',
    'User=app\nGroup=root\nStandardOutput=journal\nStandardError=file:/var/log/x\nRootDirectory=/srv\nDynamicUser=yes\nPrivateTmp=no\nSlice=x.slice\nProtectHome=yes',
    [
      '2 User= php-fpm ran with this user, whatever its pools say: write user = app in [site]',
      '5 StandardError= is where php-fpm logs; replicas log to the journal, by which they are proven: php-zd logs',
      "6 RootDirectory= php-fpm's paths begin there, and those of a replica at the host's root: see each path of the pool",
      '7 DynamicUser= php-fpm ran as a user that systemd made: write user in [site]',
      '8 PrivateTmp= a replica has a /tmp of the site alone, whatever is written here: what lies in that of php-fpm is not in there',
      `9 Slice= ${of} a replica, which is in a slice of the site's own: write what this one bounds in [limits], or in a drop-in of that`,
      `10 ProtectHome= ${of} a replica, whose sandbox says that itself: for what PHP lacks in there, see Loosening the sandbox in php-zd.ini(5)`,
    ],
  ],
  [
    'what the unit waits for',
    '[Unit]\nAfter=network.target\nAfter=redis.service\nRequiresMountsFor=/data\nDescription=x\n[Install]\nWantedBy=x',
    [`4 After= ${of} the site's: ${ofSite('[Unit]')}`, `5 RequiresMountsFor= ${of} the site's: ${ofSite('[Unit]')}`],
  ],
  ['nothing of another section', '[Unit]\nEnvironment=A=b\n[Socket]\nNice=1', []],
])('%s', (_, text, said) => {
  expect(saidOf(`[Service]\n${text}\n`)).toEqual(said);
});

test("nothing of the units of Debian's PHP-FPM, and nothing that a later file takes back", () => {
  const debian = `[Unit]
Description=The PHP 8.4 FastCGI Process Manager
Documentation=man:php-fpm8.4(8)
After=network.target

[Service]
Type=notify
ExecStart=/usr/sbin/php-fpm8.4 --nodaemonize --fpm-config /etc/php/8.4/fpm/php-fpm.conf
ExecStartPost=-/usr/lib/php/php-fpm-socket-helper install /run/php/php-fpm.sock /etc/php/8.4/fpm/pool.d/www.conf 84
ExecStopPost=-/usr/lib/php/php-fpm-socket-helper remove /run/php/php-fpm.sock /etc/php/8.4/fpm/pool.d/www.conf 84
ExecReload=/bin/kill -USR2 $MAINPID
Restart=on-failure

[Install]
WantedBy=multi-user.target
`;
  expect(saidOf(debian)).toEqual([]);
  expect(saidOf('[Service]\nEnvironment=A=b', '[Service]\nEnvironment=\n')).toEqual([]);
});

test("what a replica's sandbox says itself is told as that", () => {
  const texts = sandboxProperties.map(({ name }) => `${name}=x`).join('\n');
  const told = saidOf(`[Service]\n${texts}`);
  expect(told.filter(line => !line.includes('Loosening the sandbox'))).toEqual([]);
  expect(told).toHaveLength(sandboxProperties.length);
});
