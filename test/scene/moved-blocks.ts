/** A server block as operators have it, and what is asked of it before and after it is moved as `php-zd init` says. */
interface MovedBlock {
  readonly name: string;
  /** A directive on a line each, a location with what stands in it too. */
  readonly lines: readonly string[];
  readonly paths: readonly string[];
  /** Of some paths what they are answered with, so that none of both ways is wrong. */
  readonly answers: Readonly<Record<string, string>>;
  /** What nobody gets, whatever says so. */
  readonly closed?: readonly string[];
  /** Whether it has no name. */
  readonly isNameless?: true;
  /** Whether the lines for an own block are followed too. */
  readonly isOwnToo?: true;
}

const PASS = 'fastcgi_pass unix:/run/php/moved.sock;';
const OTHER = 'fastcgi_pass unix:/run/php/other.sock;';
const FILENAME = 'fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;';
const split = 'fastcgi_split_path_info ^(.+\\.php)(/.+)$;';
const php = `location ~ \\.php(?:/|$) { ${split} include fastcgi_params; ${FILENAME} fastcgi_param PATH_INFO $fastcgi_path_info; ${PASS} }`;

/** Of a path that a location closes, and the names beside it: what nginx has in it. */
const besides = (path: string): readonly string[] => [
  ...[`/${path}`, `/${path}/`, `/${path}/x.txt`, `/${path}/x.php`, `/${path}x.txt`, `/${path}x.php`, `/${path}.php`],
];
const shut = ['begun', 'ahead', 'exact', 'below', 'inside', 'pattern', 'glued'];
const openBesides: readonly string[] = [
  ...['/inside.php', '/insidex.php', '/belowx.php', '/exactx.txt', '/exact/x.txt', '/gluedx.php'],
];
const isOfBegin = (path: string): boolean => /^\/(?:(?:begun|inside).*\.php|(?:below|glued|exact))$/.test(path);
const shutFiles = shut.flatMap(path => [`public/${path}/x.txt`, `public/${path}x.txt`]);
const shutScripts = shut.flatMap(path => [`${path}/x`, `${path}x`, ...(path === 'begun' ? [] : [path])]);

/** Files below the release, but for those that begin with a slash. Scripts say what runs. */
export const movedFiles: Readonly<Record<string, string>> = {
  ...{ 'public/about.html': 'about', 'public/cache/cached/_home.html': 'from the cache', 'public/a.css': 'css' },
  ...{ 'public/media/a.txt': 'medium', 'public/docs/readme.html': 'readme', 'public/docs/a.txt': 'doc' },
  ...{ 'public/blog/a.txt': 'of the blog', 'built/app.txt': 'built', 'public/files/f.txt': 'wrong' },
  ...{ '/srv/moved/files/f.txt': 'of its own', 'public/app.html': 'single page', 'public/same/s.txt': 'same' },
  '/etc/nginx/moved.users': 'x:{PLAIN}x',
  ...Object.fromEntries(shutFiles.map(path => [path, 'a file'])),
  ...{ 'public/begun.txt': 'a file', 'public/opened/x.txt': 'a file', 'public/open/x.txt': 'a file' },
  ...{ 'public/debug.log': 'a file', 'public/debug.LOG': 'a file', 'public/Glued/x.txt': 'a file' },
};
export const movedScripts: readonly string[] = [
  ...['index', 'home', 'app', 'api', 'tool', 'sub/index', 'blog/index', 'blog/de', 'admin/index', ...shutScripts].map(
    name => `public/${name}.php`,
  ),
];

export const movedBlocks: readonly MovedBlock[] = [
  {
    name: 'several front controllers, words between, and places of their own',
    lines: [
      'location ^~ /media/ { }',
      'location /files/ { root /srv/moved; }',
      'location /dist/ { alias /srv/moved/current/built/; }',
      'location = / { index home.php; }',
      'location /same/ { alias /srv/moved/current/public/same/; expires 1d; }',
      'location /docs/ { index readme.html; }',
      'location /blog/ { try_files $uri $uri/ /blog/index.php?$args; }',
      'location /blog/de/ { try_files $uri /blog/de.php?from=$uri; }',
      `location /admin/ { auth_basic x; auth_basic_user_file /etc/nginx/moved.users; location ~ \\.php$ { include fastcgi_params; ${FILENAME} ${PASS} } }`,
      'location /v2/ { try_files $uri /api.php?p=$uri&$args; }',
      'location /v3/ { add_header X-Api yes; try_files $uri @api; }',
      'location /v4/ { try_files $uri @other; }',
      'location ~* \\.(css|png)$ { expires 7d; }',
      'location / {',
      'add_header X-Page yes;',
      'try_files $uri $uri.html /cache$uri/_home.html $uri/ /index.php?$args;',
      '}',
      'location @api { rewrite ^/v3/(.*)$ /api.php?q=$1 last; }',
      'location @other { return 200 other; }',
      php,
    ],
    paths: [
      ...['/', '/about', '/cached', '/sub/', '/page?x=1', '/a.css', '/none.css', '/tool.php/more?x'],
      ...['/media/a.txt', '/media/none', '/files/f.txt', '/files/none', '/dist/app.txt', '/dist/none'],
      ...['/docs/', '/docs/a.txt', '/docs/none', '/blog/2026/post?y=1', '/blog/', '/blog/a.txt', '/blog/de/x?z=1'],
      ...['/v2/items?z=1', '/v3/things', '/v4/things', '/admin/index.php', '/admin/a.txt', '/same/s.txt'],
    ],
    answers: {
      ...{ '/': 'ran home', '/about': 'about', '/cached': 'from the cache', '/media/none': '404', '/docs/': 'readme' },
      ...{ '/files/f.txt': 'of its own', '/dist/app.txt': 'built', '/blog/2026/post?y=1': 'ran blog/index' },
      ...{
        '/v2/items?z=1': 'ran api',
        '/v3/things': 'ran api',
        '/v4/things': 'other',
        '/none.css': '404',
        '/admin/index.php': 'ran admin/index',
        '/same/s.txt': 'same',
      },
    },
  },
  {
    name: 'a front controller by a name, with parameters of its own',
    lines: [
      'location / { try_files $uri @app; }',
      `location @app { include fastcgi_params; fastcgi_param SCRIPT_FILENAME $document_root/app.php; fastcgi_param SCRIPT_NAME /app.php; fastcgi_param PATH_INFO $uri; ${PASS} }`,
    ],
    paths: ['/', '/v1/x?a=1', '/about.html', '/v1/a%20b'],
    answers: { '/v1/x?a=1': 'ran app.php /v1/x a=1 /app.php', '/about.html': 'about' },
    isOwnToo: true,
  },
  {
    name: 'a second one by a name, which has a parameter of its own',
    lines: [
      'location / { try_files $uri $uri/ /index.php?$args; }',
      'location /v1/ { try_files $uri @app; }',
      `location @app { include fastcgi_params; fastcgi_param SCRIPT_FILENAME /srv/moved/current/public/app.php; fastcgi_param PATH_INFO $request_uri; fastcgi_param EXTRA $uri; ${PASS} }`,
      php,
    ],
    paths: ['/', '/v1/x?a=1', '/page'],
    answers: { '/v1/x?a=1': 'ran app.php /v1/x?a=1 a=1', '/': 'ran index' },
    isOwnToo: true,
  },
  {
    name: 'a nameless one that gets everything, and a query that is rewritten',
    lines: [
      'location /old/ { try_files $uri /index.php$request_uri; }',
      `location / { include fastcgi_params; fastcgi_param SCRIPT_FILENAME $document_root/index.php; fastcgi_param SCRIPT_NAME /index.php; fastcgi_param PATH_INFO $uri; ${PASS} }`,
      php,
    ],
    paths: ['/', '/about.html', '/v1/x?a=1', '/old/x?a=1', '/tool.php/more?x'],
    answers: { '/about.html': 'ran index.php /about.html' },
    isNameless: true,
    isOwnToo: true,
  },
  {
    name: 'a page that draws itself, and what PHP gets',
    lines: [
      'fastcgi_param EXTRA nowhere;',
      'location /admin/ { try_files $uri $uri/ /admin/index.php?$args; }',
      `location = /api.php { include fastcgi_params; ${FILENAME} fastcgi_param EXTRA api; fastcgi_buffering off; ${PASS} }`,
      'location / {',
      'autoindex off;',
      'try_files $uri $uri/ /app.html;',
      '}',
      'location ~ \\.php(?:/|$) {',
      'fastcgi_split_path_info ^(/[a-z]+\\.php)(/.*)?$;',
      'include fastcgi_params;',
      FILENAME,
      'fastcgi_param PATH_INFO $fastcgi_path_info;',
      'fastcgi_param PATH_TRANSLATED $document_root$fastcgi_path_info;',
      'fastcgi_param EXTRA "$host of $document_root";',
      PASS,
      '}',
    ],
    paths: ['/', '/page', '/tool.php', '/tool.php/more', '/api.php?a', '/admin/x?b=1', '/admin/'],
    answers: {
      '/page': 'single page',
      '/tool.php/more': 'ran tool.php /more  /tool.php moved.example of ROOT ROOT/more',
      '/api.php?a': 'ran api.php  a /api.php api',
    },
  },
  {
    name: 'one script for everything, with a parameter that only its own location can give',
    lines: [
      `location /sub/ { expires 1d; location ~ \\.php$ { include fastcgi_params; ${FILENAME} ${PASS} } }`,
      `location / { include fastcgi_params; fastcgi_param SCRIPT_FILENAME $document_root/app.php; fastcgi_param PATH_TRANSLATED $document_root$uri; ${PASS} }`,
    ],
    paths: ['/', '/about.html', '/v1/x?a=1', '/sub/index.php?x'],
    answers: {
      '/v1/x?a=1': 'ran app.php  a=1 /v1/x  ROOT/v1/x',
      '/sub/index.php?x': 'ran sub/index.php  x /sub/index',
    },
    isOwnToo: true,
  },
  {
    name: 'scripts alone, of which one is that of a directory',
    lines: [
      `location / { include fastcgi_params; fastcgi_index home.php; ${FILENAME} ${PASS} }`,
      'location ^~ /media/ { }',
    ],
    paths: ['/', '/home.php?x', '/tool.php', '/media/a.txt', '/media/none'],
    closed: ['/about.html'],
    answers: { '/': 'ran home', '/tool.php': 'ran tool.php', '/media/a.txt': 'medium' },
    isOwnToo: true,
  },
  {
    name: 'another pool for some scripts',
    lines: [
      'location / { try_files $uri $uri/ /index.php?$args; }',
      `location ^~ /admin/ { try_files $uri /admin/index.php?$args; location ~ \\.php$ { include fastcgi_params; ${FILENAME} ${OTHER} } }`,
      `location /blog/ { location ~* de\\.PHP$ { root /srv/moved/current/public; include fastcgi_params; ${FILENAME} ${OTHER} } }`,
      `location ~ ^/sub/.*\\.php$ { include fastcgi_params; ${FILENAME} ${OTHER} }`,
      `location = /tool.php { include fastcgi_params; ${FILENAME} ${OTHER} }`,
      `location ^~ /inside/ { auth_basic x; auth_basic_user_file /etc/nginx/moved.users; location ~ \\.php$ { include fastcgi_params; ${FILENAME} ${OTHER} } }`,
      php,
    ],
    paths: [
      ...[
        '/',
        '/page?x=1',
        '/home.php',
        '/admin/',
        '/admin/index.php?x=1',
        '/admin/none',
        '/blog/de.php',
        '/blog/index.php',
      ],
      ...[
        '/blog/a.txt',
        '/sub/',
        '/sub/index.php',
        '/sub/none.php',
        '/tool.php',
        '/tool.php/more',
        '/inside/x.php',
        '/inside/x.txt',
      ],
    ],
    answers: {
      ...{
        '/': 'ran index.php   /index.php   moved.example',
        '/admin/none': 'ran admin/index.php   /admin/index.php   other ',
      },
      ...{
        '/admin/index.php?x=1': 'x=1 /admin/index.php   other ',
        '/blog/de.php': 'ran blog/de.php   /blog/de.php   other ',
      },
      ...{
        '/blog/index.php': 'ran blog/index.php   /blog/index.php   moved',
        '/inside/x.php': 'ran inside/x.php   /inside/x.php   other ',
        '/sub/none.php': '404',
      },
      ...{ '/sub/': 'ran sub/index.php   /sub/index.php   other ', '/tool.php': 'ran tool.php   /tool.php   other ' },
    },
  },
  {
    name: 'a port in HTTP_HOST, by fastcgi.conf',
    lines: [
      'location = /fpm-status { allow 127.0.0.1; deny all; include fastcgi.conf; fastcgi_pass unix:/run/php/moved.sock; }',
      'location / { try_files $uri $uri/ /index.php?$args; }',
      `location ~ \\.php$ { include fastcgi.conf; ${PASS} }`,
    ],
    paths: ['/', '/tool.php'],
    answers: { '/tool.php': 'moved.example:8081 200' },
    isOwnToo: true,
  },
  {
    name: 'one that its locations have from the block',
    lines: [
      'include fastcgi.conf;',
      'location / { try_files $uri $uri/ /index.php?$args; }',
      `location ~ \\.php$ { ${PASS} }`,
    ],
    paths: ['/', '/tool.php'],
    answers: { '/tool.php': 'moved.example:8081 200' },
    isOwnToo: true,
  },
  {
    name: 'a page for what is missing, and a try_files without effect',
    lines: [
      'error_page 404 /home.php;',
      'try_files $uri /index.php;',
      'location / {',
      'add_header X-Page yes;',
      '}',
      'location /media/ { try_files $uri =404; }',
      php,
    ],
    paths: ['/', '/about', '/about.html', '/media/a.txt', '/media/none'],
    answers: { '/about': 'ran home', '/media/a.txt': 'medium 200' },
  },
  {
    name: 'paths that nginx closed, with the names that begin with them',
    lines: [
      'location /begun { return 404; }',
      'location ^~ /ahead { deny all; }',
      'location = /exact.php { deny all; }',
      'location = /exact/ { deny all; }',
      'location ^~ /below/ { deny all; }',
      'location /inside { deny all; }',
      'location ~ ^/pattern { deny all; }',
      'location ~*^/glued/ { deny all; }',
      'location ~* \\.(log|sql)$ { deny all; }',
      'location =/glued.php { deny all; }',
      'location /open { deny all; }',
      'location /opened/ { expires 1d; }',
      'location / { try_files $uri $uri/ /index.php?$args; }',
      php.replace('~ ', '~'),
    ],
    paths: ['/', '/opened/x.txt', ...openBesides],
    // Of a path without ^~ scripts ran, and those in its directory do not any more.
    closed: [
      ...shut.flatMap(besides).filter(path => !openBesides.includes(path) && !isOfBegin(path)),
      ...['/open/x.txt', '/begun.txt', '/debug.log', '/debug.LOG', '/Glued/x.txt'],
    ],
    answers: {
      ...{ '/inside.php': 'ran inside.php', '/belowx.php': 'ran belowx.php', '/exactx.txt': 'a file' },
      '/opened/x.txt': 'a file',
    },
  },
];
