import { expect, test } from 'vitest';
import { settingsForCommand } from '../../src/render/drop-ins.ts';

test.each([
  [
    'settings of each process are kept as they are written, resets too',
    '[Service]\nEnvironment="A=b c" D=%i\nReadWritePaths=\nReadWritePaths=/srv/data\nMemoryMax=2G\nLimitNOFILE=4096:8192\n',
    '[Service]\nEnvironment="A=b c" D=%i\nReadWritePaths=\nReadWritePaths=/srv/data\nMemoryMax=2G\nLimitNOFILE=4096:8192\n',
  ],
  [
    "settings of a service's life are not, nor where its output goes",
    '[Service]\nNice=5\nExecStart=\nExecStart=/opt/wrap php-fpm\nRestart = on-failure\nTimeoutStartSec=5\nStandardError=null\nExecSearchPath=/opt/bin\nRuntimeDirectory=x\n',
    '[Service]\nNice=5\nExecSearchPath=/opt/bin\nRuntimeDirectory=x\n',
  ],
  ['other sections are not', '[Unit]\nRequires=other.service\nDescription=Nice=1\n[Install]\nAlias=x\n', ''],
  ['what stands before a section is not', 'Nice=1\n', ''],
  [
    'a setting on several lines is one, with remarks between',
    '\uFEFF[Service]\n  # Nice=1\nReadWritePaths=/a \\\n; Restart=no\n  /b\nExecStartPre=/bin/sh -c \\\n  Nice=2\nCPUWeight=50\n',
    '[Service]\nReadWritePaths=/a \\\n  /b\nCPUWeight=50\n',
  ],
  [
    'an even number of backslashes ends no line',
    '[Service]\nEnvironment=A=b\\\\\nNice=2\n',
    '[Service]\nEnvironment=A=b\\\\\nNice=2\n',
  ],
  [
    'a reset of environment files takes [env] from nobody',
    '[Service]\nEnvironmentFile=\nEnvironmentFile=-/etc/x\n',
    '[Service]\nEnvironmentFile=-/etc/x\n',
  ],
  ['an empty drop-in says nothing', '', ''],
])('of a drop-in for a command: %s', (_, dropIn, kept) => {
  expect(settingsForCommand(dropIn)).toBe(kept);
});
