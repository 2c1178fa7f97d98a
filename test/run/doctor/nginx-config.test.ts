import { expect, test } from 'vitest';
import { findPlaces, paramAt, valueAt } from '../../../src/run/doctor/fastcgi-places.ts';
import { parseNginx, readNginxSaid } from '../../../src/run/doctor/nginx-config.ts';

const SOCKET = '/run/php-zd/shop/fastcgi.sock';
const dump = (site: string) => `# configuration file /etc/nginx/nginx.conf:
user www-data;
http {
  include mime.types; # of files
  fastcgi_read_timeout 90s;
  include /etc/nginx/sites-enabled/*;
}

# configuration file /etc/nginx/fastcgi_params:
fastcgi_param  DOCUMENT_ROOT      $document_root;

# configuration file /etc/nginx/mime.types:
types { text/html html; }

# configuration file /etc/nginx/sites-enabled/shop:
${site}
`;
const placesOf = (site: string) =>
  findPlaces(parseNginx(dump(site))).filter(({ sockets }) => sockets.includes(`unix:${SOCKET}`));

test('a place has what holds there, its own and what is written around it and in included files', () => {
  const [place, ...others] = placesOf(`server {
  root "/srv/shop/current/public";
  location ~ \\.php$ {
    include fastcgi_params;
    fastcgi_param SCRIPT_FILENAME '/srv/live/public\${fastcgi_script_name}';
    fastcgi_pass unix:${SOCKET};
  }
}`);
  expect(others).toEqual([]);
  if (place === undefined) throw new Error('not found');
  expect(place).toMatchObject({
    file: '/etc/nginx/sites-enabled/shop',
    block: 'location ~ \\.php$',
    keepsConnections: false,
  });
  expect(valueAt(place, 'fastcgi_read_timeout')).toBe('90s');
  expect(paramAt(place, 'DOCUMENT_ROOT')).toBe('/srv/shop/current/public');
  expect(paramAt(place, 'SCRIPT_FILENAME')).toBe(`/srv/live/public$\{fastcgi_script_name}`);
});

test('of several values of a parameter PHP has the last, and a level with parameters has none from above', () => {
  const [place] = placesOf(`server {
  fastcgi_param SCRIPT_FILENAME /above;
  location / {
    fastcgi_param DOCUMENT_ROOT /first;
    fastcgi_param DOCUMENT_ROOT /last;
    fastcgi_pass unix:${SOCKET};
  }
}`);
  expect(place && [paramAt(place, 'DOCUMENT_ROOT'), paramAt(place, 'SCRIPT_FILENAME')]).toEqual(['/last', undefined]);
});

test.each(['/etc/nginx/sites-enabled/[!.]*', 'sites-enabled/s?o[a-p]', '/etc/*/sites-enabled/*'])(
  'what an include names is read: %s',
  pattern => {
    const main = `# configuration file /etc/nginx/nginx.conf:\nhttp { include ${pattern}; }\n`;
    const found = parseNginx(`${main}# configuration file /etc/nginx/sites-enabled/shop:\nserver { }\n`);
    expect(found.flatMap(({ children = [] }) => children.map(({ name }) => name))).toEqual(['server']);
  },
);

test('an upstream is followed, and whether it keeps connections is known', () => {
  const server = 'server { location / { fastcgi_pass shop; } }';
  expect(placesOf(`upstream shop { server unix:${SOCKET}; keepalive 4; }\n${server}`)).toMatchObject([
    { keepsConnections: true },
  ]);
  expect(placesOf(`upstream shop { server unix:${SOCKET}; }\n${server}`)).toMatchObject([{ keepsConnections: false }]);
});

test('what is passed to others is not the site', () => {
  expect(
    placesOf('server { location / { fastcgi_pass unix:/run/php/php8.2-fpm.sock; } location /x { fastcgi_pass $y; } }'),
  ).toEqual([]);
});

test('where a block has an alias, the document root is not known', () => {
  const [place] = placesOf(`server {
  root /srv/a;
  location /b { alias /srv/b; fastcgi_param DOCUMENT_ROOT $document_root; fastcgi_pass unix:${SOCKET}; }
}`);
  expect(place && paramAt(place, 'DOCUMENT_ROOT')).toBe('$document_root');
});

test('server blocks that nginx passes over are told behind the dump, and are no part of it', () => {
  const remarks = [
    '2026/11/28 10:48:41 [warn] 192#192: conflicting server name "shop.example" on 0.0.0.0:80, ignored',
    'nginx: [warn] conflicting server name "" on [::]:80, ignored',
    'nginx: [warn] "ssl_stapling" ignored, no OCSP responder URL in the certificate "/x"',
    'nginx: the configuration file /etc/nginx/nginx.conf syntax is ok',
  ];
  const text = dump('server { server_name a; }');
  expect(readNginxSaid(`${text}\n${remarks.join('\n')}\n`)).toEqual({
    nodes: parseNginx(text),
    conflicts: [
      { name: 'shop.example', address: '0.0.0.0:80' },
      { name: '', address: '[::]:80' },
    ],
  });
});
