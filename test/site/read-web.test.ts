import { describe, expect, test } from 'vitest';
import { parseSite } from '../../src/site/parse.ts';
import { formatProblem } from '../../src/site/problem.ts';
import { hostOf, shopHost } from './host.ts';

const RELEASE = '/srv/shop/releases/42';

/** What is made of a release with these files. */
const parse = (files: readonly string[], more = '') => {
  const host = hostOf({
    ...shopHost,
    files: files.map(path => `${RELEASE}/${path}`),
    directories: { ...shopHost.directories, [`${RELEASE}/public`]: `${RELEASE}/public` },
  });
  const text = `[site]\nrelease = /srv/shop/current\nuser = shop\n[health]\npath = /\n${more}`;
  const parsed = parseSite({ name: 'shop', file: 'shop.ini', text, defaults: undefined, host });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return { ...parsed.site, warnings: parsed.warnings.map(formatProblem) };
};

describe('the document root', () => {
  test.each([
    [['public/index.php'], 'public', 'index.php'],
    [['index.php', 'wp-admin/index.php'], '.', 'index.php'],
    [['web/index.php', 'vendor/index.php'], 'web', 'index.php'],
    [['docroot/index.php'], 'docroot', 'index.php'],
  ])('of a release with %j is %s, which nobody needs to be told', (files, root, frontController) => {
    const { web, warnings } = parse(files);
    expect(web).toMatchObject({ root, frontController });
    expect(warnings).toEqual([]);
  });

  test.each([
    ['CakePHP', ['index.php', 'webroot/index.php'], 'webroot'],
    ['Magento', ['index.php', 'pub/index.php'], 'pub'],
  ])('of %s is not the release itself, and that was a guess', (_, files, root) => {
    const { web, index, warnings } = parse(files);
    expect({ root: web.root, index }).toEqual({ root, index: `${root}/index.php` });
    expect(warnings).toEqual([
      `shop.ini:1: the release has ${root}/index.php and index.php: ${root} is taken for the document root; ` +
        `write root = ${root} in [web], or root = .`,
    ]);
  });

  test('that is written is no guess, and has the index that proves a replica', () => {
    const { web, index, warnings } = parse(['index.php', 'public/index.php'], '[web]\nroot = .\n');
    expect({ root: web.root, index, warnings }).toEqual({ root: '.', index: 'index.php', warnings: [] });
  });

  test('may have a front controller of another name, or of none', () => {
    const files = ['public/app.php', 'public/index.php'];
    expect(parse(files, '[web]\nfront_controller = app.php\n').web.frontController).toBe('app.php');
    expect(parse(files, '[web]\nfront_controller = none\n').web.frontController).toBeUndefined();
  });

  test('is named for all that follows when the index lies elsewhere', () => {
    const { web } = parse(
      ['bin/probe.php', 'public/index.php'],
      '[web]\nroot = public\n[site]\nindex = bin/probe.php\n',
    );
    expect(web).toMatchObject({ root: 'public', frontController: 'index.php', index: ['index.php', 'index.html'] });
  });
});

test.each([
  [['index.php', 'pluginfile.php']],
  [['public/index.php', 'vendor/typo3/cms-core/composer.json']],
  [['index.php', 'typo3/sysext/core/composer.json']],
])('an application with %j may set the bit that it gives its directories, unless something else is written', files => {
  expect(parse(files).sandbox.hasSetgid).toBe(true);
  expect(parse(files, '[sandbox]\nsetgid = no\n').sandbox.hasSetgid).toBe(false);
  expect(parse(['index.php']).sandbox.hasSetgid).toBe(false);
});

test('what a known application keeps in its root is closed unless something else is written', () => {
  const nextcloud = ['index.php', 'remote.php', 'ocs/v1.php'];
  expect(parse(nextcloud).web.closed).toContain('data');
  expect(parse(nextcloud, '[web]\nclosed = config\n').web.closed).toEqual(['config']);
  expect(parse(nextcloud, '[web]\nclosed =\n').web.closed).toEqual([]);
  expect(parse(['index.php']).web.closed).toEqual([]);
});

describe("a web server of the replicas' own", () => {
  const web = (lines: string, http = 'http = *:8080', executables = ['/usr/sbin/nginx']) => {
    const files = [`${RELEASE}/public/index.php`];
    const directories = { ...shopHost.directories, [`${RELEASE}/public`]: `${RELEASE}/public` };
    const host = hostOf({ ...shopHost, files, directories, executables });
    const text = `[site]\nrelease = /srv/shop/current\nuser = shop\n[health]\npath = /\n[listen]\n${http}\n[web]\n${lines}`;
    return parseSite({ name: 'shop', file: 'shop.ini', text, defaults: undefined, host });
  };

  test('is what the file says, and then static files and a site without a front controller are no reason for a word', () => {
    const parsed = web('server = nginx\ninclude = /etc/shop.conf\nfront_controller = none');
    expect('site' in parsed && parsed.site.web.server).toEqual({
      ...{ kind: 'nginx', include: '/etc/shop.conf', directives: '' },
    });
    expect(parsed.warnings).toEqual([]);
  });

  test.each([
    [
      'server = nginx',
      '',
      undefined,
      "shop.ini:9: 'server' answers what comes in over HTTP, and nothing does: write http = /run/shop-http.sock in [listen]",
    ],
    [
      'server = nginx',
      'http = *:8080',
      [],
      "shop.ini:9: 'server' is nginx, and this host has no /usr/sbin/nginx: apt-get install nginx-light, or write server = none",
    ],
    [
      'server = apache',
      'http = *:8080',
      [],
      "shop.ini:9: 'server' is apache, and this host has no /usr/sbin/apache2: apt-get install apache2, or write server = none",
    ],
    [
      'server = caddy',
      'http = *:8080',
      [],
      "shop.ini:9: 'server' is caddy, and this host has no /usr/bin/caddy: apt-get install caddy, or write server = none",
    ],
    [
      'include = /etc/shop.conf',
      'http = *:8080',
      undefined,
      "shop.ini:9: 'include' is for a web server of the replicas' own, and there is none: write server = nginx, apache or caddy, or take the line out",
    ],
    [
      'server = nginx\nsticky = release',
      'http = *:8080',
      undefined,
      "shop.ini:10: 'sticky' keeps visitors with a release for its files' sake, and replicas with a web server find those of the other one: " +
        'take the line out',
    ],
    [
      'server = nginx\ntls_certificate = /etc/shop.pem',
      'http = *:8080',
      undefined,
      "shop.ini:10: unknown key 'tls_certificate' in [web]; TLS ends at a web server in front of http: see edge",
    ],
    [
      'server = lighttpd',
      'http = *:8080',
      undefined,
      "shop.ini:9: 'server' must be 'none' or 'nginx' or 'apache' or 'caddy', not 'lighttpd'",
    ],
  ])('%s with "%s" and the programs %j is refused with its line', (lines, http, executables, problem) => {
    const parsed = web(lines, http, executables);
    expect('problems' in parsed && parsed.problems.map(formatProblem)).toEqual([problem]);
  });
});
