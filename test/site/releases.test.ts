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
