import { expect, test } from 'vitest';
import { leaveService } from '../../../src/site/existing/adopt-service.ts';

const FILE = '/etc/systemd/system/php8.2-fpm.service.d/app.conf';
const saidOf = (text: string) => leaveService(FILE, text).map(({ at, line, why }) => `${at.line} ${line} ${why}`);
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
  ['nothing of what a line takes back, and of other settings', 'Environment=\nExecStart=\nconstructor=1', []],
  ['nothing of another section', '[Unit]\nEnvironment=A=b', []],
])('%s', (_, text, said) => {
  expect(saidOf(`[Service]\n${text}\n`)).toEqual(said);
});
