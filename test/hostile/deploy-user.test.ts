import { expect } from 'vitest';
import type { Result } from '../lab/machine.ts';
import { type Arena, type Attack, onOneArena } from './arena.ts';

/** sudo's rule as it is installed: off, for the group deploy and the site shop. */
const RULE = '/usr/share/doc/php-zd/examples/php-zd.sudoers';

/** Where what an attack makes root do would show. */
const CANARY = '/etc/canary';

/** dora, who deploys alpha: a member of the group that the rule is for, and the owner of alpha's directories. */
const letDeploy = async ({ machine, alpha }: Arena): Promise<void> => {
  await machine.run(
    'sh',
    '-c',
    `[ ! -e /etc/sudoers.d/php-zd ] || exit 0
    groupadd --force deploy; id dora >/dev/null 2>&1 || useradd --create-home --groups deploy dora
    sed 's/shop/alpha/g' ${RULE} >/etc/alpha && install -m 440 /etc/alpha /etc/sudoers.d/php-zd && visudo -cqf /etc/sudoers.d/php-zd
    chown dora ${alpha.base} ${alpha.base}/releases`,
  );
};

/** A line of dora's. Nobody is asked for a password. */
const asDora = async (arena: Arena, line: string): Promise<Result> => {
  await letDeploy(arena);
  return await arena.machine.ask('runuser', '--user', 'dora', '--', 'bash', '-c', line);
};

/** Runs each argument as a line of its own, and prints its exit status and what it says on stderr. */
const EACH = 'for line; do said=$(bash -c "$line" 2>&1 >/dev/null); printf "%s\\0%s\\0" "$?" "$said"; done';

/** Lines that sudo refuses. */
const refused = (title: string, ...lines: readonly string[]): Attack => ({
  title,
  act: async arena => {
    await letDeploy(arena);
    const said = (await arena.machine.run('runuser', '-u', 'dora', '--', 'bash', '-c', EACH, 'bash', ...lines)).split(
      '\0',
    );
    const seen = lines.map((line, index) => ({ line, status: said[2 * index], stderr: said[2 * index + 1] }));
    const stderr = expect.stringMatching(/a password is required|you are not (allowed|permitted)/);
    expect(seen).toEqual(lines.map(line => ({ line, status: '1', stderr })));
    await expectNoCanary(arena);
  },
});

const expectNoCanary = async ({ machine }: Arena) => expect((await machine.ask('test', '-e', CANARY)).status).toBe(1);

/** Node.js, the loader, systemd's and other programs read these; each would have root run or write something. */
const VARIABLES = [
  'NODE_OPTIONS="--require /tmp/evil.js"',
  'NODE_PATH=/tmp NODE_REPL_EXTERNAL_MODULE=/tmp/evil.js',
  `NODE_REDIRECT_WARNINGS=${CANARY} NODE_PENDING_DEPRECATION=1`,
  `NODE_V8_COVERAGE=${CANARY}`,
  `NODE_COMPILE_CACHE=${CANARY}`,
  `NODE_EXTRA_CA_CERTS=/tmp/evil.js OPENSSL_CONF=/tmp/evil.js SSLKEYLOGFILE=${CANARY}`,
  `LD_PRELOAD=/tmp/evil.so LD_LIBRARY_PATH=/tmp LD_DEBUG=all LD_DEBUG_OUTPUT=${CANARY}`,
  'PATH=/tmp:$PATH BASH_ENV=/tmp/evil ENV=/tmp/evil',
  'PHP_ZD_TRACE=1 PHP_ZD_ROOT=/tmp HOME=/tmp XDG_CONFIG_HOME=/tmp TMPDIR=/tmp',
  'PAGER=/tmp/evil LESSOPEN="|/tmp/evil" SYSTEMD_PAGER=/tmp/evil SYSTEMD_LESS=x TERM=/tmp/evil TERMINFO=/tmp',
  'DBUS_SYSTEM_BUS_ADDRESS=unix:path=/tmp/evil NOTIFY_SOCKET=/tmp/evil LISTEN_FDS=3',
  'LANG=/tmp/evil LC_ALL=/tmp/evil LOCPATH=/tmp GCONV_PATH=/tmp SUDO_USER=victor',
];

const attacks: readonly Attack[] = [
  {
    title: 'the deploy user reloads and deploys by sudo, and the history names her',
    act: async arena => {
      const { alpha, machine } = arena;
      const next = await alpha.release();
      expect(await asDora(arena, `sudo -n php-zd deploy alpha ${alpha.directory(next)}`)).toMatchObject({ status: 0 });
      expect(await alpha.promoted()).toBe(next);
      expect(
        await asDora(arena, `ln -sfn releases/1 ${alpha.base}/current && sudo -n php-zd reload alpha`),
      ).toMatchObject({
        status: 0,
      });
      expect(await alpha.promoted()).toBe('1');
      const [{ rolls }] = JSON.parse(await machine.run('php-zd', 'history', 'alpha', '--json'));
      expect(rolls.slice(-2).map(({ by }: { readonly by: string }) => by)).toEqual(['dora', 'dora']);
    },
  },
  refused(
    'another verb, another site, or another unit',
    'sudo -n php-zd reload beta',
    'sudo -n php-zd reload alpha beta',
    'sudo -n php-zd reload --all',
    'sudo -n php-zd stop alpha',
    'sudo -n php-zd drain alpha 1',
    'sudo -n php-zd exec alpha -- id',
    'sudo -n php-zd help',
    'sudo -n php-zd unit roll alpha',
    'sudo -n systemctl reload php-zd@alpha',
    'sudo -n systemctl reload --job-mode=flush php-zd@alpha',
    'sudo -n /usr/lib/php-zd/php-zd.cjs reload alpha',
    'sudo -n node /usr/lib/php-zd/php-zd.cjs reload alpha',
  ),
  refused(
    'options and other paths beside what the rule names',
    'sudo -n php-zd reload alpha --no-block',
    'sudo -n php-zd --root=/tmp reload alpha',
    'sudo -n php-zd deploy alpha /srv/alpha/releases/1 --json',
    'sudo -n php-zd deploy alpha "/srv/alpha/releases/1 --json"',
    'sudo -n php-zd deploy alpha /srv/alpha/releases/1/public',
    'sudo -n php-zd deploy alpha /srv/alpha/releases/../../beta/releases/1',
    'sudo -n php-zd deploy alpha /srv/alpha/releases/..',
    'sudo -n php-zd deploy alpha /srv/beta/releases/1',
    "sudo -n php-zd deploy alpha $'/srv/alpha/releases/1\\n/srv/beta/releases/1'",
    'sudo -n php-zd deploy beta /srv/alpha/releases/1',
    'cd /srv/alpha/releases && sudo -n php-zd deploy alpha 1',
  ),
  refused(
    "sudo's own ways to another user, directory or environment",
    'sudo -n -s',
    'sudo -n -i',
    'sudo -n -e /etc/passwd',
    'sudo -n -u alpha php-zd reload alpha',
    'sudo -n -g shadow php-zd reload alpha',
    'sudo -n -D /tmp php-zd reload alpha',
    'sudo -n -R /tmp php-zd reload alpha',
    'sudo -n -E php-zd reload alpha',
    'NODE_OPTIONS="--require /tmp/evil.js" sudo -n --preserve-env=NODE_OPTIONS php-zd reload alpha',
    'sudo -n NODE_OPTIONS="--require /tmp/evil.js" php-zd reload alpha',
    'sudo -n PATH=/tmp php-zd reload alpha',
  ),
  {
    title: 'variables that programs heed, and a directory that is full of traps',
    act: async arena => {
      const { machine } = arena;
      await machine.write('/tmp/evil.js', `require('node:fs').writeFileSync('${CANARY}', 'node');\n`);
      for (const name of ['evil', 'node', 'systemctl', 'journalctl', 'env'])
        await machine.write(`/tmp/${name}`, `#!/bin/sh\necho ${name} >${CANARY}\n`, 0o755);
      for (const name of ['sd-notify', 'x11', 'usocket', 'node-unix-socket'])
        await machine.write(`/tmp/node_modules/${name}/index.js`, `require('/tmp/evil.js');\n`);
      await machine.write('/tmp/package.json', '{ "type": "commonjs" }\n');
      // Refused before systemd is asked: everything that reads a variable has run by then.
      const none = '/srv/alpha/releases/none';
      const line = `cd /tmp && ${VARIABLES.join(' ')} /usr/bin/sudo -n php-zd deploy alpha ${none}`;
      expect(await asDora(arena, line)).toMatchObject({ status: 2, stderr: expect.stringContaining(none) });
      await expectNoCanary(arena);
    },
  },
  {
    title: 'limits and closed files of the caller: a roll has none of them',
    act: async arena => {
      await asDora(arena, 'ulimit -f 0; ulimit -n 24; exec 0<&- 1>&- 2>&-; timeout 30 sudo -n php-zd reload alpha');
      expect(await arena.alpha.status()).toMatchObject({ serving: 2, wanted: 2 });
      await asDora(arena, 'exec 1>/dev/full 2>&1; timeout 30 sudo -n php-zd deploy alpha /srv/alpha/releases/1');
      expect(await arena.alpha.status()).toMatchObject({ serving: 2, wanted: 2, promoted: '/srv/alpha/releases/1' });
      await expectNoCanary(arena);
    },
  },
  {
    title: "a link of hers above alpha's link, by which root would flip beta's",
    act: async arena => {
      const { machine, alpha, beta } = arena;
      const ini = (await machine.run('cat', alpha.file)).split('\n').slice(3).join('\n');
      const site = `[site]\nrelease = ${alpha.base}/web/current\nreleases = ${alpha.base}/releases\nuser = alpha\n`;
      await machine.write(alpha.file, `${site}${ini}`);
      await letDeploy(arena);
      await machine.run('runuser', '-u', 'dora', '--', 'ln', '-s', beta.base, `${alpha.base}/web`);
      const before = await machine.run('readlink', `${beta.base}/current`);
      const { status, stderr } = await asDora(arena, 'sudo -n php-zd deploy alpha /srv/alpha/releases/1');
      // The link is beta's by then, whose releases lie elsewhere.
      expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('Nothing was touched') });
      expect(await machine.run('readlink', `${beta.base}/current`)).toBe(before);
      await machine.run('rm', `${alpha.base}/web`);
      await alpha.writeIni(ini);
      await alpha.roll();
    },
  },
];

onOneArena('bookworm', 'deploy-user', attacks);
