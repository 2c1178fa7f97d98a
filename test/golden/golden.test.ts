import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sitePaths } from '../../src/base/paths.ts';
import type { RenderContext } from '../../src/render/generated.ts';
import {
  GENERATION_UNIT,
  GENERATION_WEB_UNIT,
  renderGeneration,
  renderShared,
  type SharedSlot,
} from '../../src/render/site.ts';
import { parseSite } from '../../src/site/parse.ts';
import { type Site, slotsOf } from '../../src/site/site.ts';
import { hostOf, shopHost } from '../site/host.ts';

/**
 * A directory a case: a site file, and everything that is rendered of it. With a `former.ini` the site is in the middle of a
 * change: slot 1 still has a replica of what the site was before. `vitest -u` writes the texts anew.
 */
const here = new URL('.', import.meta.url).pathname;
const cases = readdirSync(here, { withFileTypes: true }).filter(entry => entry.isDirectory());

const context: RenderContext = { paths: sitePaths('shop'), program: '/usr/lib/php-zd/php-zd.cjs' };
const host = hostOf({
  ...shopHost,
  executables: ['/usr/sbin/nginx', '/usr/sbin/apache2', '/usr/bin/caddy'],
  users: {
    ...shopHost.users,
    haproxy: { uid: 107, gid: 107, group: 'haproxy' },
    'shop-old': { uid: 1000, gid: 1000, group: 'shop-old' },
  },
});

const parse = (path: string): Site => {
  const text = readFileSync(path, 'utf8');
  const parsed = parseSite({ name: 'shop', file: '/etc/php-zd/sites/shop.ini', text, defaults: undefined, host });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.site;
};

/** Slot 1 of a site that was as its former file says. */
const formerSlot = (site: Site, former: Site): Omit<SharedSlot, 'slot'> => ({
  user: former.user,
  maxconn: Math.min(site.maxChildren, former.maxChildren),
  ...{ unit: textOf(former, GENERATION_UNIT), webUnit: textOf(former, GENERATION_WEB_UNIT) },
  web: former.web.server?.kind,
});

const textOf = (site: Site, file: string): string | undefined =>
  renderGeneration(site, context).find(({ path }) => path === file)?.text;

const renderCase = (name: string) => {
  const site = parse(`${here}/${name}/shop.ini`);
  const formerFile = `${here}/${name}/former.ini`;
  const former = existsSync(formerFile) ? parse(formerFile) : undefined;
  const meanwhile = { ...context, formerMount: former?.mount };
  const own = {
    user: site.user,
    maxconn: site.maxChildren,
    web: site.web.server?.kind,
    unit: undefined,
    webUnit: undefined,
  };
  const slots = slotsOf(site).map(slot => ({
    slot,
    ...(slot === 1 && former !== undefined ? formerSlot(site, former) : own),
  }));
  return [
    ...renderShared(site, meanwhile, slots).map(file => ({ ...file, path: file.path.slice(1) })),
    ...renderGeneration(site, meanwhile).map(file => ({ ...file, path: `generation/${file.path}` })),
  ];
};

const rendered = cases.map(({ name }) => [name, renderCase(name)] as const);
/** The scripts that are the same for every site, so that no case has a copy. */
const SCRIPTS: Readonly<Record<string, string>> = {
  'generation/php/opcache.php': 'opcache.php',
  'generation/php/drill.php': 'drill.php',
};
/** Secrets may stand in variables, in PHP's settings and in what a web server gives to PHP. */
const SECRET = ['php-fpm.conf', 'php/site.ini', 'environment.sh', 'web.conf', 'web-include.conf'].map(
  name => `generation/${name}`,
);
/** Without systemd's escape of a '-', which git would show as an escape of its own. */
const goldenName = (path: string) => path.replaceAll('/', '%').replaceAll('\\x2d', '-');

describe.each(rendered)('the site %s', (name, files) => {
  test.each(files.map(file => [file.path, file] as const))('renders %s', async (path, { text, mode, group }) => {
    const script = SCRIPTS[path];
    if (script === undefined) await expect(text).toMatchFileSnapshot(`${here}/${name}/${goldenName(path)}`);
    else expect(text).toBe(readFileSync(`${here}/../../src/render/${script}`, 'utf8'));
    // Those files are not everybody's to read.
    expect({ mode, group }).toEqual(
      SECRET.includes(path)
        ? { mode: 0o640, group: 'shop' }
        : path.endsWith('/http.cfg')
          ? { mode: 0o640, group: 'php-zd-haproxy' }
          : { mode: 0o644, group: undefined },
    );
  });

  test('has no text of a file that is no longer rendered', () => {
    const known = [
      'shop.ini',
      'former.ini',
      ...files.filter(({ path }) => !(path in SCRIPTS)).map(({ path }) => goldenName(path)),
    ];
    expect(readdirSync(`${here}/${name}`).filter(each => !known.includes(each))).toEqual([]);
  });
});
