import type { Host } from '../../src/site/host.ts';
import { parseSite } from '../../src/site/parse.ts';
import type { Site } from '../../src/site/site.ts';
import { hostOf, shopHost } from './host.ts';

/** A site of the fewest keys, and of these lines behind them. */
export const shopSite = (more = '', host: Host = hostOf(shopHost)): Site => {
  const text = `[site]\nrelease = /srv/shop/current\nuser = shop\n${more}`;
  const parsed = parseSite({ name: 'shop', file: '/etc/php-zd/sites/shop.ini', text, defaults: undefined, host });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.site;
};
