import { expect, test } from 'vitest';
import { expectServing } from '../scene/expect.ts';
import { onOneSuite } from '../scene/scene.ts';

const NOTHING = 'Nothing was touched.\n';
const UNKNOWN = `php-zd: there is no site 'shoop': /etc/php-zd/sites/shoop.ini does not exist.
See those that are there with "php-zd list", or write it with "php-zd init shoop".
`;

/** One table of exit statuses for all verbs, each with all that an operator reads: php-zd(8), EXIT STATUS. */
onOneSuite('bookworm', 'exits', {}, scene => {
  test('0: done, or nothing to do', async () => {
    expect(await ask('reload', '--if-changed', 'shop')).toEqual(said(0, 'shop: nothing has changed.\n'));
    expect(await ask('start', 'shop')).toEqual(
      said(0, 'shop is started already. Put right what is not with "php-zd reload shop".\n'),
    );
  });

  test('1: it failed, with what to type next', async () => {
    await withMasked(async () => {
      expect(await ask('reload', 'shop')).toEqual(
        said(1, 'php-zd: php-zd@shop.service is masked: unmask it with "systemctl unmask php-zd@shop.service".\n'),
      );
    });
    await withReadOnly('/var/lib/php-zd/shop', async () => {
      expect(await ask('maintenance', 'shop', 'on')).toEqual(
        said(
          1,
          'php-zd: /var/lib/php-zd/shop/maintenance: its file system is read-only.\n' +
            '"findmnt -T /var/lib/php-zd/shop" names the file system, and "journalctl -k" why it is so; then type it again.\n',
        ),
      );
    });
  });

  test('1: without D-Bus root goes by systemd itself, and without both every verb that needs systemd says so, and who serves', async () => {
    const { machine } = scene();
    const [bus, own] = ['/run/dbus/system_bus_socket', '/run/systemd/private'];
    await machine.run('mv', bus, `${bus}.away`);
    try {
      expect(await ask('status', 'shop')).toMatchObject({ status: 0, stderr: '' });
      await machine.run('mv', own, `${own}.away`);
      for (const verb of ['status', 'reload', 'follow', 'drain']) {
        const args = verb === 'drain' ? ['shop', '1'] : ['shop'];
        expect(await ask(verb, ...args)).toEqual(
          said(
            1,
            'php-zd: systemd cannot be reached over D-Bus (ENOENT).\nWhat serves goes on serving. See "systemctl status dbus".\n' +
              (verb === 'reload' ? 'Nothing was touched.\n' : ''),
          ),
        );
      }
      expect((await ask('status', '--json')).stdout).toBe('[]\n');
    } finally {
      await machine.run(
        'sh',
        '-c',
        `for socket in ${bus} ${own}; do [ ! -e $socket.away ] || mv $socket.away $socket; done`,
      );
    }
  });

  test('2: bad usage', async () => {
    expect(await ask('deploy', 'shop')).toEqual(
      said(
        2,
        `php-zd: missing required argument 'DIR'.\nUsage: php-zd deploy [options] <SITE> <DIR>\nSee "php-zd deploy --help".\n`,
      ),
    );
  });

  test('2: a bad site file, with file and line', async () => {
    const { site } = scene();
    await site.writeIni('repicas = 3\n');
    expect(await ask('reload', 'shop')).toEqual(
      said(2, `${site.file}:4: unknown key 'repicas' in [site]; did you mean 'replicas'?\n${NOTHING}`),
    );
    await site.writeIni('[pool]\npm.max_children = 4\n[health]\npath = /health\ninterval = 100ms\ndeadline = 3s\n');
  });

  test('2: what is no release, and no page', async () => {
    expect(await ask('deploy', 'shop', '/etc/passwd')).toEqual(
      said(
        2,
        `php-zd: the release /etc/passwd is no directory.\nName a directory that is there: "php-zd releases" shows those of each site, and "php-zd deploy SITE DIR" goes to one.\n${NOTHING}`,
      ),
    );
    expect(await ask('maintenance', '--page', '/etc', 'shop', 'on')).toEqual(
      said(
        2,
        `php-zd: /etc cannot be the page: it is a directory.\nName another after --page, or leave it out for a page of php-zd's.\n`,
      ),
    );
  });

  test('3: not fully serving', async () => {
    await ask('maintenance', 'shop', 'on');
    const { status, stdout, stderr } = await ask('status', 'shop');
    await ask('maintenance', 'shop', 'off');
    expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
    expect(stdout).toMatch(/^! in maintenance since [\d-]+ [\d:]+: php-zd maintenance shop off$/m);
  });

  test('4: no such site, whatever the verb; of several sites the worst status counts', async () => {
    for (const verb of ['status', 'follow', 'logs', 'hold']) {
      expect({ verb, ...(await ask(verb, 'shoop')) }).toEqual({ verb, ...said(4, UNKNOWN) });
    }
    for (const verb of ['status', 'drill', 'releases']) {
      expect({ verb, ...(await ask(verb, '--json', 'shoop')) }).toEqual({ verb, ...said(4, UNKNOWN, '[]\n') });
    }
    const { status, stdout, stderr } = await ask('check', 'shoop', 'shop');
    expect({ status, stderr }).toEqual({ status: 4, stderr: UNKNOWN });
    expect(stdout).toMatch(/^shop: ok, a reload would roll to .*\n$/);
  });

  test('5: a roll failed, and not every replica could be put right', async () => {
    const { site } = scene();
    const old = await site.promoted();
    await withReadOnly('/run/php-zd/shop/serving', async () => {
      const { status, stderr } = await ask('reload', 'shop');
      expect(status).toBe(5);
      expect(stderr.slice(stderr.indexOf('php-zd: ')).replace(/serving\/\d/, 'serving/N')).toBe(
        `php-zd: roll of 'shop' to ${site.directory(old)} failed: /run/php-zd/shop/serving/N: its file system is read-only.\n` +
          'Not every replica could be put right: a person must look.\n' +
          '"findmnt -T /run/php-zd/shop/serving" names the file system, and "journalctl -k" why it is so; then type it again.\n' +
          'See "journalctl -eu php-zd@shop.service", "php-zd status shop" or "php-zd doctor shop".\n',
      );
    });
    expect((await ask('reload', 'shop')).status).toBe(0);
    await expectServing(site, old);
  });

  test('6: refused for now', async () => {
    const { site } = scene();
    const [one = 0, other = 0] = (await site.status()).replicas.map(({ slot }) => slot);
    expect(await ask('restart', '--replica', '9', 'shop')).toEqual(
      said(6, `php-zd: replica 9 of shop is not there; these are: ${one}, ${other}.\nSee "php-zd status shop".\n`),
    );
    expect((await ask('drain', 'shop', String(one))).status).toBe(0);
    expect(await ask('drain', 'shop', String(other))).toEqual(
      said(
        6,
        `php-zd: replica ${other} of shop goes on serving: 0 others would serve, 1 must. See "php-zd status shop", or insist with --force.\n`,
      ),
    );
    expect((await ask('ready', 'shop', String(one))).status).toBe(0);
  });

  test('a record that was cut off is no reason for a stack trace', async () => {
    const { machine, site } = scene();
    const state = '/var/lib/php-zd/shop';
    await machine.write(`${state}/roll.json`, '{"id":"x","sta');
    const generation = (await machine.run('readlink', '-f', `${state}/promoted`)).trim();
    await machine.write(`${generation}/generation.json`, '{"rel');
    expect(await ask('status', 'shop')).toMatchObject({ status: 3, stderr: '' });
    expect((await ask('reload', 'shop')).status).toBe(0);
    await expectServing(site, '1');
  });

  test('a reader that goes away ends nothing, and --watch quietly', async () => {
    const { machine } = scene();
    const piped = (command: string) => machine.ask('bash', '-c', `set -o pipefail; ${command} | head -c 1 >/dev/null`);
    expect(await piped('php-zd status shop')).toEqual(said(0, ''));
    expect(await piped('php-zd status shop --interval 0.1')).toEqual(said(0, ''));
  });

  test('6: what only a started site can do', async () => {
    const { machine } = scene();
    await machine.run('php-zd', 'stop', 'shop');
    for (const verb of ['reload', 'hold']) {
      expect(await ask(verb, 'shop')).toEqual(
        said(6, `php-zd: 'shop' is not started: start it with "php-zd start shop" first.\n`),
      );
    }
  });

  test('a rename that was broken off goes on when it is typed again', async () => {
    const { machine } = scene();
    await machine.run('php-zd', 'stop', 'shop');
    await machine.write('/var/lib/php-zd/shop/sessions/sess_1', 'a|i:1;');
    await machine.write('/var/lib/php-zd/shop/home/kept', '');
    // The first mv(1), of the site's file, is done; the second fails, and so does the third, with php-zd killed.
    const mv =
      'echo >>/run/moves; n=$(wc -l </run/moves); [ $n = 3 ] && kill -KILL $PPID; [ $n = 2 ] && { echo "mv: no" >&2; exit 1; }';
    await machine.write('/usr/local/bin/mv', `#!/bin/sh\n${mv}; exec /usr/bin/mv "$@"\n`, 0o755);
    const rename = ['php-zd', 'rename', 'shop', 'store'] as const;
    expect(await machine.ask(...rename)).toEqual(
      said(
        1,
        `php-zd: the rename of 'shop' to 'store' broke off: mv: no.\nNothing is lost, and nothing is to be removed: mend that, then go on with "php-zd rename shop store".\n`,
      ),
    );
    expect((await machine.ask(...rename)).status).not.toBe(0);
    await machine.run('rm', '/usr/local/bin/mv');
    const { findings } = JSON.parse((await machine.ask('php-zd', 'doctor', '--json')).stdout);
    const leftovers = findings.filter(({ check }: { check: string }) => check === 'leftovers');
    expect(leftovers).toMatchObject([{ fix: 'php-zd rename shop store' }]);
    expect((await machine.ask('bash', '-c', leftovers[0].fix)).status).toBe(0);
    expect(await machine.run('sh', '-c', 'cd /var/lib/php-zd/store; ls home sessions')).toMatch(
      /^kept$[\s\S]{1,200}^sess_1$/m,
    );
    expect(await machine.run('sh', '-c', 'ls /etc/php-zd/sites; ls -d /var/lib/php-zd/s*')).toBe(
      'store.ini\n/var/lib/php-zd/store\n',
    );
    await machine.run('systemctl', 'start', 'php-zd@store');
  });

  const ask = (...args: readonly string[]) => scene().machine.ask('php-zd', ...args);

  const said = (status: number, stderr: string, stdout = '') => ({ status, stdout, stderr });

  const withMasked = async (work: () => Promise<void>) => {
    const { machine } = scene();
    await machine.run('systemctl', 'mask', '--runtime', '--quiet', 'php-zd@shop');
    await work().finally(() => machine.run('systemctl', 'unmask', '--runtime', '--quiet', 'php-zd@shop'));
  };

  const withReadOnly = async (path: string, work: () => Promise<void>) => {
    const { machine } = scene();
    await machine.run('mount', '--bind', '-o', 'ro', path, path);
    await work().finally(() => machine.run('umount', path));
  };
});
