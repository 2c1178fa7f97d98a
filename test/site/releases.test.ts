import { describe, expect, test } from 'vitest';
import { parseSite } from '../../src/site/parse.ts';
import { formatProblem } from '../../src/site/problem.ts';
import { hostOf, shopHost } from './host.ts';

const read = (lines: string, links: Readonly<Record<string, string>>) => {
  const directories = { ...shopHost.directories, ...links };
  const files = Object.values(directories).map(path => `${path}/index.php`);
  const host = hostOf({ ...shopHost, directories, files });
  const text = `[site]\n${lines}\nuser = shop\nmount = /srv/.shop.live\n`;
  const parsed = parseSite({ name: 'shop', file: 'shop.ini', text, defaults: undefined, host });
  return 'problems' in parsed ? parsed.problems.map(formatProblem) : parsed.site.releases;
};

const readAll = (lines: string, links: Readonly<Record<string, string>>, files: readonly string[] = []) => {
  const host = hostOf({ ...shopHost, directories: { ...shopHost.directories, ...links }, files });
  const text = `[site]\n${lines}\n`;
  const parsed = parseSite({ name: 'shop', file: 'shop.ini', text, defaults: undefined, host });
  return 'problems' in parsed ? parsed.problems.map(formatProblem) : [];
};

describe('the root of the releases', () => {
  test.each([
    ['releases beside the link', { '/srv/shop/current': '/srv/shop/releases/42' }, '/srv/shop/releases'],
    ['a directory below it', { '/srv/shop/current': '/srv/shop/releases/42/public' }, '/srv/shop/releases'],
    ['the directory of the link, where its releases lie', { '/srv/shop/current': '/srv/shop/v42' }, '/srv/shop'],
    ['the release itself, where it is no link', { '/srv/shop/current': '/srv/shop/current' }, '/srv/shop/current'],
  ])('is %s', (_, links, root) => {
    expect(read('release = /srv/shop/current', links)).toBe(root);
  });

  test('is where the key says, with links followed', () => {
    const links = { '/srv/shop/current': '/mnt/deploys/shop/42', '/data/shop': '/mnt/deploys/shop' };
    expect(read('release = /srv/shop/current\nreleases = /data/shop', links)).toBe('/mnt/deploys/shop');
  });

  test.each([
    [
      'release = /srv/shop/current',
      { '/srv/shop/current': '/root/private' },
      "shop.ini:2: 'release' leads to '/root/private', which is not in '/srv/shop/releases': point it at a release there",
    ],
    [
      'release = /srv/shop/current',
      { '/srv/shop/current': '/srv/blog/releases/7' },
      "shop.ini:2: 'release' leads to '/srv/blog/releases/7', which is not in '/srv/shop/releases': point it at a release " +
        "there, or, if the site's releases lie beside that one, write releases = /srv/blog/releases",
    ],
    [
      'release = /srv/current',
      { '/srv/current': '/srv/42', '/srv/42': '/srv/42' },
      "shop.ini:2: 'release' leads to '/srv/42', which is not in '/srv/releases': point it at a release there",
    ],
    [
      'release = /srv/shop/current\nreleases = /srv/shop/releases',
      { '/srv/shop/current': '/srv/shop/elsewhere' },
      "shop.ini:2: 'release' leads to '/srv/shop/elsewhere', which is not in releases = /srv/shop/releases: point it at a release there",
    ],
    [
      'release = /srv/shop/current\nreleases = /srv',
      { '/srv/shop/current': '/srv/shop/releases/42' },
      "shop.ini:3: 'releases' must not be /srv, where others have things too: name the site's own directory",
    ],
    [
      'release = /srv/shop/current\nreleases = /nowhere',
      { '/srv/shop/current': '/srv/shop/releases/42' },
      "shop.ini:3: 'releases' is no directory: there is no '/nowhere'",
    ],
  ])('%s with %j is refused', (lines, links, problem) => {
    expect(read(lines, links)).toEqual([problem]);
  });
});

const ABOVE = "shop.ini:2: 'release' goes on below the link";

describe('a release below the link that deployments flip', () => {
  test.each([
    ['current/public', '/srv/shop/releases/42', '', 'root = public in [web]'],
    ['current/backend', '/srv/shop/v42', '', 'root = backend in [web]'],
    ['current/backend', '/mnt/deploys/42', '', 'root = backend in [web]'],
    ['live/app', '/srv/shop/v42', '\nindex = a.php', 'root = app in [web], and index = app/a.php'],
    ['site/app', '/srv/shop/builds/42', '\n[web]\nroot = pub', 'root = app/pub in [web]'],
    [
      'current/app',
      '/srv/shop/releases/42',
      '\n[writable]\nvar = yes',
      'root = app in [web]; a path in the release, in [shared] or [writable], then begins with app/',
    ],
  ])('as in %s, where the link leads to %s, is refused', (path, resolved, more, advice) => {
    const [name = '', inside = ''] = path.split('/');
    const link = `/srv/shop/${name}`;
    const links = { [link]: resolved, [`${link}/${inside}`]: `${resolved}/${inside}` };
    const problems = readAll(`release = ${link}/${inside}\nuser = shop${more}`, links);
    expect(problems).toContain(`${ABOVE} ${link}: write release = ${link}, and ${advice}`);
  });

  test('has its document root in the advice, where that is known', () => {
    const links = { '/srv/shop/current/app': '/srv/shop/releases/42/app' };
    expect(
      readAll('release = /srv/shop/current/app\nuser = shop', links, ['/srv/shop/current/app/public/index.php']),
    ).toContain(`${ABOVE} /srv/shop/current: write release = /srv/shop/current, and root = app/public in [web]`);
  });

  test('is one too where the link leads to what releases names', () => {
    const links = { '/srv/shop/web': '/data/42', '/srv/shop/web/app': '/data/42/app', '/data': '/data' };
    expect(readAll('release = /srv/shop/web/app\nreleases = /data\nuser = shop', links)).toContain(
      `${ABOVE} /srv/shop/web: write release = /srv/shop/web, and root = app in [web]`,
    );
  });

  test.each([
    ['/srv', '/data/srv', '/srv/shop'],
    ['/var/www', '/home/www', '/var/www/shop'],
    ['/home/shop/www', '/home/shop/public_html', '/home/shop/www/app'],
    ['/srv/live', '/data/live', '/srv/live/shop'],
    ['/srv/current', '/data/current', '/srv/current/shop'],
  ])('is none where %s was put to %s', (link, resolved, release) => {
    const above = { '/': '/', '/var': '/var', '/home': '/home', '/home/shop': '/home/shop' };
    const links = { ...above, [link]: resolved, [release]: release.replace(link, resolved) };
    expect(read(`release = ${release}`, links)).toBe(release.replace(link, resolved));
  });
});
