import { describe, expect, test } from 'vitest';
import { PhpZdError } from '../../src/base/errors.ts';
import { Exit } from '../../src/cli/context.ts';
import type { Room } from '../../src/ports/files.ts';
import { paths, release } from '../run/world.ts';
import { Typist } from './typist.ts';

const SOCKET = '/run/php-zd/shop/fastcgi.sock';

const findings = (out: string): readonly string[] => out.split('\n').filter(line => line.startsWith('! '));

describe("the link to the site's socket", () => {
  const atUnlinked = async (): Promise<Typist> => {
    const typist = await Typist.atStartedSite();
    await typist.world.files.remove(SOCKET);
    return typist;
  };

  test('is missed by status, and by doctor with what puts it back', async () => {
    const typist = await atUnlinked();
    const { exit, out } = await typist.type('status shop');
    expect({ exit, found: findings(out) }).toEqual({
      exit: Exit.notServing,
      found: [
        `! the web server does not find the site: ${SOCKET} is no link to its socket: put it right with "php-zd reload shop"`,
      ],
    });
    expect((await typist.type('doctor')).out).toContain(
      `problem (front-socket): shop: ${SOCKET}, where the web server looks for the site, is no link to ${paths.front}: every request gets 502.\n` +
        '    Fix: php-zd reload shop.\n',
    );
  });

  test.each(['reload shop', 'reload --if-changed shop'])('is put back by %s', async line => {
    const typist = await atUnlinked();
    expect((await typist.type(line)).exit).toBe(Exit.done);
    expect(await typist.world.files.readLink(SOCKET)).toBe(paths.front);
    expect((await typist.type('status shop')).exit).toBe(Exit.done);
  });
});

test.each(['a link to /dev/null', 'an empty file'])(
  'a replica that an administrator masked by %s is not unmasked: a roll is refused with what unmasks it',
  async by => {
    const typist = await Typist.atStartedSite();
    const unit = 'php-zd-fpm-shop@3.service';
    const file = `/etc/systemd/system/${unit}`;
    await (by === 'an empty file' ? typist.world.files.write(file, '') : typist.world.files.link(file, '/dev/null'));
    typist.world.systemd.add(unit, { isMasked: true });
    await typist.world.linkTo('42');
    const refused = {
      exit: Exit.failed,
      out: '',
      err: `php-zd: ${unit} is masked: unmask it with "systemctl unmask ${unit}".\nNothing was touched.\n`,
    };
    expect(await typist.type('reload shop')).toEqual(refused);
    expect(await typist.type(`deploy shop ${release('43')}`)).toEqual(refused);
    expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
    expect((await typist.world.files.readLink(file)) ?? (await typist.world.files.read(file))).toMatch(
      /^(\/dev\/null)?$/,
    );
  },
);

describe('a file system that is full', () => {
  const atFull = async (path: string, room: Room): Promise<Typist> => {
    const typist = await Typist.atStartedSite();
    typist.world.files.rooms.set(path, room);
    await typist.world.linkTo('42');
    return typist;
  };

  test.each([
    [
      '/var/lib/php-zd',
      { bytes: 2 ** 20, files: 60_000, isReadOnly: false },
      'the file system of /var/lib/php-zd has 1 MiB free, and a roll may need 4 MiB',
      'df /var/lib/php-zd',
      '; old releases, where they lie there too, go with "php-zd prune SITE --keep 5"',
    ],
    [
      '/run/php-zd',
      { bytes: 2 ** 30, files: 3, isReadOnly: false },
      'the file system of /run/php-zd has room for 3 more files (inodes), and a roll may need 64',
      'df -i /run/php-zd',
      '',
    ],
  ])('of %s keeps a roll from beginning, with status 6 (no-room)', async (path, room, words, look, more) => {
    const typist = await atFull(path, room);
    for (const line of ['reload shop', `deploy shop ${release('43')}`]) {
      expect(await typist.type(line)).toEqual({
        exit: Exit.refused,
        out: '',
        err:
          `php-zd: ${words}.\nMake room there, then type it again: "${look}" names the file system${more}.\n` +
          'Nothing was touched.\n',
      });
    }
    // Whoever looks before is told the same.
    for (const line of ['check shop', 'plan shop']) {
      const { exit, err } = await typist.type(line);
      expect({ exit, err }).toMatchObject({ exit: Exit.refused, err: expect.stringContaining(`${words}.\nMake room`) });
    }
    const found = `${words}, so a reload would be refused: php-zd doctor`;
    expect((await typist.type('status shop')).out).toContain(`! ${found}\n`);
    await typist.addBlog();
    expect((await typist.type('status')).out.split('\n').filter(line => line.includes(found))).toEqual([
      `! all sites: ${found}`,
    ]);
    expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
    // A roll that systemd was asked for itself.
    expect(await typist.world.roll()).toBe('refused');
    expect(typist.world.events).toContainEqual(
      expect.objectContaining({ kind: 'refused', error: expect.objectContaining({ code: 'no-room' }) }),
    );
  });

  test('that counts no inodes, and room that is just enough, let a roll begin', async () => {
    const typist = await atFull('/var/lib/php-zd', {
      bytes: 4 * 2 ** 20,
      files: Number.POSITIVE_INFINITY,
      isReadOnly: false,
    });
    expect((await typist.type('reload shop')).exit).toBe(Exit.done);
  });
});

test('an upgrade of PHP or of an extension is said by status and by doctor, with the roll that brings it', async () => {
  const typist = await Typist.atStartedSite();
  const { files, systemd } = typist.world;
  const { mainPid } = await systemd.unit('php-zd-fpm-shop@2.service');
  const maps = [
    '7f1200-7f1300 r-xp 00000000 08:01 1234                       /usr/lib/php/20220829/redis.so (deleted)',
    '7f1300-7f1400 r--p 00001000 08:01 1234                       /usr/lib/php/20220829/redis.so (deleted)',
    '7f1400-7f1500 rw-s 00000000 00:01 99                         /dev/zero (deleted)',
    '7f1500-7f1600 r-xp 00000000 08:01 1235                       /usr/lib/php/20220829/intl.so',
  ];
  await files.makeDirectory(`/proc/${mainPid}`);
  await files.write(`/proc/${mainPid}/maps`, maps.join('\n'));
  const { exit, out } = await typist.type('status shop');
  expect({ exit, found: findings(out) }).toEqual({
    exit: Exit.done,
    found: ['! PHP was upgraded since replica 2 was started: php-zd reload --outdated shop'],
  });
  expect((await typist.type('doctor')).out).toContain(
    'what the upgrade mended: /usr/lib/php/20220829/redis.so.\n    Fix: php-zd reload --outdated shop.\n',
  );
  await typist.type('reload shop');
  expect(findings((await typist.type('status shop')).out)).toEqual([]);
});

test('what came back from a boot and is not well is found by doctor, which asks it again', async () => {
  const typist = await Typist.atStartedSite();
  typist.world.health.set(release('41'), { status: 500 });
  expect((await typist.type('doctor')).out).toContain(
    'problem (health): shop: replica 1 answered /health with 500 (wanted 200): it serves, and a roll to it would fail.\n',
  );
});

test("a generation's secrets follow a group that was made anew, when the site is started", async () => {
  const typist = await Typist.atStartedSite();
  const { files } = typist.world;
  const config = `${paths.promoted}/php-fpm.conf`;
  const text = (await files.read(config)) ?? '';
  const real = `${paths.state}/${await files.readLink(paths.promoted)}/php-fpm.conf`;
  await files.write(real, text, { mode: 0o640, gid: 4711 });
  await typist.type('restart shop');
  expect((await files.rights(config))?.gid).toBe(typist.ports.host.group('shop')?.gid);
});

test('a drop-in of the replicas that was written or removed since they started is a change', async () => {
  const typist = await Typist.atStartedSite();
  const { files, commands } = typist.world;
  const unchanged = 'shop: nothing has changed.\n';
  expect((await typist.type('reload --if-changed shop')).err).toBe(unchanged);
  const directory = '/etc/systemd/system/php-zd-fpm-shop@.service.d';
  await files.makeDirectory(directory);
  await files.write(`${directory}/memory.conf`, '[Service]\nMemoryMax=1G\n');
  const stat = commands.programs.get('stat');
  const changedAt = Math.ceil(Date.now() / 1000) + 10;
  commands.programs.set('stat', run =>
    run.args[0] === '--format=%Z' ? `${changedAt - 100}\n${changedAt}\n` : (stat?.(run) ?? ''),
  );
  expect((await typist.type('reload --if-changed shop')).err).toContain('Rolled shop');
});

describe('a PHP that an upgrade has replaced', () => {
  const atUpgraded = async (): Promise<Typist> => {
    const typist = await Typist.atStartedSite();
    const { mainPid } = await typist.world.systemd.unit('php-zd-fpm-shop@1.service');
    const maps = '7f00-7f01 r-xp 00000000 08:01 42                 /usr/lib/php/20220829/intl.so (deleted)\n';
    await typist.world.files.makeDirectory(`/proc/${mainPid}`);
    await typist.world.files.write(`/proc/${mainPid}/maps`, maps);
    return typist;
  };

  test('is rolled away by reload --outdated, and the site is left alone from then on', async () => {
    const typist = await atUpgraded();
    expect(await typist.type('reload --outdated --all')).toMatchObject({ exit: Exit.done });
    expect(await typist.world.picture()).toEqual(['3: 41 UP', '4: 41 UP']);
    expect(await typist.type('reload --outdated --all')).toEqual({
      exit: Exit.done,
      out: '',
      err: 'shop: its replicas run the PHP that is installed.\n',
    });
    expect(await typist.world.picture()).toEqual(['3: 41 UP', '4: 41 UP']);
    await typist.type('stop shop');
    expect(await typist.type('reload --outdated shop')).toMatchObject({
      exit: Exit.done,
      err: 'shop is not started: no replica runs an older PHP than its next start will.\n',
    });
  });

  describe('is rolled away on the release and the site file that were promoted', () => {
    const SITE_FILE = '/etc/php-zd/sites/shop.ini';
    const promoted = (typist: Typist) => typist.world.files.readLink(paths.promoted);

    test.each([
      ['a release before its migrations', async (typist: Typist) => await typist.world.linkTo('42')],
      ['nothing', async (typist: Typist) => await typist.world.files.link('/srv/shop/current', '/srv/shop/none')],
    ])('where the link leads to %s', async (_, flip) => {
      const typist = await atUpgraded();
      const before = await promoted(typist);
      await flip(typist);
      expect(await typist.type('reload --outdated --all')).toMatchObject({ exit: Exit.done });
      expect(await typist.world.picture()).toEqual(['3: 41 UP', '4: 41 UP']);
      expect(await promoted(typist)).toBe(before);
      expect((await typist.type('history shop')).out).toMatch(/rolled/);
    });

    test.each([
      ['is half-edited', (text: string) => text.replace('user = ', 'uesr = ')],
      ['says something else', (text: string) => `${text}[pool]\npm.max_children = 3\n`],
    ])('where the file %s', async (_, edit) => {
      const typist = await atUpgraded();
      const before = await promoted(typist);
      const text = (await typist.world.files.read(SITE_FILE)) ?? '';
      expect(edit(text)).not.toBe(text);
      await typist.world.files.write(SITE_FILE, edit(text));
      expect(await typist.type('reload --outdated shop')).toMatchObject({ exit: Exit.done });
      expect(await typist.world.picture()).toEqual(['3: 41 UP', '4: 41 UP']);
      expect(await promoted(typist)).toBe(before);
    });

    test('and the next reload goes to what the link names', async () => {
      const typist = await atUpgraded();
      await typist.world.linkTo('42');
      expect(await typist.type('reload --outdated shop')).toMatchObject({ exit: Exit.done });
      await typist.world.systemd.reload('php-zd@shop.service');
      expect(await typist.world.picture()).toEqual(['1: 42 UP', '2: 42 UP']);
    });

    test('and so does the one after a reload whose job failed before its roll', async () => {
      const typist = await atUpgraded();
      const { systemd } = typist.world;
      const fails = async (unit: string) => {
        throw new PhpZdError('job-failed', { unit, job: 'reload', result: 'failed' });
      };
      const get = (of: typeof systemd, key: keyof typeof systemd) => {
        const value: unknown = key === 'reload' ? fails : of[key];
        return typeof value === 'function' ? value.bind(of) : value;
      };
      typist.ports = {
        ...typist.ports,
        systemd: new Proxy(systemd, { get: (of, key) => get(of, key as keyof typeof systemd) }),
      };
      expect(await typist.type('reload --outdated shop')).toMatchObject({ exit: Exit.failed });
      typist.ports = { ...typist.ports, systemd };
      await typist.world.linkTo('42');
      await systemd.reload('php-zd@shop.service');
      expect(await typist.world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
    });

    test('unless another directory is in the place of that release, of which nothing is touched', async () => {
      const typist = await atUpgraded();
      const { files } = typist.world;
      const id = (await promoted(typist))?.split('/').at(-1) ?? '';
      await files.write(`${paths.generation(id)}/identity`, '1 1\n');
      const { exit, err } = await typist.type('reload --outdated shop');
      expect({ exit, err }).toEqual({
        exit: Exit.invalid,
        err: expect.stringContaining('is no longer what was found fit'),
      });
      expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
    });
  });

  test('is a change beside those that --if-changed looks for, which alone does not', async () => {
    const typist = await atUpgraded();
    expect((await typist.type('reload --if-changed shop')).err).toBe('shop: nothing has changed.\n');
    expect((await typist.type('reload --if-changed --outdated shop')).exit).toBe(Exit.done);
    expect(await typist.world.picture()).toEqual(['3: 41 UP', '4: 41 UP']);
  });
});

describe('a standby that runs a PHP that an upgrade has replaced', () => {
  const atStandby = async (): Promise<Typist> => {
    const typist = await Typist.atStartedSite({ site: { standby: 'yes' } });
    await typist.world.linkTo('42');
    expect((await typist.type('reload shop')).exit).toBe(Exit.done);
    expect(await typist.world.picture()).toEqual(['2: 41 DRAIN', '3: 42 UP', '4: 42 UP']);
    const { files, systemd } = typist.world;
    const { mainPid } = await systemd.unit('php-zd-fpm-shop@2.service');
    await files.makeDirectory(`/proc/${mainPid}`);
    await files.write(`/proc/${mainPid}/maps`, '7f-80 r-xp 00 08:01 42 /usr/sbin/php-fpm8.2 (deleted)\n');
    return typist;
  };
  const upToDate = 'shop: its replicas run the PHP that is installed.\n';

  test('is started anew by the roll that is advised, once', async () => {
    const typist = await atStandby();
    expect((await typist.type('reload --outdated shop')).exit).toBe(Exit.done);
    const picture = await typist.world.picture();
    expect(picture.map(line => line.slice(3))).toEqual(expect.arrayContaining(['41 DRAIN', '42 UP', '42 UP']));
    expect((await typist.type('reload --outdated shop')).err).toBe(upToDate);
    expect(await typist.world.picture()).toEqual(picture);
  });

  test('and that is gone is ended by it', async () => {
    const typist = await atStandby();
    const { files } = typist.world;
    const id = (await files.readLink(paths.pin(2)))?.split('/').at(-1) ?? '';
    const meta = `${paths.generation(id)}/generation.json`;
    await files.write(meta, ((await files.read(meta)) ?? '').replace('/usr/sbin/php-fpm8.2', '/usr/gone/php-fpm8.1'));
    expect((await typist.type('reload --outdated shop')).exit).toBe(Exit.done);
    expect(await typist.world.picture()).toEqual(['1: 42 UP', '5: 42 UP']);
    expect((await typist.type('reload --outdated shop')).err).toBe(upToDate);
  });
});

describe('a PHP that was removed, and that replicas run all the same,', () => {
  const atGone = async (surge: number): Promise<Typist> => {
    const typist = await Typist.atStartedSite({ site: { surge } });
    const { files, systemd } = typist.world;
    for (const { mainPid } of await systemd.glance(['php-zd-fpm-shop@*.service'])) {
      await files.makeDirectory(`/proc/${mainPid}`);
      await files.write(`/proc/${mainPid}/maps`, '7f-80 r-xp 00 08:01 42 /usr/sbin/php-fpm8.2 (deleted)\n');
      await files.link(`/proc/${mainPid}/exe`, '/usr/sbin/php-fpm8.2 (deleted)');
    }
    const { host } = typist.ports;
    typist.ports = {
      ...typist.ports,
      host: {
        ...host,
        phpBinaries: () => [{ binary: '/usr/sbin/php-fpm8.4', version: '8.4' }],
        installable: () => [],
        isExecutable: path => path !== '/usr/sbin/php-fpm8.2' && host.isExecutable(path),
      },
    };
    return typist;
  };

  test('is told by status and doctor, also where the site file names it, and no command that would be refused', async () => {
    const typist = await atGone(1);
    const ends = 'runs, was removed';
    expect(findings((await typist.type('status shop')).out)).toEqual([
      `! PHP 8.2, which replica 1, 2 ${ends}, so one that crashes does not come back, nor does the site after a boot: ` +
        'have [php] of the site file say version = 8.4 instead, then php-zd reload shop',
      '! the site file has 1 problem, so a reload would be refused: php-zd check shop',
    ]);
    const { out } = await typist.type('doctor');
    expect(out).toContain(`problem (php-gone): PHP 8.2, which replica 1, 2 of shop ${ends}`);
    expect(out).toContain('Fix: have [php] of the site file say version = 8.4 instead, then php-zd reload shop.\n');
    expect(out).not.toContain('(php-upgraded)');
    expect(out).toContain('php-fpm 8.2 is not installed: write version = 8.4.\n');
  });

  test.each([
    [0, Exit.invalid, ['1: 41 UP', '2: 41 UP']],
    [1, Exit.done, ['3: 41 UP', '4: 41 UP']],
  ])(
    'is rolled away with surge = %i by nobody but by name, where no replica is left to go back to',
    async (surge, wanted, after) => {
      const typist = await atGone(surge);
      const { files } = typist.world;
      // As if it had been the only one, which no line named.
      const id = (await files.readLink(paths.promoted))?.split('/').at(-1) ?? '';
      for (const file of ['/etc/php-zd/sites/shop.ini', `${paths.generation(id)}/site.ini`])
        await files.write(file, ((await files.read(file)) ?? '').replace('[php]\nversion = 8.2\n', ''));
      expect(findings((await typist.type('status shop')).out)).toEqual([
        '! PHP 8.2, which replica 1, 2 runs, was removed, so one that crashes comes back with another one, unproven: php-zd reload shop',
      ]);
      const { exit, err } = await typist.type('reload --outdated shop');
      expect({ exit, picture: await typist.world.picture() }).toEqual({ exit: wanted, picture: after });
      if (surge > 0) return;
      expect(err).toContain(
        '/usr/sbin/php-fpm8.2 was removed, and with surge = 0 a roll that fails has no replica to go back to',
      );
      expect(await typist.type('reload shop')).toMatchObject({ exit: Exit.done });
    },
  );
});

describe('an extension of PHP', () => {
  const DIRECTORY = '/usr/lib/php/20220829';
  const CONF = '/etc/php/8.2/fpm/conf.d';
  /** A site whose replicas run with these extensions; what php.ini has PHP load, and what changed when. */
  const withExtensions = async (
    loaded: readonly string[],
    configured: readonly string[],
    changedAt: number,
    end = '',
  ) => {
    const typist = await Typist.atStartedSite();
    const { files, systemd, commands } = typist.world;
    const paths = ['/usr/sbin/php-fpm8.2', ...loaded.map(name => `${DIRECTORY}/${name}.so`)].map(path => path + end);
    for (const unit of await systemd.glance(['php-zd-fpm-shop@*.service'])) {
      await files.makeDirectory(`/proc/${unit.mainPid}`);
      const lines = paths.map(path => `7f00-7f01 r-xp 00000000 08:01 42                 ${path}\n`);
      await files.write(`/proc/${unit.mainPid}/maps`, lines.join(''));
    }
    const { host } = typist.ports;
    const phpIniFiles = () => configured.map(name => ({ file: `${CONF}/20-${name}.ini`, text: `extension=${name}\n` }));
    const isFile = (path: string) => path.startsWith(DIRECTORY) || host.isFile(path);
    typist.ports = { ...typist.ports, host: { ...host, phpIniFiles, isFile, phpExtensions: () => DIRECTORY } };
    const stat = commands.programs.get('stat');
    commands.programs.set('stat', run =>
      run.args.includes(CONF) ? `${Math.floor(changedAt / 1000)}\n` : (stat?.(run) ?? ''),
    );
    return typist;
  };
  const upToDate = 'shop: its replicas run the PHP that is installed.\n';

  test('that was installed since the replicas were started is told by doctor, and rolled to by reload --outdated', async () => {
    const typist = await withExtensions(['intl'], ['intl', 'apcu'], Date.now() + 10_000);
    expect((await typist.type('doctor')).out).toContain(
      "shop: PHP's extensions were changed while replicas run: apcu is not loaded.\n    Fix: php-zd reload --outdated shop.\n",
    );
    expect(await typist.type('reload --outdated shop')).toMatchObject({ exit: Exit.done });
    expect(await typist.world.picture()).toEqual(['3: 41 UP', '4: 41 UP']);
  });

  test('that was installed while the replicas have none, as where dpkg had only unpacked PHP, is rolled to as well', async () => {
    const typist = await withExtensions([], ['intl', 'pdo'], Date.now() + 10_000);
    expect((await typist.type('doctor')).out).toContain('intl is not loaded, pdo is not loaded');
    expect(await typist.type('reload --outdated shop')).toMatchObject({ exit: Exit.done });
    expect(await typist.world.picture()).toEqual(['3: 41 UP', '4: 41 UP']);
  });

  test('that was removed is rolled away', async () => {
    const typist = await withExtensions(['intl', 'apcu'], ['intl'], Date.now() + 10_000);
    expect((await typist.type('doctor')).out).toContain('apcu is loaded still');
    expect(await typist.type('reload --outdated shop')).toMatchObject({ exit: Exit.done });
    expect(await typist.world.picture()).toEqual(['3: 41 UP', '4: 41 UP']);
  });

  test('that PHP-FPM did not come to load since it was installed has nobody roll again and again', async () => {
    const typist = await withExtensions(['intl'], ['intl', 'broken'], 0);
    expect((await typist.type('reload --outdated shop')).err).toBe(upToDate);
  });

  test('that the replicas have and PHP-FPM no longer comes to load keeps a roll from its first step, also one to the same release', async () => {
    const typist = await withExtensions(['intl'], ['intl'], 0, ' (deleted)');
    const { files, systemd, commands } = typist.world;
    const map = async () => {
      for (const { mainPid } of await systemd.glance(['php-zd-fpm-shop@*.service'])) {
        await files.makeDirectory(`/proc/${mainPid}`);
        await files.write(`/proc/${mainPid}/maps`, `7f-80 r-xp 00 08:01 42 ${DIRECTORY}/intl.so (deleted)\n`);
      }
    };
    expect((await typist.type('reload shop')).exit).toBe(Exit.done);
    await map();
    const said = "PHP Warning:  PHP Startup: Unable to load dynamic library 'intl' (tried: x) in Unknown on line 0\n";
    commands.programs.set('/usr/sbin/php-fpm8.2', () => said);
    // Nothing of the host's has changed since it was found good.
    expect((await typist.type('reload shop')).exit).toBe(Exit.done);
    await map();
    expect((await typist.type('doctor')).out).not.toContain('(php-start)');
    const before = await typist.world.picture();
    await files.makeDirectory(DIRECTORY);
    await files.write(`${DIRECTORY}/apcu.so`, '');
    const { exit, err } = await typist.type('reload shop');
    expect(exit).toBe(Exit.invalid);
    expect(err).toContain(
      `the configuration of 'shop' has problems: ${CONF}/20-intl.ini:1: PHP cannot load the extension 'intl', which the replicas that run have`,
    );
    expect(await typist.world.picture()).toEqual(before);
    expect((await typist.type('doctor')).out).toContain(
      `problem (php-start): PHP-FPM would start without what the host's php.ini says, and no roll of shop goes through: ${CONF}/20-intl.ini:1: PHP cannot load the extension 'intl'`,
    );
    commands.programs.set('/usr/sbin/php-fpm8.2', () => '');
    expect((await typist.type('doctor')).out).not.toContain('(php-start)');
  });

  describe('that another PHP has not, to which an upgrade would have the replicas rolled,', () => {
    const LACKS = 'PHP 8.2 lacks mbstring, mysqli, which the replicas that run have';
    /** Replicas that run PHP 8.1, which is gone, on a site that says 8.2. */
    const upgraded = async (configured: readonly string[]) => {
      const typist = await withExtensions(['intl', 'json', 'mbstring', 'mysqli'], configured, 0, ' (deleted)');
      const { files, systemd, commands } = typist.world;
      for (const { mainPid } of await systemd.glance(['php-zd-fpm-shop@*.service'])) {
        const path = `/proc/${mainPid}/maps`;
        await files.write(path, ((await files.read(path)) ?? '').replace('php-fpm8.2', 'php-fpm8.1'));
      }
      commands.programs.set('/usr/sbin/php-fpm8.2', ({ args }) => (args[1] === '-m' ? '[PHP Modules]\njson\n' : ''));
      return typist;
    };

    test('keeps a roll that nobody asked for by name from its first step, and status and doctor say what to install', async () => {
      const typist = await upgraded(['intl']);
      const before = await typist.world.picture();
      const { exit, err } = await typist.type('reload --outdated --all');
      expect(exit).toBe(Exit.invalid);
      expect(err).toContain(`${LACKS}: "apt install php8.2-mbstring php8.2-mysql", then "php-zd reload shop"`);
      await typist.world.files.write(paths.asPromoted, '');
      await typist.world.systemd.reload('php-zd@shop.service').catch(() => undefined);
      expect(await typist.world.picture()).toEqual(before);
      const line = `! ${LACKS}: apt install php8.2-mbstring php8.2-mysql, then php-zd reload shop`;
      expect(findings((await typist.type('status shop')).out)).toEqual([line]);
      const { out } = await typist.type('doctor');
      expect(out).toContain(
        'problem (php-lost): shop: PHP 8.2, which an upgrade has brought, lacks mbstring, mysqli, which',
      );
      expect(out).toContain('    Fix: apt install php8.2-mbstring php8.2-mysql, then php-zd reload shop.\n');
      expect(out).not.toContain('(php-upgraded)');
    });

    test('is warned of by a reload that somebody types, which goes on', async () => {
      const typist = await upgraded(['intl']);
      const { exit, err } = await typist.type('reload shop');
      expect(exit).toBe(Exit.done);
      expect(err).toContain(LACKS);
      expect(await typist.world.picture()).toEqual(['3: 41 UP', '4: 41 UP']);
    });

    test('is nothing once it is to be loaded', async () => {
      const typist = await upgraded(['intl', 'mbstring', 'mysqli']);
      expect(findings((await typist.type('status shop')).out)).toEqual([
        '! PHP was upgraded since replica 1, 2 was started: php-zd reload --outdated shop',
      ]);
      expect((await typist.type('reload --outdated shop')).exit).toBe(Exit.done);
      expect(await typist.world.picture()).toEqual(['3: 41 UP', '4: 41 UP']);
    });
  });

  test('that an upgrade has replaced is told as that alone', async () => {
    const typist = await withExtensions(['intl', 'apcu'], ['intl', 'apcu'], Date.now() + 10_000, ' (deleted)');
    const { out } = await typist.type('doctor');
    expect(out).toContain('replicas run what an upgrade has replaced');
    expect(out).not.toContain('php-extensions');
    const newer = await withExtensions(['intl'], ['intl', 'apcu'], Date.now() + 10_000, ' (deleted)');
    expect((await newer.type('doctor')).out).toContain('apcu is not loaded');
  });

  test('that is as the replicas have it is no change', async () => {
    const typist = await withExtensions(['intl'], ['intl'], Date.now() + 10_000);
    expect((await typist.type('reload --outdated shop')).err).toBe(upToDate);
  });
});
