import { expect, test } from 'vitest';
import { renderSnippet } from '../../../src/render/snippets/snippet.ts';
import { openPaths } from '../../../src/run/doctor/open-paths.ts';
import { parseNginxFile } from '../../../src/site/existing/nginx-file.ts';
import type { Site } from '../../../src/site/site.ts';
import { hostOf, shopHost } from '../../site/host.ts';
import { shopSite } from '../../site/shop-site.ts';

const UPLOADS = '/srv/shop/shared/uploads';
const host = hostOf({ ...shopHost, directories: { ...shopHost.directories, [UPLOADS]: UPLOADS } });
const siteOf = (more: string): Site => shopSite(more, host);

const snippetOf = (site: Site, change = (text: string) => text): string =>
  change(renderSnippet('nginx', site, { links: new Map(), indexed: [], isFile: host.isFile }));

const openIn = (text: string, site: Site): readonly string[] => {
  const server = parseNginxFile('/etc/nginx/shop', text).find(({ name }) => name === 'server');
  if (server === undefined) throw new Error('no server');
  return openPaths(site, server, host.isFile);
};

const before = siteOf('');
const after = siteOf(
  `[web]\nclosed = secret Logs/*.txt\nphp_in = up/run\n[writable]\npublic/up = yes\n[shared]\npublic/files = ${UPLOADS}\n`,
);

test('what the site file closes since, and where it lets PHP write, is open in the snippet of before', () => {
  expect(openIn(snippetOf(before), after)).toEqual(['/secret', '/Logs/x.txt', '/files/x.php', '/up/x.php']);
});

test('and nothing is in the one of now, nor in one that closes more', () => {
  expect(openIn(snippetOf(after), after)).toEqual([]);
  expect(openIn(snippetOf(after), before)).toEqual([]);
});

test('what a location of the operator closes by itself is closed', () => {
  const own =
    'location /secret { deny all; } location = /Logs/x.txt { return 404; } location ^~ /up/ { } location ~* ^/FILES/ { return 403; }';
  const text = snippetOf(before, each => each.replace('location / {', `${own} location / {`));
  expect(openIn(text, after)).toEqual([]);
});

test('a block that is not made of a snippet has ways of its own', () => {
  expect(openIn('server { location / { fastcgi_pass unix:/run/php-zd/shop/fastcgi.sock; } }', after)).toEqual([]);
});
