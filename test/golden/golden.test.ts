import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { renderSite } from '../../src/render/site.ts';
import { parseSite } from '../../src/site/parse.ts';
import { hostOf, shopHost } from '../site/host.ts';

/** A directory a case: a site file, and everything that is rendered of it. `vitest -u` writes the texts anew. */
const here = new URL('.', import.meta.url).pathname;
const cases = readdirSync(here, { withFileTypes: true }).filter(entry => entry.isDirectory());

describe.each(cases.map(({ name }) => name))('the site %s', name => {
  const parsed = parseSite({
    name: 'shop',
    file: '/etc/php-zd/sites/shop.ini',
    text: readFileSync(`${here}/${name}/shop.ini`, 'utf8'),
    defaults: undefined,
    host: hostOf(shopHost),
  });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));

  test.each(renderSite(parsed.site, '/usr/lib/php-zd/php-zd.mjs').map(file => [file.path, file] as const))(
    'renders %s',
    async (path, { text, mode, group }) => {
      const golden = `${here}/${name}/${path.slice(1).replaceAll('/', '%')}`;
      await expect(text).toMatchFileSnapshot(golden);
      // Secrets may stand in [env]: those files are not everybody's to read.
      expect({ mode, group }).toEqual(
        path.endsWith('.conf') && path.includes('/fpm/')
          ? { mode: 0o640, group: 'shop' }
          : { mode: 0o644, group: undefined },
      );
    },
  );
});
