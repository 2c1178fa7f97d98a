import { expect } from 'vitest';
import { awaitAnswer } from '../lab/machine.ts';
import { type Arena, type Attack, crashAlpha, onOneArena } from './arena.ts';

const FILE = '/srv/alpha/.env';
const INI = `environment_file = ${FILE}\n[php]\nini[variables_order] = EGPCS\n[pool]\npm.max_children = 4\n[drain]\ntimeout = 2s\n`;

/** The application writes its own environment file. */
const writeEnv = async ({ machine, alpha }: Arena, text: string): Promise<void> => {
  await machine.run('rm', '-rf', FILE);
  await machine.write(FILE, text);
  await machine.run('chown', `${alpha.user}:`, FILE);
};

/** A file that the loader of a process of root would have made, of whatever name. */
const rootsFiles = async ({ machine }: Arena): Promise<string> =>
  (await machine.ask('sh', '-c', 'ls /run/owned* /var/lib/php-zd/owned* /root/owned*')).stdout;

const SHOW = `<?php foreach (['PLAIN', 'EMPTY', 'QUOTES', 'DOLLAR', 'LINES', 'OWN', 'BOTH', 'PWD'] as $name)
  $seen[$name] = [getenv($name), $_ENV[$name] ?? null, $_SERVER[$name] ?? null];
echo json_encode($seen);`;

const attacks: readonly Attack[] = [
  {
    title: "what the application's .env says is PHP's and exec's, with every sign, and of no unit",
    act: async arena => {
      const { machine, alpha } = arena;
      await writeEnv(arena, `PLAIN=x y\nEMPTY=\nQUOTES='a "b" \\'\nDOLLAR=$2y$10$\nLINES="c\nd"\nBOTH=file\n`);
      await alpha.writeIni(`${INI}[env]\nOWN = it's\nBOTH = env\n`);
      await alpha.flip(await alpha.release({ 'public/index.php': SHOW }));
      await alpha.roll();
      const expected = { PLAIN: 'x y', EMPTY: '', QUOTES: 'a "b" \\', DOLLAR: '$2y$10$', LINES: 'c\nd' };
      const seen: Readonly<Record<string, readonly unknown[]>> = JSON.parse(
        await machine.run('curl', '-sS', '-f', alpha.url),
      );
      for (const [name, value] of Object.entries({ ...expected, OWN: "it's", BOTH: 'env' })) {
        expect([name, ...(seen[name] ?? [])]).toEqual([name, value, value, value]);
      }
      expect(seen['PWD']?.[0]).toBe(false);
      const inExec = await machine.run('php-zd', 'exec', 'alpha', '--', 'php', '-r', 'echo json_encode(getenv());');
      expect(JSON.parse(inExec)).toMatchObject({ ...expected, OWN: "it's", BOTH: 'env' });
      const units = await machine.run(
        'systemctl',
        'show',
        '--property=Environment,EnvironmentFiles',
        'php-zd-fpm-alpha@*',
      );
      expect(units).not.toContain(FILE);
      expect(units).not.toContain('2y');
      // For the roll that the next attack begins with.
      await alpha.flip(await alpha.release());
    },
  },
  {
    title: '.env says LD_DEBUG_OUTPUT: at a crash, at a stop and in a roll no process of root heeds it',
    act: async arena => {
      const { machine, alpha } = arena;
      await writeEnv(arena, 'APP=good\n');
      await alpha.roll();
      await writeEnv(arena, 'APP=good\nLD_DEBUG=files\nLD_DEBUG_OUTPUT=/run/owned\nLD_PRELOAD=/srv/alpha/evil.so\n');
      await crashAlpha(arena);
      await machine.run('systemctl', 'restart', 'php-zd-fpm-alpha@*');
      const refused = await alpha.reload();
      expect(refused.status).toBe(2);
      expect(refused.stderr).toContain(`${FILE}:2: sets 'LD_DEBUG'`);
      expect(await rootsFiles(arena)).toBe('');
      await writeEnv(arena, 'APP=good\n');
    },
  },
  {
    title:
      'what is secret in [env], .env and [php] is in no file, unit, command line, journal or word that others may read',
    act: async arena => {
      const { machine, alpha, beta } = arena;
      await writeEnv(arena, 'FROM_FILE=canary-file\n');
      await machine.run('chmod', '600', FILE);
      const ini = INI.replace('[php]\n', '[php]\nini[user_agent] = canary-ini\n');
      await alpha.writeIni(`${ini}[env]\nOWN = canary-env\n[health]\npath = /\ninterval = 100ms\ndeadline = 1s\n`);
      const said = [await machine.ask('php-zd', 'check', 'alpha')];
      expect(said[0]?.stderr).toContain(`chmod o-r ${alpha.file}`);
      // Brackets, so that the search does not find itself.
      const search = `grep -rlsI -D skip '[c]anary-' /etc /run /var/lib /var/log; grep -lsa '[c]anary-' /proc/[0-9]*/cmdline /proc/[0-9]*/environ`;
      const foundByBeta = async () => (await machine.ask('runuser', '-u', beta.user, '--', 'sh', '-c', search)).stdout;
      expect(await foundByBeta()).toBe(`${alpha.file}\n`);
      await machine.run('chmod', 'o-r', alpha.file);
      await alpha.flip(await alpha.release());
      said.push(await alpha.reload());
      await alpha.flip(await alpha.release({ 'public/index.php': '<?php {' }));
      said.push(await alpha.reload());
      expect(said.map(({ status }) => status)).toEqual([0, 0, 1]);
      for (const verb of ['plan', 'doctor', 'history', 'releases', 'logs'])
        said.push(await machine.ask('php-zd', verb, 'alpha'));
      said.push(await machine.ask('php-zd', 'status', 'alpha', '--json'));
      const command = machine.ask(
        'php-zd',
        'exec',
        'alpha',
        '--',
        'sh',
        '-c',
        ': >/tmp/up; while [ ! -e /tmp/seen ]; do sleep 0.1; done; echo $OWN $FROM_FILE',
      );
      await awaitAnswer('the command', async () => {
        const { status } = await machine.ask('test', '-e', '/var/lib/php-zd/alpha/tmp/alpha/up');
        return status === 0 ? true : undefined;
      });
      expect(await foundByBeta()).toBe('');
      const units =
        "systemctl show --all 'php-zd*' 'run-*' | grep '[c]anary-'; journalctl -b -o export | grep -a '[c]anary-'";
      expect((await machine.ask('sh', '-c', units)).stdout).toBe('');
      expect(JSON.stringify(said)).not.toContain('canary-');
      await machine.write('/var/lib/php-zd/alpha/tmp/alpha/seen', '');
      expect(await command).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(/^canary-env canary-file\r?\n$/),
      });
      await writeEnv(arena, 'APP=good\n');
      await alpha.writeIni(INI);
      await alpha.flip(await alpha.release());
    },
  },
  {
    title: '[env] cannot say it either',
    act: async ({ machine, alpha }) => {
      await alpha.writeIni(`${INI}[env]\nLD_PRELOAD = /srv/alpha/evil.so\n`);
      expect(await machine.ask('php-zd', 'check', 'alpha')).toMatchObject({
        status: 2,
        stderr: expect.stringContaining("[env] sets 'LD_PRELOAD'"),
      });
      await alpha.writeIni(INI);
    },
  },
  {
    title: ".env is a link to a secret of beta's: neither PHP nor a message nor the journal has it",
    act: async arena => {
      const { machine, alpha, beta } = arena;
      await machine.write('/srv/beta/secret', 'TOKEN=s3cret-of-beta\ns3cret-line\n', 0o600);
      await machine.run('chown', `${beta.user}:`, '/srv/beta/secret');
      await machine.run('ln', '-sfT', '/srv/beta/secret', FILE);
      await crashAlpha(arena);
      const said = [
        await alpha.reload(),
        await machine.ask('php-zd', 'check', 'alpha'),
        await machine.ask('php-zd', 'plan', 'alpha'),
      ];
      expect(said.map(({ status }) => status)).toEqual([2, 2, 2]);
      expect(said[0]?.stderr).toContain("cannot be read by the site's user 'alpha'");
      expect(await arena.inReplica('cat /proc/self/environ')).not.toContain('s3cret');
      expect(JSON.stringify(said)).not.toContain('s3cret');
      expect(await machine.run('journalctl', '--output=cat', '--boot')).not.toContain('s3cret-of-beta');
      await writeEnv(arena, 'APP=good\n');
    },
  },
  {
    title: '.env has no end, or is none: a roll is refused in time, and says why',
    act: async arena => {
      const { machine, alpha } = arena;
      await machine.run('sh', '-c', `rm -f ${FILE}; truncate -s 2G ${FILE}; chown alpha: ${FILE}`);
      // What hangs is ended by the machine.
      expect(await alpha.reload()).toMatchObject({
        status: 2,
        stderr: expect.stringContaining('is larger than 64 KiB'),
      });
      await machine.run('sh', '-c', `rm -f ${FILE}; mkfifo ${FILE}; chown alpha: ${FILE}`);
      expect((await alpha.reload()).status).toBe(2);
      await writeEnv(arena, 'APP=s3cret # x\n');
      const refused = await alpha.reload();
      expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining(`${FILE}:1: has ' #' in its value`) });
      expect(JSON.stringify(refused)).not.toContain('s3cret');
      await writeEnv(arena, 'APP=good\n');
    },
  },
  {
    title:
      'the file is gone: a crashed replica comes back as it was, and the advice for one that is not readable is good',
    act: async arena => {
      const { machine, alpha } = arena;
      await writeEnv(arena, 'APP=kept\n');
      await alpha.roll();
      await machine.run('rm', FILE);
      await crashAlpha(arena);
      expect(await arena.inReplica('echo $APP')).toBe('kept');
      await machine.run('systemctl', 'restart', 'php-zd@alpha');
      expect(await arena.inReplica('echo $APP')).toBe('kept');
      await machine.write(FILE, 'APP=root\n', 0o600);
      const refused = await alpha.reload();
      expect(refused.status).toBe(2);
      const [, group, mode] = /(chgrp \S+ \S+) and (chmod \d+ \S+),/.exec(refused.stderr) ?? [];
      await machine.run('sh', '-c', `${group} && ${mode}`);
      await alpha.roll();
      expect(await arena.inReplica('echo $APP')).toBe('root');
    },
  },
];

onOneArena('bookworm', 'environment', attacks);
