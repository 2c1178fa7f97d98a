import { describe, expect, test } from 'vitest';
import { renderSnippet, WEB_SERVERS } from '../../../src/render/snippets/snippet.ts';
import { parseSite } from '../../../src/site/parse.ts';
import type { Site } from '../../../src/site/site.ts';
import { hostOf, shopHost } from '../../site/host.ts';

const siteOf = (more: string): Site => {
  const text = `[site]\nrelease = /srv/shop/current\nuser = shop\n${more}`;
  const parsed = parseSite({ name: 'shop', file: '/shop.ini', text, defaults: undefined, host: hostOf(shopHost) });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.site;
};

describe.each(WEB_SERVERS)('the snippet for %s', server => {
  test('names the scripts by the mount point and the socket, with one connection a request', () => {
    const text = renderSnippet(server, siteOf(''));
    expect(text).toContain('/srv/shop/releases/shop.live/public');
    expect(text).toContain('/run/php-zd/shop/fastcgi.sock');
    expect(text).not.toMatch(/fastcgi_keep_conn on|enablereuse=on|^\s*option keep-conn/m);
  });

  test('follows the site file: another mount point, front controller and socket', () => {
    const text = renderSnippet(
      server,
      siteOf('mount = /srv/shop/releases/live\nindex = app.php\n[listen]\nfastcgi = /run/shop.sock\n'),
    );
    expect(text).toMatch(/\/srv\/shop\/releases\/live\b(?!\/public)/);
    expect(text).toMatch(/\bapp\.php/);
    expect(text).toContain('/run/shop.sock');
    expect(text).not.toMatch(/index\.php|shop\.live|\/public/);
  });

  test("says how its user may connect where the socket is another group's", () => {
    const user = { nginx: 'www-data', apache: 'www-data', caddy: 'caddy', haproxy: 'haproxy' }[server];
    expect(renderSnippet(server, siteOf('[listen]\ngroup = shop\n'))).toContain(
      `# ${user} needs the socket's group: usermod -aG shop ${user}; or owner = ${user} in [listen] of shop.ini.\n`,
    );
  });
});

test('static files come by the link, which needs no reload of the web server', () => {
  for (const server of ['nginx', 'apache', 'caddy'] as const) {
    expect(renderSnippet(server, siteOf(''))).toMatch(/root \*? ?\/srv\/shop\/current\/public/i);
  }
});
