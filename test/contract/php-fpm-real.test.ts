import { readdirSync, readFileSync } from 'node:fs';
import { makePhpFpm } from '../../src/adapters/php-fpm.ts';
import { bootMachine, type Machine, SUITES, type Suite } from '../lab/machine.ts';
import { makeGate } from './gate.ts';
import { describePhpFpm } from './php-fpm.ts';

const BINARY: Readonly<Record<Suite, string>> = { bookworm: 'php-fpm8.2', trixie: 'php-fpm8.4' };

/** The scripts that the real PHP-FPM runs as /srv/app/NAME.php. */
const scripts = new URL('php-fpm/', import.meta.url);

const configurationOf = (pool: string, backlog: number) => `
[global]
error_log = syslog
[${pool}]
user = www-data
group = www-data
listen = /run/zd/${pool}.sock
listen.backlog = ${backlog}
pm = static
pm.max_children = 2
pm.status_path = /php-zd-status
pm.status_listen = /run/zd/${pool}-status.sock
ping.path = /php-zd-ping
php_admin_flag[log_errors] = on
php_admin_value[error_log] =
`;

const startMaster = async (machine: Machine, binary: string, pool: string, backlog: number) => {
  await machine.write(`/run/zd/${pool}.conf`, configurationOf(pool, backlog));
  const command = [binary, '--nodaemonize', '--fpm-config', `/run/zd/${pool}.conf`];
  await machine.run('systemd-run', '--quiet', `--unit=${pool}`, '--property=Type=notify', ...command);
};

for (const suite of SUITES) {
  describePhpFpm(`${BINARY[suite]} of ${suite}`, async () => {
    const machine = await bootMachine(`fcgi-${suite}-${process.pid}`, suite);
    for (const name of readdirSync(scripts)) {
      await machine.write(`/srv/app/${name}`, readFileSync(new URL(name, scripts), 'utf8'));
    }
    await startMaster(machine, BINARY[suite], 'pool', 511);
    await startMaster(machine, BINARY[suite], 'mortal', 1);
    const gate = await makeGate(`${machine.root}/run/zd/gate.sock`);
    return {
      fpm: makePhpFpm(),
      gate,
      socket: `${machine.root}/run/zd/pool.sock`,
      statusSocket: `${machine.root}/run/zd/pool-status.sock`,
      mortal: `${machine.root}/run/zd/mortal.sock`,
      killMortal: async () => {
        await machine.run('systemctl', 'kill', '--signal=KILL', 'mortal');
        await machine.run('systemctl', 'stop', 'mortal'); // resolves when the last of its processes is gone
      },
      close: async () => {
        await gate.close();
        await machine.down();
      },
    };
  });
}
