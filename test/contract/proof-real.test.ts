import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makePhpFpm } from '../../src/adapters/php-fpm.ts';
import { makeSystemd } from '../../src/adapters/systemd.ts';
import { PhpZdError } from '../../src/base/errors.ts';
import type { Commands } from '../../src/ports/commands.ts';
import type { Log } from '../../src/ports/journal.ts';
import type { FpmAnswer } from '../../src/ports/php-fpm.ts';
import type { Systemd } from '../../src/ports/systemd.ts';
import { opcacheScript } from '../../src/render/replica-scripts.ts';
import { findLoggedFatal } from '../../src/run/proof/fatal-log.ts';
import { bootMachine, type Machine, SUITES, type Suite } from '../lab/machine.ts';
import { ProofScene, UNIT } from '../run/proof/proof-scene.ts';

const BINARY: Readonly<Record<Suite, string>> = { bookworm: 'php-fpm8.2', trixie: 'php-fpm8.4' };
const OPCACHE = '/srv/php/opcache.php';

const SCRIPTS: Readonly<Record<string, string>> = {
  good: 'return 1;',
  parse: 'if (',
  'class-1': 'class Twice { function a() {} }',
  'class-2': 'class Twice { function b() {} }',
  'function-1': 'function twice() { return 1; }',
  'function-2': 'function twice() { return 2; }',
  include: `include '${OPCACHE}';`,
  well: `error_log('all is well'); echo 'ok';`,
  late: `echo 'ok'; fastcgi_finish_request(); nothere();`,
  hidden: `register_shutdown_function(function () {
    for ($n = 0; $n < 25; $n++) syslog(LOG_NOTICE, 'NOTICE: fpm is running, pid 1');
  }); echo 'ok'; fastcgi_finish_request(); nothere();`,
  stderr: `echo 'ok'; file_put_contents('php://stderr', "PHP Fatal error:  by hand\n");`,
  crash: `posix_kill(posix_getpid(), 11);`,
};

const scripts = (...names: readonly string[]) => names.map(name => `/srv/app/${name}.php`);

/** Starts a master with one pool in a replica's unit, so that it logs where a replica does. */
const startMaster = async (
  machine: Machine,
  suite: Suite,
  { pool, unit, lines = '', setting = 'Type=notify' }: Master,
): Promise<void> => {
  const configuration = `[global]
error_log = syslog
[${pool}]
user = www-data
group = www-data
listen = /run/zd/${pool}.sock
pm = static
pm.max_children = 2
catch_workers_output = yes
decorate_workers_output = no
${lines}
`;
  await machine.write(`/run/zd/${pool}.conf`, configuration);
  const command = [BINARY[suite], '--nodaemonize', '--force-stderr', '--fpm-config', `/run/zd/${pool}.conf`];
  await machine.run(
    'systemd-run',
    '--quiet',
    `--unit=${unit}`,
    '--property=Type=notify',
    `--property=${setting}`,
    ...command,
  );
};

interface Master {
  readonly pool: string;
  readonly unit: string;
  readonly lines?: string;
  /** Of its unit. */
  readonly setting?: string;
}

describe.each(SUITES)('PHP-FPM of %s', suite => {
  let machine: Machine;
  let systemd: Systemd;
  beforeAll(async () => {
    machine = await bootMachine(`proof-${suite}-${process.pid}`, suite);
    systemd = makeSystemd({ address: `unix:path=${machine.root}/run/dbus/system_bus_socket` });
    await machine.write(OPCACHE, opcacheScript);
    for (const [name, code] of Object.entries(SCRIPTS)) await machine.write(`/srv/app/${name}.php`, `<?php ${code}\n`);
    // OPcache takes no script that is younger than two seconds: opcache.file_update_protection.
    await machine.run('touch', '--date=1 hour ago', ...scripts(...Object.keys(SCRIPTS)));
    await startMaster(machine, suite, { pool: 'shop', unit: UNIT });
  });
  afterAll(async () => {
    systemd?.close();
    await machine?.down();
  });

  const ask = (script: string, body?: readonly string[], pool = 'shop'): Promise<FpmAnswer> =>
    makePhpFpm().request(
      `${machine.root}/run/zd/${pool}.sock`,
      {
        scriptFilename: script,
        documentRoot: script.slice(0, script.lastIndexOf('/')),
        uri: '/',
        headers: new Map(),
        ...(body === undefined ? { method: 'GET' } : { method: 'POST', body: JSON.stringify(body) }),
      },
      { deadlineMs: 10_000 },
    );
  const compile = async (...names: readonly string[]) => JSON.parse((await ask(OPCACHE, scripts(...names))).body);
  const listed = async (): Promise<readonly string[]> => JSON.parse((await ask(OPCACHE)).body);

  /** Looks for a fatal error as a replica's proof does, with the machine's own journalctl. */
  const findFatal = () => {
    const commands: Pick<Commands, 'run'> = {
      run: async (program, args) => {
        const { status, stdout, stderr } = await machine.ask(program, ...args);
        if (status === 0) return stdout;
        const output = `${stdout}${stderr}`.trim();
        throw new PhpZdError('command-failed', { command: program, status: String(status), output });
      },
    };
    const { run } = new ProofScene();
    const log: Log = { sync: async () => void (await machine.run('journalctl', '--sync')) };
    return findLoggedFatal(
      { ...run, ports: { ...run.ports, commands: { ...run.ports.commands, ...commands }, log, systemd } },
      1,
      { until: 0, since: 0 },
    );
  };

  test('a script that was compiled for OPcache is in its list, and was not before', async () => {
    expect(await listed()).not.toContain('/srv/app/good.php');
    expect(await compile('good')).toEqual({ compiled: 1, missing: 0, failed: [] });
    expect(await listed()).toContain('/srv/app/good.php');
  });

  test('a parse error and a script that is gone do not keep the others out of OPcache, nor come into the log', async () => {
    const answer = await ask(OPCACHE, scripts('parse', 'gone', 'well'));
    expect(JSON.parse(answer.body)).toEqual({ compiled: 1, missing: 1, failed: scripts('parse') });
    expect(answer).toMatchObject({ status: 200, stderr: '' });
    expect(await findFatal()).toBeUndefined();
  });

  test('two scripts that declare the same class are compiled in one request', async () => {
    expect(await compile('class-1', 'class-2')).toEqual({ compiled: 2, missing: 0, failed: [] });
    expect(await listed()).toEqual(expect.arrayContaining(scripts('class-1', 'class-2')));
  });

  test('of two scripts that declare the same function the second is compiled in a request of its own', async () => {
    expect(await compile('function-1', 'function-2')).toEqual({
      compiled: 1,
      missing: 0,
      failed: scripts('function-2'),
    });
    expect(await compile('function-2')).toEqual({ compiled: 1, missing: 0, failed: [] });
  });

  test('an application that includes the script learns nothing', async () => {
    expect(await ask('/srv/app/include.php')).toMatchObject({ status: 404, body: '' });
  });

  test.each([
    ['restricted', 'php_admin_value[opcache.restrict_api] = /nowhere'],
    ['disabled', 'php_admin_value[disable_functions] = opcache_get_status'],
    ['off', 'php_admin_flag[opcache.enable] = off'],
  ])('an OPcache that is %s lists nothing, and is no error', async (pool, lines) => {
    await startMaster(machine, suite, { pool, unit: pool, lines });
    expect(await ask(OPCACHE, undefined, pool)).toMatchObject({ status: 200, body: '[]', stderr: '' });
  });

  test.each([
    ['late', expect.stringMatching(/^PHP Fatal error: {2}Uncaught Error: Call to undefined function nothere\(\)/)],
    ['stderr', 'PHP Fatal error:  by hand'],
    ['crash', expect.stringMatching(/^child \d+ exited on signal 11 \(SIGSEGV/)],
  ])('what %s.php logs beside its answer is found, and not by the next start', async (name, found) => {
    await restart();
    expect(await findFatal()).toBeUndefined();
    const answer = await ask(`/srv/app/${name}.php`).catch(() => undefined);
    expect(answer?.body).toBe(name === 'crash' ? undefined : 'ok');
    // What a child wrote is in the journal once the master has read it, and the test gets no event for that.
    await expect.poll(findFatal, { timeout: 5_000 }).toEqual(found);
    await restart();
    expect(await findFatal()).toBeUndefined();
  });

  test('what is logged is found behind as many lines as there may be that look like the first one of PHP-FPM', async () => {
    await restart();
    expect(await ask('/srv/app/hidden.php')).toMatchObject({ body: 'ok' });
    const forged = ['journalctl', '_TRANSPORT=syslog', `--unit=${UNIT}`, '--output=cat', '--grep=running, pid 1$'];
    const lines = async () =>
      (await machine.run('sh', '-c', '"$@" || true', 'sh', ...forged)).match(/pid 1$/gm)?.length;
    await expect.poll(lines, { timeout: 5_000 }).toBe(25);
    await expect.poll(findFatal, { timeout: 5_000 }).toContain('nothere');
    await restart();
  });

  test('with StandardError=null the log is none, and not one without errors', async () => {
    await restart('StandardError=null');
    await expect(findFatal()).rejects.toMatchObject({
      code: 'replica-unproven',
      facts: { replica: 1, reason: { kind: 'no-log' } },
    });
    await restart();
    expect(await findFatal()).toBeUndefined();
  });

  test('where the start is not in the journal either, as with LogLevelMax=warning, no log is missed', async () => {
    await restart('LogLevelMax=warning');
    expect(await findFatal()).toBeUndefined();
    await restart();
  });

  test('where others have logged so much that nothing of the start is left, the log is none', async () => {
    await restart();
    expect(await ask('/srv/app/late.php')).toMatchObject({ body: 'ok' });
    await expect.poll(findFatal, { timeout: 5_000 }).toContain('nothere');
    await machine.run('journalctl', '--rotate', '--vacuum-time=1us');
    await expect(findFatal()).rejects.toMatchObject({ facts: { reason: { kind: 'no-log' } } });
  });

  test.each(['Storage=none', 'MaxLevelStore=warning'])('with %s of journald no log is missed', async setting => {
    const file = '/etc/systemd/journald.conf.d/kept.conf';
    await machine.write(file, `[Journal]\n${setting}\n`);
    await machine.run('systemctl', 'restart', 'systemd-journald');
    await restart();
    expect(await findFatal()).toBeUndefined();
    await machine.run('rm', file);
    await machine.run('systemctl', 'restart', 'systemd-journald');
    await restart();
  });

  test('what else an application logs is no fatal error', async () => {
    expect(await ask('/srv/app/well.php')).toMatchObject({ stderr: 'PHP message: all is well' });
    await expect.poll(() => machine.run('journalctl', `--unit=${UNIT}`, '--output=cat')).toContain('all is well');
    expect(await findFatal()).toBeUndefined();
  });

  const restart = async (setting?: string): Promise<void> => {
    await machine.run('systemctl', 'stop', UNIT);
    await startMaster(machine, suite, { pool: 'shop', unit: UNIT, ...(setting !== undefined && { setting }) });
  };
});
