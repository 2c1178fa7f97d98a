import { describe, expect, test } from 'vitest';
import { Exit } from '../../src/cli/context.ts';
import { Typist } from './typist.ts';

describe('a snippet', () => {
  test.each([
    ['nginx', 'fastcgi_pass unix:/run/php-zd/shop/fastcgi.sock;'],
    ['apache', 'unix:/run/php-zd/shop/fastcgi.sock'],
    ['caddy', 'unix//run/php-zd/shop/fastcgi.sock'],
    ['haproxy', '/run/php-zd/shop/fastcgi.sock'],
  ])("for %s passes requests to the site's socket", async (server, line) => {
    const { exit, out, err } = await (await Typist.atNewSite()).type(`snippet shop ${server}`);
    expect({ exit, err }).toEqual({ exit: Exit.done, err: '' });
    expect(out).toContain(line);
  });

  test.each([
    ['nginx', true],
    ['apache', true],
    ['caddy', false],
    ['haproxy', false],
  ])('for %s tells of a link that is not of the user whose the release is: %s', async (server, isTold) => {
    const typist = await Typist.atNewSite();
    const { files } = typist.world;
    const [link, release] = ['/run/php-zd/shop/static', '/srv/shop/releases/41'];
    files.owners.set(release, 1002);
    await files.link(link, release);
    const told = `php-zd: ${link} is not of the user who owns the release: with this snippet the web server sends no file by it before the site was rolled. Type "php-zd reload shop" first.\n`;
    expect((await typist.type(`snippet shop ${server}`)).err).toBe(isTold ? told : '');
    await files.link(link, release, 1002);
    expect((await typist.type(`snippet shop ${server}`)).err).toBe('');
  });

  test('of a site whose file is broken would be wrong: status 2, with every problem', async () => {
    const typist = await Typist.atNewSite();
    await typist.world.writeSite(
      '[site]\nrelease = /srv/shop/current\nuser = shop\nreplica = 1\n[php]\nversion = 8.2\n',
    );
    expect(await typist.type('snippet shop nginx')).toEqual({
      exit: Exit.invalid,
      out: '',
      err: "/etc/php-zd/sites/shop.ini:4: unknown key 'replica' in [site]; did you mean 'replicas'?\n",
    });
  });

  test('of a site that there is not is status 4', async () => {
    expect(await (await Typist.atNewSite()).type('snippet nope nginx')).toEqual({
      exit: Exit.noSuchSite,
      out: '',
      err:
        "php-zd: there is no site 'nope': /etc/php-zd/sites/nope.ini does not exist.\n" +
        'See those that are there with "php-zd list", or write it with "php-zd init nope".\n',
    });
  });

  test('for another web server is bad usage, which names those that there are', async () => {
    expect(await (await Typist.atNewSite()).type('snippet shop iis')).toEqual({
      exit: Exit.invalid,
      out: '',
      err:
        "php-zd: value 'iis' is invalid for argument 'WEB-SERVER'. Allowed choices are nginx, apache, caddy, haproxy.\n" +
        'Usage: php-zd snippet [options] <SITE> <WEB-SERVER>\nSee "php-zd snippet --help".\n',
    });
  });

  describe('of the server that has the TLS', () => {
    const typeAt = async (listen: string, server: string) => {
      const typist = await Typist.atNewSite();
      const site = '[site]\nrelease = /srv/shop/current\nuser = shop\n[php]\nversion = 8.2\n';
      await typist.world.writeSite(`${site}[listen]\n${listen}`);
      return await typist.type(`snippet --edge shop ${server}`);
    };
    const socket = 'http = /run/shop.sock\n';
    const address = 'http = *:8080\nedge = headers\n';

    test.each([
      ['nginx', socket, 'proxy_pass http://unix:/run/shop.sock:;'],
      ['nginx', address, 'proxy_pass http://127.0.0.1:8080;'],
      ['apache', socket, '"unix:/run/shop.sock|http://localhost/"'],
      ['apache', address, 'ProxyPass "/" "http://127.0.0.1:8080/"'],
      ['caddy', socket, 'reverse_proxy unix//run/shop.sock\n'],
      ['haproxy', address, 'server php-zd 127.0.0.1:8080\n'],
      ['haproxy', `${socket}edge = proxy-protocol\n`, 'server php-zd unix@/run/shop.sock send-proxy-v2\n'],
    ])('%s passes everything on to %j', async (server, listen, line) => {
      const { exit, out, err } = await typeAt(listen, server);
      expect({ exit, err }).toEqual({ exit: Exit.done, err: '' });
      expect(out).toContain(line);
    });

    test.each([
      ['nginx', '', ":1: the site is not reached over HTTP: write 'http' in [listen], "],
      ['nginx', 'http = 127.0.0.1:8080\n', ":7: whoever stands in front of 'http' is not believed, "],
      [
        'apache',
        `${socket}edge = proxy-protocol\n`,
        ':7: apache, as Debian has it, does not say it by the PROXY protocol: ',
      ],
    ])('%s could not say who the visitor is to %j: status 2', async (server, listen, message) => {
      const { exit, out, err } = await typeAt(listen, server);
      expect({ exit, out }).toEqual({ exit: Exit.invalid, out: '' });
      expect(err).toContain(`/etc/php-zd/sites/shop.ini${message}`);
    });
  });
});
