import { describe, expect, test } from 'vitest';
import { describeCommandLine } from '../../packaging/command-line.ts';
import { askOffers, SHELLS } from '../lab/offers.ts';
import { onOneSuite } from './scene.ts';

const verbs = describeCommandLine().verbs.map(({ name }) => name);

onOneSuite('bookworm', 'manual', {}, scene => {
  test('journalctl -x says what a message means, and which site it is about', async () => {
    const { machine, site } = scene();
    expect(await site.reload()).toMatchObject({ status: 0 });
    const explained = await machine.run('journalctl', '-x', '--no-pager', 'PHP_ZD_EVENT=roll-done');
    expect(explained).toContain('Subject: shop was rolled\n');
    expect(explained).toContain(`Every replica serves ${site.directory('1')}, and the site comes back on it after a\n`);
    expect(explained).toContain('The way back is "php-zd rollback shop".');
  });

  test('each verb has a page, which help opens', async () => {
    const { machine } = scene();
    expect(await machine.run('php-zd', 'help', 'reload')).toMatch(/^PHP-ZD-RELOAD\(8\)/);
    const pages = await machine.run('man', '--where', ...verbs.map(verb => `php-zd-${verb}`));
    expect(pages.trim().split('\n')).toHaveLength(verbs.length);
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

    test('the releases that could be deployed, and not where they are mounted', async () => {
      const { machine, site } = scene();
      await machine.run('mkdir', '-p', site.directory('7'));
      const [releases] = await offers(`php-zd deploy shop ${site.base}/releases/`);
      await machine.run('rmdir', site.directory('7'));
      const plain = (releases ?? []).map(path => path.replace(/\/$/, ''));
      expect(plain).toEqual(expect.arrayContaining([site.directory('1'), site.directory('7')]));
      expect(plain).not.toContain(site.directory('shop.live'));
    });
  });
});
