import { describe, expect, test } from 'vitest';
import { renderOwnBackend } from '../../../src/render/own-haproxy.ts';
import { renderSnippet, WEB_SERVERS, type WebServer } from '../../../src/render/snippets/snippet.ts';
import type { Shown } from '../../../src/render/snippets/web-view.ts';
import { judgeBackend } from '../../../src/site/haproxy-config.ts';
import type { Site } from '../../../src/site/site.ts';
import { hostOf, shopHost } from '../../site/host.ts';
import { shopSite } from '../../site/shop-site.ts';

const UPLOADS = '/srv/shop/shared/uploads';
const STORAGE = '/srv/shop/shared/storage';
const host = hostOf({
  ...shopHost,
  users: { ...shopHost.users, haproxy: { uid: 107, gid: 107, group: 'haproxy' } },
  directories: { ...shopHost.directories, [UPLOADS]: UPLOADS },
});

const siteOf = (more: string): Site => shopSite(more, host);

const nothing: Shown = { links: new Map(), indexed: [], isFile: host.isFile };

const render = (server: WebServer, more = '', shown: Partial<Shown> = {}): string =>
  renderSnippet(server, siteOf(more), { ...nothing, ...shown });

describe.each(WEB_SERVERS)('the snippet for %s', server => {
  test('names the scripts by the mount point and the socket, with one connection a request', () => {
    const text = render(server);
    expect(text).toContain('/srv/shop/releases/.shop.live/public');
    expect(text).toContain('/run/php-zd/shop/fastcgi.sock');
    expect(text).not.toMatch(/fastcgi_keep_conn on|enablereuse=on|^\s*option keep-conn/m);
  });

  test('follows the site file: another mount point, front controller and socket', () => {
    const text = render(
      server,
      'mount = /srv/shop/releases/live\nindex = app.php\n[listen]\nfastcgi = /run/shop.sock\n',
    );
    expect(text).toMatch(/\/srv\/shop\/releases\/live\b(?!\/public)/);
    expect(text).toMatch(/\/app\.php/);
    expect(text).toContain('/run/shop.sock');
    expect(text).not.toMatch(/.shop\.live|\/public/);
  });

  test('without a front controller sends no request to one', () => {
    expect(render(server, '[web]\nfront_controller = none\n')).not.toMatch(
      /rewrite \S+ \/index\.php|FallbackResource|SCRIPT_NAME \/index\.php/,
    );
  });

  test("says how its user may connect where the socket is another group's", () => {
    const user = { nginx: 'www-data', apache: 'www-data', caddy: 'caddy', haproxy: 'haproxy' }[server];
    expect(render(server, '[listen]\ngroup = shop\n')).toContain(
      server === 'haproxy'
        ? '# haproxy needs the socket: write owner = haproxy in [listen] of shop.ini, then php-zd reload shop.\n'
        : `# ${user} needs the socket's group: usermod -aG shop ${user}; or owner = ${user} in [listen] of shop.ini.\n`,
    );
  });

  test.each([
    `[shared]\npublic/content = ${UPLOADS}\n`,
    '[writable]\npublic/content = yes\nvar/cache = yes\npublic = yes\n',
  ])('runs no script where the site writes, but where [web] says so: %j', shared => {
    expect(render(server, shared)).toContain('^/content/.*\\.php(?:/|$)');
    expect(render(server, shared)).not.toContain('content/plugins');
    expect(render(server, `${shared}[web]\nphp_in = content/plugins\n`)).toContain('content/plugins');
  });
});

describe.each(WEB_SERVERS)('what security.limit_extensions names runs by the snippet for %s,', server => {
  const limit = 'security.limit_extensions = .php .phar .htm .html\n';
  const patterns = (text: string, test: RegExp) => text.split('\n').filter(line => test.test(line));

  test('and is closed where .php is', () => {
    const text = render(server, `[pool]\n${limit}[shared]\npublic/content = ${UPLOADS}\n`);
    expect(text).toContain('^(?:/+[^/.][^/]*)+\\.(?:html|phar|htm|php)(?:/|$)'.replace('phar|', ''));
    expect(text).toContain('^/content/.*\\.(?:html|htm|php)(?:/|$)');
    expect(patterns(text, /\|inc\|sql/).every(line => line.includes('|inc|sql|html|htm)'))).toBe(true);
    expect(text).not.toMatch(/\\\.php[($/)]/);
  });

  test('and a shared file of that name is not sent', () => {
    const file = { links: new Map([['page.html', '/srv/shop/shared/storage/page.html']]), isFile: () => true };
    const shared = `[pool]\n${limit}[shared]\nstorage = ${STORAGE}\n`;
    expect(render(server, shared, file)).not.toMatch(/(?:location = |Alias |handle )\/page\.html/);
    expect(render(server, shared.replace(limit, ''), file).includes('/page.html')).toBe(server !== 'haproxy');
  });
});

describe('parameters of [site] stand in each snippet, before what leads to the script', () => {
  const params = `param[REGION] = eu\nparam[NOTE] = it's 5% \\y "z"\nparam[PRICE] = $\{5} \`x\` {y}\n`;
  test.each([
    [
      'nginx',
      `        include fastcgi_params;
        fastcgi_param HTTP_HOST $host$port_asked;
        fastcgi_param REGION "eu";
        fastcgi_param NOTE "it's 5% \\\\y \\"z\\"";
        # param[PRICE] of shop.ini cannot be written here as it is.
        fastcgi_param PATH_INFO`,
    ],
    [
      'apache',
      `            ProxyFCGISetEnvIf "true" REGION "eu"
            ProxyFCGISetEnvIf "true" NOTE "it's 5\\\\% \\\\\\\\y \\"z\\""
            # param[PRICE] of shop.ini cannot be written here as it is.
            ProxyFCGISetEnvIf "true" DOCUMENT_ROOT`,
    ],
    [
      'caddy',
      `\t\t\tsplit .php
\t\t\tenv REGION \`eu\`
\t\t\tenv NOTE \`it's 5% \\y "z"\`
\t\t\t# param[PRICE] of shop.ini cannot be written here as it is.
\t\t}`,
    ],
    [
      'haproxy',
      `    no option keep-conn
    set-param REGION "eu"
    set-param NOTE "it's 5%% \\\\y \\"z\\""
    set-param PRICE "\\$\{5} \`x\` {y}"
`,
    ],
  ] as const)('%s', (server, lines) => {
    expect(render(server, params)).toContain(lines);
  });
});

const withFiles = ['nginx', 'apache', 'caddy'] as const;

describe.each(withFiles)('static files of the snippet for %s', server => {
  test('come by a link of php-zd, and else from the release before, which needs no reload of the web server', () => {
    expect(render(server)).toMatch(/root \*? ?\/run\/php-zd\/shop\/static\/public/i);
    expect(render(server)).toContain('/run/php-zd/shop/static.previous/public');
  });

  test('come from where they are on the host when they are shared', () => {
    expect(render(server, `[shared]\npublic/uploads = ${UPLOADS}\n`)).toMatch(
      new RegExp(`(?:alias|Alias /uploads/|root \\*) ${UPLOADS}`),
    );
  });

  test.each([
    ['../storage/app/public'],
    ['/srv/shop/current/storage/app/public'],
    ['/srv/shop/releases/41/storage/app/public'],
    ['/srv/shop/releases/.shop.live/storage/app/public'],
    [`${STORAGE}/app/public`],
  ])('are found behind a link to %s', target => {
    const text = render(server, `[shared]\nstorage = ${STORAGE}\n`, { links: new Map([['files', target]]) });
    expect(text).toMatch(new RegExp(`(?:alias|Alias /files/|root \\*) ${STORAGE}/app/public`));
    expect(text).toContain('^/files/.*\\.php(?:/|$)');
  });

  test('are found behind a link to what the site writes in the release, and scripts there run as before', () => {
    const text = render(server, '[writable]\nvar/pages = yes\n', { links: new Map([['pages', '../var/pages/made']]) });
    expect(text).toMatch(/(?:alias|Alias \/pages\/|root \*) \/run\/php-zd\/shop\/static\/var\/pages\/made/);
    expect(text).not.toContain('^/pages/');
  });

  test('are none of those that are shared outside of the document root, hidden, or closed', () => {
    const text = render(
      server,
      `[shared]\nstorage = ${STORAGE}\npublic/.cache = ${UPLOADS}\npublic/data = ${UPLOADS}\n[web]\nclosed = data\n`,
    );
    expect(text).not.toMatch(/location \/[a-z.]+\/ {|Alias |@shared/);
  });
});

test('nginx and Apache follow a link only where its owner has what it leads to, from the first place that others may write', () => {
  const shared = `[shared]\nstorage = ${STORAGE}\npublic/uploads = ${UPLOADS}\n`;
  const shown = { links: new Map([['files', '../storage/app/public']]) };
  const guards = (text: string, begin: RegExp) => new Set([...text.matchAll(begin)].map(([, path]) => path));
  const places = new Set(['/run/php-zd/shop', STORAGE, UPLOADS]);
  expect(guards(render('nginx', shared, shown), /disable_symlinks if_not_owner from=(.*);/g)).toEqual(places);
  const options = /<Directory (.*)>\n *Options SymLinksIfOwnerMatch\n/g;
  expect(guards(render('apache', shared, shown), options)).toEqual(places);
  expect(render('apache', shared, shown)).not.toContain('FollowSymLinks');
  expect(render('caddy', shared, shown)).toContain('Caddy has no way not to follow links');
});

test('nginx has one location for a shared directory that two lines of [shared] have, and takes no second one', () => {
  const text = render('nginx', `[shared]\npublic/media = ${UPLOADS}\npublic/images = ${UPLOADS}\n`);
  const locations = [...text.matchAll(/^ {4}location ([^{]*) \{/gm)].map(([, words]) => words);
  expect(locations).toEqual([...new Set(locations)]);
  expect(locations).toEqual(
    expect.arrayContaining(['^~ /media/', '^~ /images/', `^~ ${UPLOADS}/`, '^~ /srv/shop/releases/.shop.live/']),
  );
});

test('HAProxy gives PHP the credentials of a request, which it keeps to itself unless told (facts.md N43)', () => {
  expect(render('haproxy')).toMatch(/^fcgi-app shop\n(?: {4}.*\n)* {4}pass-header Authorization\n/m);
});

test.each([
  ['http', 8],
  ['tcp', 4],
] as const)('of a HAProxy of one’s own, in mode %s, the backend is as it must be', (mode, maxconn) => {
  const two = 'socket = /run/a /run/b\nmaster_socket = /run/am /run/bm\n';
  const text = `[haproxy]\n${mode === 'tcp' ? two : 'socket = /run/a\n'}backend = php\nserver = shop-%N\nmode = ${mode}\n`;
  const site = siteOf(text);
  const snippet = render('haproxy', text);
  if (site.haproxy === undefined) throw new Error('there is none');
  const wanted = { name: 'php', text: renderOwnBackend(site, site.haproxy, ''), isHttp: mode === 'http' };
  expect(judgeBackend([{ file: 'h.cfg', text: snippet }], wanted, { file: '', line: 1 })).toEqual([]);
  expect(snippet.match(/^ +server shop-\d unix@\S+ addr unix@\S+ maxconn \d( proto fcgi)?$/gm)).toHaveLength(4);
  expect(snippet).toContain(`/serving/4/status.sock maxconn ${maxconn}`);
  expect(snippet).not.toContain('fastcgi.sock');
});

test('HAProxy, which does not look at the disk, is told of the directories that have an index', () => {
  const indexed = Array.from({ length: 12 }, (_, at) => `d${at}`);
  const text = render('haproxy', '', { indexed });
  expect(text.match(/^ {4}acl is_slashless .*$/gm)).toEqual([
    `    acl is_slashless path,url_dec ${indexed
      .slice(0, 10)
      .map(name => `/${name}`)
      .join(' ')}`,
    '    acl is_slashless path,url_dec /d10 /d11',
  ]);
});

test.each(['nginx', 'caddy'] as const)(
  'a file that PHP names is sent by %s from the release that serves, else from the one before',
  server => {
    const [, sent = ''] = render(server).split(/\/srv\/shop\/releases\/\.shop\.live\/\*? \{/);
    expect(sent).toMatch(/^\s+(?:internal;\s+)?root (?:\* )?\/run\/php-zd\/shop\/static[;\n]/);
    expect(sent.slice(0, 400)).toMatch(/root (?:\* |@before )?\/run\/php-zd\/shop\/static\.previous[;\n]/);
  },
);
