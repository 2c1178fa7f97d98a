import { describe, expect, test } from 'vitest';
import { describeCommandLine } from '../../packaging/command-line.ts';
import type { Result } from '../lab/machine.ts';
import { askOffers, SHELLS } from '../lab/offers.ts';
import { onOneSuite } from '../scene/scene.ts';

/** The rule for polkit as it is installed: off, for the group deploy and the site shop. */
const RULE = '/usr/share/doc/php-zd/examples/50-php-zd.rules';

const verbs = describeCommandLine().verbs.map(({ name }) => name);

onOneSuite('bookworm', 'operator', {}, scene => {
  test('journalctl -x says what a message means, and which site it is about', async () => {
    const { machine, site } = scene();
    const explained = await machine.run('journalctl', '-x', '--no-pager', 'PHP_ZD_EVENT=started');
    expect(explained).toContain('Subject: shop was started\n');
    expect(explained).toContain(`It serves ${site.directory('1')}. When fewer replicas serve than should, or nobody\n`);
    expect(explained).toContain('"php-zd status shop" says why and what to do.');
  });

  test('each verb has a page, which help opens', async () => {
    const { machine } = scene();
    expect(await machine.run('php-zd', 'help', 'reload')).toMatch(/^PHP-ZD-RELOAD\(8\)/);
    const pages = await machine.run('man', '--where', ...verbs.map(verb => `php-zd-${verb}`));
    expect(pages.trim().split('\n')).toHaveLength(verbs.length);
  });

  /** As cron(8) and su(1) without "-" give it, with a directory of the caller's before it that has programs of root's names. */
  const POOR = 'env -i PATH=/srv/mine:/usr/bin:/bin PERL5OPT=-MNoSuch SYSTEMD_LOG_LEVEL=debug SYSTEMD_OFFLINE=1 php-zd';

  test('root is served alike by a PATH without sbin, and by words for Perl and systemd, and nothing in a directory of that is run', async () => {
    const { machine, site } = scene();
    await machine.run('install', '-d', '/srv/mine');
    const mine = '#!/bin/sh\ntouch /srv/mine/was-run\nexit 1\n';
    for (const program of [
      'haproxy',
      'nginx',
      'systemctl',
      'systemd-run',
      'journalctl',
      'find',
      'stat',
      'getent',
      'perl',
      'env',
      'node',
    ])
      await machine.write(`/srv/mine/${program}`, mine);
    await machine.run('sh', '-c', 'chmod 755 /srv/mine/*; cp /etc/php-zd/sites/shop.ini /srv/shop.ini');
    const next = site.directory(await site.release());
    const verbs = [
      ...[
        'check shop',
        'plan shop',
        'reload shop',
        'status shop',
        'list',
        'history shop',
        'releases shop',
        'snippet shop nginx',
      ],
      ...[`deploy shop ${next}`, 'rollback shop', 'exec shop -- true', 'drill shop', 'prune shop --keep 5 --dry-run'],
      ...['logs shop', 'reset-opcache shop', 'reload --outdated --all'],
    ];
    for (const verb of verbs) {
      expect({ verb, ...(await machine.ask('sh', '-c', `${POOR} ${verb} >/dev/null`)) }).toMatchObject({
        verb,
        status: 0,
      });
    }
    const doctor = await machine.ask('sh', '-c', `${POOR} doctor shop`);
    expect(doctor.stdout).not.toContain('not checked');
    expect(await machine.run('ls', '-A', '/srv/mine')).not.toContain('was-run');
  });

  test('nothing rests on the working directory, which may be gone, or on TMPDIR', async () => {
    const { machine, site } = scene();
    const gone = 'mkdir /srv/gone; cd /srv/gone; rmdir /srv/gone; TMPDIR=/nonexistent php-zd';
    expect(await machine.ask('sh', '-c', `${gone} check ${site.name}`)).toMatchObject({ status: 0 });
  });

  test('a program that is missing is told as that, and the site file is not said to be wrong', async () => {
    const { machine } = scene();
    await machine.run('mv', '/usr/sbin/haproxy', '/usr/sbin/haproxy.away');
    const checked = await machine.ask('php-zd', 'check', 'shop');
    await machine.run('mv', '/usr/sbin/haproxy.away', '/usr/sbin/haproxy');
    expect(checked.stderr).toContain('haproxy is not installed: install it with "apt install haproxy"');
    expect(checked.status).toBe(1);
  });

  test('the pages are what mdoc(7) wants', async () => {
    const { machine } = scene();
    const pages = 'mandoc -Tlint -Wwarning /usr/share/man/man*/php-zd*';
    expect(await machine.ask('sh', '-c', pages)).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  describe.each(SHELLS)('%s offers', shell => {
    const offers = (...lines: readonly string[]) => askOffers(scene().machine, shell, lines);

    test('the verbs, and the options of one', async () => {
      const [all = [], begun = [], options = []] = await offers('php-zd ', 'php-zd re', 'php-zd status --');
      expect(all).toEqual(expect.arrayContaining(verbs));
      expect([...begun].sort()).toEqual(verbs.filter(verb => verb.startsWith('re')).sort());
      expect(options).toEqual(expect.arrayContaining(['--json', '--replica', '--help']));
    });

    test('sites, replicas, and the words that may stand there', async () => {
      const { machine, site } = scene();
      await machine.write('/etc/php-zd/sites/blog.ini', '');
      const replicas = (await site.status()).replicas.map(({ slot }) => String(slot));
      const [sites, ofShop, words] = await offers(
        'php-zd plan ',
        'php-zd stop shop --replica ',
        'php-zd snippet shop ',
      );
      await machine.run('rm', '/etc/php-zd/sites/blog.ini');
      expect(sites).toEqual(['blog', 'shop']);
      expect(ofShop).toEqual(replicas);
      expect(words).toEqual(expect.arrayContaining(['nginx', 'apache', 'caddy', 'haproxy']));
    });

    test('the files that an option takes', async () => {
      const { machine } = scene();
      await machine.run('mkdir', '-p', '/srv/pages');
      await machine.write('/srv/pages/sorry.html', '');
      const [pages = []] = await offers('php-zd maintenance shop on --page /srv/pages/');
      await machine.run('rm', '-r', '/srv/pages');
      expect(pages.map(path => path.replace(/.*\//, ''))).toEqual(['sorry.html']);
    });

    test('the releases that could be deployed, and not where they are mounted', async () => {
      const { machine, site } = scene();
      await machine.run('mkdir', '-p', site.directory('7'));
      const [releases] = await offers(`php-zd deploy shop ${site.base}/releases/`);
      await machine.run('rmdir', site.directory('7'));
      const plain = (releases ?? []).map(path => path.replace(/\/$/, ''));
      expect(plain).toEqual(expect.arrayContaining([site.directory('1'), site.directory('7')]));
      expect(plain).not.toContain(site.directory('.shop.live'));
    });
  });

  describe('polkit', () => {
    const as = (user: string, ...command: readonly string[]): Promise<Result> =>
      scene().machine.ask('runuser', '--user', user, '--', ...command);

    const expectDenied = (result: Result) =>
      expect(result).toEqual({
        status: 1,
        stdout: '',
        stderr: expect.stringMatching(/authentication required|denied/i),
      });

    test('lets nobody but root reload before its rule is switched on', async () => {
      const { machine } = scene();
      await machine.run('groupadd', 'deploy');
      await machine.run('useradd', '--groups', 'deploy', 'dora');
      await machine.run('useradd', 'victor');
      const words = 'run it as root, or let polkit allow it (see RIGHTS in "man php-zd")';
      expect(await as('dora', 'php-zd', 'reload', 'shop')).toEqual({
        status: 1,
        stdout: '',
        stderr: `php-zd: access denied to php-zd@shop.service: ${words}.\n`,
      });
    });

    test('lets a member of the group roll the site, by php-zd and by systemctl, once it is', async () => {
      const { machine, site, journal } = scene();
      const mark = journal.mark();
      await machine.run('sh', '-c', `cp ${RULE} /etc/rule && mv /etc/rule /etc/polkit-1/rules.d/50-php-zd.rules`);
      await journal.await({ SYSLOG_IDENTIFIER: 'polkitd', MESSAGE: /^Finished loading/ }, mark);
      await machine.run('chown', 'dora', site.base);
      const next = await site.release();
      expect(await as('dora', 'php-zd', 'deploy', 'shop', site.directory(next))).toMatchObject({ status: 0 });
      expect(await site.promoted()).toBe(next);
      expect(await as('dora', 'php-zd', 'reload', '--no-block', 'shop')).toMatchObject({ status: 0 });
      expect(await as('dora', 'systemctl', 'reload', '--no-block', 'php-zd@shop')).toMatchObject({ status: 0 });
      // Any user can write into the journal that he asked: the history believes root, and whom root let by sudo.
      expect(await machine.run('php-zd', 'history', 'shop')).not.toContain('dora');
    });

    test('asks no job mode of that member, as the rule itself says: it is no way in for people one does not trust', async () => {
      for (const mode of ['flush', 'replace-irreversibly']) {
        const line = ['systemctl', 'reload', '--no-block', `--job-mode=${mode}`, 'php-zd@shop'];
        expect(await as('dora', ...line)).toMatchObject({ status: 0 });
      }
      expect((await scene().machine.ask('systemctl', 'stop', 'php-zd@shop')).stderr).toContain('destructive');
      expect(await as('dora', 'systemctl', 'reload', 'php-zd@shop')).toMatchObject({ status: 0 });
    });

    test.each([
      ['another site', 'reload', 'php-zd@blog'],
      ['a stop', 'stop', 'php-zd@shop'],
      ['a start', 'start', 'php-zd@shop'],
      ['a restart', 'restart', 'php-zd@shop'],
      ['a replica', 'restart', 'php-zd-fpm-shop@1'],
      ['HAProxy', 'reload', 'php-zd-haproxy'],
      ['another unit', 'reload', 'nginx'],
    ])('lets that member do nothing else: %s', async (_, verb, unit) => {
      expectDenied(await as('dora', 'systemctl', verb, unit));
    });

    test('lets who is no member do nothing', async () => {
      expectDenied(await as('victor', 'systemctl', 'reload', 'php-zd@shop'));
      expect(await as('victor', 'php-zd', 'reload', 'shop')).toMatchObject({ status: 1, stdout: '' });
    });
  });
});
