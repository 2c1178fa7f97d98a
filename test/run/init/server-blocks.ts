import type { ExistingHost } from './existing-site.ts';

/** A server block in the shape that the manual of an application, or what deploys one, has it. */
export interface ServerBlock extends Omit<ExistingHost, 'pool'> {
  readonly name: string;
  /** The lines that are made of the block. */
  readonly lines: readonly string[];
  /** What is said of the others. */
  readonly said: readonly string[];
}

const php = (more = '') => `location ~ \\.php$ {
    include snippets/fastcgi-php.conf;
    fastcgi_pass unix:/run/php/shop.sock;
    ${more}
  }`;
const flipped = (root: string, ...scripts: readonly string[]) => ({
  files: Object.fromEntries(scripts.map(script => [`/srv/shop/releases/7/${script}`, ''])),
  directories: {
    '/srv/shop/current': '/srv/shop/releases/7',
    ...(root === '' ? {} : { [`/srv/shop/current/${root}`]: `/srv/shop/releases/7/${root}` }),
  },
});
const plain = (directory: string, ...scripts: readonly string[]) => ({
  files: Object.fromEntries(scripts.map(script => [`${directory}/${script}`, ''])),
  directories: { [directory]: directory },
});

export const serverBlocks: readonly ServerBlock[] = [
  {
    name: "nginx's own default, with PHP switched on",
    nginx: `server {
  listen 80 default_server;
  listen [::]:80 default_server;
  root /var/www/html;
  index index.html index.htm index.nginx-debian.html;
  server_name _;
  location / {
    try_files $uri $uri/ =404;
  }
  ${php()}
  # location ~ /\\.ht { deny all; }
}`,
    ...plain('/var/www/html', 'index.php'),
    lines: [
      'release = /var/www/html',
      '[web]',
      'root = .',
      'index = index.html index.htm index.nginx-debian.html',
      'front_controller = none',
    ],
    said: [
      "listen 80 default_server: stays in nginx: bring it into the snippet's block, in place of its two, by which all of the network comes to port 80",
      "listen [::]:80 default_server: stays in nginx: bring it into the snippet's block, in place of its two, by which all of the network comes to port 80",
      'server_name _: names no host: write url = http://HOST, as visitors come to the site',
      'fastcgi_pass unix:/run/php/shop.sock: leads to php-zd in the snippet',
    ],
  },
  {
    name: 'WordPress in a plain directory, with a redirect to HTTPS beside it',
    nginx: `upstream php { server unix:/var/run/php/shop.sock; }
server {
  listen 80;
  server_name shop.example www.shop.example;
  return 301 https://$host$request_uri;
}
server {
  listen 443 ssl;
  server_name shop.example www.shop.example;
  ssl_certificate /etc/letsencrypt/live/shop.example/fullchain.pem;
  root /var/www/shop;
  index index.php;
  client_max_body_size 64m;
  location = /favicon.ico { log_not_found off; access_log off; }
  location ~ /\\. { deny all; }
  location ~* /(?:uploads|files)/.*\\.php$ { deny all; }
  location = /xmlrpc.php { deny all; }
  location / { try_files $uri $uri/ /index.php?$args; }
  location ~ \\.php$ {
    include fastcgi_params;
    fastcgi_intercept_errors on;
    fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
    fastcgi_pass php;
  }
  location ~* \\.(js|css|png)$ { expires max; }
}`,
    ...plain('/var/www/shop', 'index.php', 'xmlrpc.php'),
    lines: [
      'release = /var/www/shop',
      'url = https://shop.example',
      '[web]',
      'root = .',
      'index = index.php',
      'closed = uploads/*.php */uploads/*.php files/*.php */files/*.php xmlrpc.php',
      'front_controller = index.php',
    ],
    said: [
      'upstream php { server }: is for all of nginx, and the snippet has a server block alone: keep it before that, where something else needs it',
      'server { listen; server_name; return }: is another server block, which the snippet has not: keep it in the file of the snippet, or in one of its own',
      "listen 443 ssl: stays in nginx: bring it into the snippet's block, in place of its two, by which all of the network comes to port 80",
      "ssl_certificate /etc/letsencrypt/live/shop.example/fullch...: stays in nginx: bring it into the snippet's block",
      'client_max_body_size 64m: the snippet has no limit, and PHP has post_max_size: write it there if nginx is to refuse sooner',
      "location = /favicon.ico { log_not_found; access_log }: stays in nginx: bring it into the snippet's block, last there, with try_files $uri @former; in it, and write if ($uri = /favicon.ico) { return 404; } ahead of the last line of the snippet's location @index, or the front controller answers for what is missing",
      "fastcgi_intercept_errors on: stays in nginx: write it in the snippet's location with fastcgi_pass, behind its own lines",
      'fastcgi_pass php: leads to php-zd in the snippet',
      'location ~* \\.(js|css|png)$ { expires }: stays in nginx: bring it into the snippet\'s block, last there, with try_files $uri @former; in it, and write if ($uri ~* "\\.(js|css|png)$") { return 404; } as the first line of the snippet\'s location @index, or the front controller answers for what is missing',
    ],
  },
  {
    name: 'Laravel as Forge deploys it',
    nginx: `server {
  listen 443 ssl http2;
  server_name app.shop.example;
  root "/home/forge/shop.example/current/public";
  add_header X-Frame-Options "SAMEORIGIN";
  index index.html index.htm index.php;
  charset utf-8;
  location / { try_files $uri $uri/ /index.php?$query_string; }
  error_page 404 /index.php;
  location ~ \\.php$ {
    fastcgi_split_path_info ^(.+\\.php)(/.+)$;
    fastcgi_pass unix:/run/php/shop.sock;
    fastcgi_index index.php;
    include fastcgi_params;
  }
  location ~ /\\.(?!well-known).* { deny all; }
}`,
    files: { '/home/forge/shop.example/releases/3/public/index.php': '' },
    directories: {
      '/home/forge/shop.example/current': '/home/forge/shop.example/releases/3',
      '/home/forge/shop.example/current/public': '/home/forge/shop.example/releases/3/public',
      '/home/forge/shop.example/storage': '/home/forge/shop.example/storage',
    },
    owners: { '/home/forge/shop.example/storage': 1001 },
    links: { storage: 'd /home/forge/shop.example/storage', 'public/storage': 'd ../storage/app/public' },
    lines: [
      'release = /home/forge/shop.example/current',
      'url = https://app.shop.example',
      '[shared]',
      'storage = /home/forge/shop.example/storage',
      '[web]',
      'root = public',
      'index = index.html index.htm index.php',
      'front_controller = index.php',
    ],
    said: [
      "listen 443 ssl http2: stays in nginx: bring it into the snippet's block, in place of its two, by which all of the network comes to port 80",
      "add_header X-Frame-Options SAMEORIGIN: stays in nginx: bring it into the snippet's block",
      "charset utf-8: stays in nginx: bring it into the snippet's block",
      "error_page 404 /index.php: stays in nginx: bring it into the snippet's block",
      'fastcgi_pass unix:/run/php/shop.sock: leads to php-zd in the snippet',
    ],
  },
  {
    name: 'Symfony, where only the front controller runs',
    nginx: `server {
  server_name shop.example;
  root /srv/shop/current/public;
  location / { try_files $uri /index.php$is_args$args; }
  location ~ ^/index\\.php(/|$) {
    fastcgi_pass unix:/run/php/shop.sock;
    fastcgi_split_path_info ^(.+\\.php)(/.*)$;
    include fastcgi_params;
    fastcgi_param APP_ENV prod;
    fastcgi_param SCRIPT_FILENAME $realpath_root$fastcgi_script_name;
    fastcgi_param DOCUMENT_ROOT $realpath_root;
    internal;
  }
  location ~ \\.php$ { return 404; }
}`,
    ...flipped('public', 'public/index.php'),
    lines: [
      'release = /srv/shop/current',
      'url = http://shop.example',
      'param[APP_ENV] = prod',
      '[web]',
      'root = public',
      'index = index.php',
      'front_controller = index.php',
    ],
    said: [
      'location ~ ^/index\\.php(/|$) { fastcgi_pass; fastcgi_spli...: only some scripts ran, and the snippet runs every one of the document root that is not closed: write location ~ "^/index\\.php(/|$)" in place of the words of its location with fastcgi_pass, and it closes the others',
      'fastcgi_pass unix:/run/php/shop.sock: leads to php-zd in the snippet',
      "internal: stays in nginx: write it in the snippet's location with fastcgi_pass, behind its own lines",
    ],
  },
  {
    name: 'Drupal',
    nginx: `server {
  listen 8080;
  server_name shop.example;
  root /srv/shop/current/web;
  location = /robots.txt { allow all; log_not_found off; }
  location ~ ^/sites/.*/private/ { return 403; }
  location ~ (^|/)\\. { return 403; }
  location / { try_files $uri /index.php?$query_string; }
  location ~ /vendor/.*\\.php$ { deny all; return 404; }
  location ~ '\\.php$|^/update.php' {
    fastcgi_split_path_info ^(.+?\\.php)(|/.*)$;
    try_files $fastcgi_script_name =404;
    include fastcgi_params;
    fastcgi_param HTTP_PROXY "";
    fastcgi_param QUERY_STRING $query_string;
    fastcgi_intercept_errors on;
    fastcgi_pass unix:/run/php/shop.sock;
  }
}`,
    ...flipped('web', 'web/index.php', 'composer.json'),
    lines: [
      'release = /srv/shop/current',
      'url = http://shop.example:8080',
      '[web]',
      'root = web',
      'closed = sites/*/private vendor/*.php */vendor/*.php',
      'index = index.php',
      'front_controller = index.php',
    ],
    said: [
      "listen 8080: stays in nginx: bring it into the snippet's block, in place of its two, by which all of the network comes to port 80",
      "location = /robots.txt { allow; log_not_found }: stays in nginx: bring it into the snippet's block, last there, with try_files $uri @former; in it, and write if ($uri = /robots.txt) { return 404; } ahead of the last line of the snippet's location @index, or the front controller answers for what is missing",
      "fastcgi_intercept_errors on: stays in nginx: write it in the snippet's location with fastcgi_pass, behind its own lines",
      'fastcgi_pass unix:/run/php/shop.sock: leads to php-zd in the snippet',
      'fastcgi_param HTTP_HOST $host: leaves the port out of HTTP_HOST, where the snippet has it: if the application wants none, take the if with $http_host out of the snippet',
    ],
  },
  {
    name: 'Nextcloud',
    nginx: `map $arg_v $asset_immutable { "" ""; default ", immutable"; }
server {
  listen 443 ssl;
  server_name cloud.shop.example;
  root /var/www/nextcloud;
  client_max_body_size 512M;
  fastcgi_buffers 64 4K;
  index index.php index.html /index.php$request_uri;
  location = / { if ( $http_user_agent ~ ^DavClnt ) { return 302 /remote.php/webdav/$is_args$args; } }
  location ^~ /.well-known { location = /.well-known/carddav { return 301 /remote.php/dav/; } }
  location ~ ^/(?:build|tests|config|lib|3rdparty|templates|data)(?:$|/) { return 404; }
  location ~ ^/(?:\\.|autotest|occ|issue|indie|db_|console) { return 404; }
  location ~ \\.php(?:$|/) {
    fastcgi_split_path_info ^(.+?\\.php)(/.*)$;
    set $path_info $fastcgi_path_info;
    try_files $fastcgi_script_name =404;
    include fastcgi_params;
    fastcgi_param PATH_INFO $path_info;
    fastcgi_param HTTPS on;
    fastcgi_param modHeadersAvailable true;
    fastcgi_param front_controller_active true;
    fastcgi_pass unix:/run/php/shop.sock;
    fastcgi_read_timeout 3600s;
  }
  location / { try_files $uri $uri/ /index.php$request_uri; }
}`,
    ...plain('/var/www/nextcloud', 'index.php', 'remote.php', 'ocs/v1.php'),
    lines: [
      'release = /var/www/nextcloud',
      'url = https://cloud.shop.example',
      'param[modHeadersAvailable] = true',
      'param[front_controller_active] = true',
      '[web]',
      'root = .',
      'index = index.php index.html',
      'closed = build tests config lib 3rdparty templates data autotest* occ* issue* indie* db_* console* occ',
      'front_controller = index.php',
    ],
    said: [
      'map $arg_v $asset_immutable { ; default }: is for all of nginx, and the snippet has a server block alone: keep it before that, where something else needs it',
      "listen 443 ssl: stays in nginx: bring it into the snippet's block, in place of its two, by which all of the network comes to port 80",
      'client_max_body_size 512M: the snippet has no limit, and PHP has post_max_size: write it there if nginx is to refuse sooner',
      "fastcgi_buffers 64 4K: stays in nginx: write it in the snippet's location with fastcgi_pass, behind its own lines",
      "location = / { if }: stays in nginx: bring it into the snippet's block",
      "location ^~ /.well-known { location }: stays in nginx: bring it into the snippet's block",
      'fastcgi_pass unix:/run/php/shop.sock: leads to php-zd in the snippet',
      'fastcgi_read_timeout 3600s: the snippet has the default of 60s: write it there',
      `try_files $uri $uri/ /index.php$request_uri: stays in nginx: write try_files $uri $uri/ @former; and index index.php index.html /index.php$request_uri; in the snippet's location /, in place of its own try_files, and try_files "" /index.php$request_uri; as the last line of the snippet's location @index, in place of its own`,
    ],
  },
  {
    name: 'Moodle',
    nginx: `server {
  server_name moodle.shop.example;
  root /var/www/moodle;
  index index.php;
  location / { try_files $uri $uri/ =404; }
  location /dataroot/ { internal; alias /var/moodledata/; }
  location ~ (/vendor/|/node_modules/|composer\\.json|/readme) { deny all; return 404; }
  location ~ [^/]\\.php(/|$) {
    fastcgi_split_path_info ^(.+\\.php)(/.+)$;
    fastcgi_index index.php;
    fastcgi_pass unix:/run/php/shop.sock;
    include fastcgi_params;
    fastcgi_param PATH_INFO $fastcgi_path_info;
    fastcgi_param PHP_VALUE "max_input_vars=5000";
  }
}`,
    ...plain('/var/www/moodle', 'index.php', 'pluginfile.php'),
    lines: [
      'release = /var/www/moodle',
      'url = http://moodle.shop.example',
      'param[PHP_VALUE] = max_input_vars=5000',
      '[web]',
      'root = .',
      'index = index.php',
      'front_controller = none',
      'closed = vendor */vendor node_modules */node_modules *composer.json* readme* */readme*',
    ],
    said: [
      "location /dataroot/ { internal; alias }: has a directory of its own: bring it into the snippet's block, last there, with disable_symlinks if_not_owner from=/var/moodledata; in it",
      'fastcgi_pass unix:/run/php/shop.sock: leads to php-zd in the snippet',
    ],
  },
  {
    name: 'MediaWiki',
    nginx: `server {
  server_name wiki.shop.example;
  root /srv/shop/current;
  location ~ ^/(index|load|api|thumb)\\.php$ { include fastcgi_params; fastcgi_pass unix:/run/php/shop.sock; }
  location /images { }
  location ^~ /images/deleted { deny all; }
  location ~ ^/(cache|includes|maintenance)/ { deny all; }
  location /wiki/ { rewrite ^/wiki/(?<pagename>.*)$ /index.php; }
  location = / { return 301 /wiki/Main_Page; }
  location / { return 404; }
}`,
    ...flipped('', 'index.php', 'load.php', 'api.php'),
    lines: [
      'release = /srv/shop/current',
      'url = http://wiki.shop.example',
      '[web]',
      'front_controller = none',
      'root = .',
      'closed = images*.php images/deleted* cache includes maintenance wiki/*.php',
    ],
    said: [
      'location ~ ^/(index|load|api|thumb)\\.php$ { fastcgi_param...: only some scripts ran, and the snippet runs every one of the document root that is not closed: write location ~ "^/(index|load|api|thumb)\\.php$" in place of the words of its location with fastcgi_pass, and it closes the others',
      'fastcgi_pass unix:/run/php/shop.sock: leads to php-zd in the snippet',
      "location /images {  }: stays in nginx: bring it into the snippet's block, last there, with try_files $uri @former; in it",
      "location /wiki/ { rewrite }: stays in nginx: bring it into the snippet's block as location ^~ /wiki/, which nginx takes before the snippet's patterns",
      "location = / { return }: stays in nginx: bring it into the snippet's block",
      "location / { return }: stays in nginx: bring it into the snippet's block, in place of its location /",
    ],
  },
  {
    name: 'DokuWiki',
    nginx: `server {
  server_name wiki.shop.example;
  root /var/www/dokuwiki;
  index index.php doku.php;
  location ~ /(conf|bin|inc|vendor)/ { deny all; }
  location / { try_files $uri $uri/ @dokuwiki; }
  location @dokuwiki {
    rewrite ^/_media/(.*) /lib/exe/fetch.php?media=$1 last;
    rewrite ^/(.*) /doku.php?id=$1&$args last;
  }
  ${php()}
}`,
    ...plain('/var/www/dokuwiki', 'index.php', 'doku.php'),
    lines: [
      'release = /var/www/dokuwiki',
      'url = http://wiki.shop.example',
      'index = doku.php',
      '[web]',
      'root = .',
      'index = index.php doku.php',
      'closed = conf */conf bin */bin inc */inc vendor */vendor data',
      'front_controller = doku.php',
    ],
    said: [
      "try_files $uri $uri/ @dokuwiki: stays in nginx: write rewrite ^/_media/(.*) /lib/exe/fetch.php?media=$1 last; rewrite ^/(.*) /doku.php?id=$1&$args last; as the last line of the snippet's location @index, in place of its own",
      'fastcgi_pass unix:/run/php/shop.sock: leads to php-zd in the snippet',
    ],
  },
  {
    name: 'CakePHP',
    nginx: `server {
  server_name shop.example;
  root /var/www/shop/webroot;
  index index.php;
  location / { try_files $uri $uri/ /index.php?$args; }
  ${php()}
}`,
    files: { '/var/www/shop/webroot/index.php': '', '/var/www/shop/index.php': '', '/var/www/shop/composer.json': '' },
    directories: { '/var/www/shop/webroot': '/var/www/shop/webroot' },
    lines: [
      'release = /var/www/shop',
      'url = http://shop.example',
      '[web]',
      'root = webroot',
      'index = index.php',
      'front_controller = index.php',
    ],
    said: ['fastcgi_pass unix:/run/php/shop.sock: leads to php-zd in the snippet'],
  },
  {
    name: 'an old framework behind a rewrite, with doors for a few',
    nginx: `server {
  listen 80;
  listen 127.0.0.1:8080 proxy_protocol;
  server_name shop.example;
  root /srv/shop/current/htdocs;
  auth_basic "closed";
  auth_basic_user_file /etc/nginx/htpasswd;
  if (!-e $request_filename) { rewrite ^(.*)$ /app.php last; }
  location /admin { allow 10.0.0.0/8; deny all; }
  ${php('fastcgi_param REMOTE_CITY $geoip_city; fastcgi_keep_conn on;')}
  location ~* \\.(bak|sql)$ { deny all; }
}
server { server_name other.example; location / { fastcgi_pass unix:/run/php/other.sock; } }
server { server_name old.shop.example; root /srv/shop/current/old; location / { fastcgi_pass unix:/run/php/shop.sock; } }`,
    ...flipped('htdocs', 'htdocs/app.php'),
    lines: [
      'release = /srv/shop/current',
      'url = http://shop.example',
      'index = htdocs/app.php',
      '[web]',
      'root = htdocs',
      'front_controller = app.php',
      'closed = *.bak *.sql',
    ],
    said: [
      "listen 127.0.0.1:8080 proxy_protocol: stays in nginx: bring it into the snippet's block, beside its own",
      "auth_basic closed: the snippet lets everybody in: bring it into the snippet's block",
      "auth_basic_user_file /etc/nginx/htpasswd: stays in nginx: bring it into the snippet's block",
      "location /admin { allow; deny }: is not for everybody, and the snippet publishes it: bring it into the snippet's block",
      'fastcgi_pass unix:/run/php/shop.sock: leads to php-zd in the snippet',
      "fastcgi_param REMOTE_CITY $geoip_city: has a variable of nginx, which php-zd's own requests have not: write it in the snippet's location with fastcgi_pass, behind its own lines",
      'fastcgi_keep_conn on: must stay off: a connection that is kept holds the drain of a replica; where pages flush() before they end, write fastcgi_buffering off; in its place, with which a slow visitor holds a child',
      'server { server_name; location }: is another server block, which the snippet has not: keep it in the file of the snippet, or in one of its own',
      'server { server_name; root; location }: leads to the same pool, and was not read',
    ],
  },
  {
    name: 'a server behind something that ends the encryption, with parameters of its own',
    nginx: `server {
  listen 8080;
  server_name shop.example;
  root /srv/shop/current/public;
  location / { try_files $uri /index.php$is_args$args; }
  location ~ \\.php$ {
    include fastcgi_params;
    fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
    fastcgi_param HTTPS on;
    fastcgi_param SERVER_PORT 443;
    fastcgi_param SERVER_NAME $host;
    fastcgi_param REMOTE_ADDR $http_x_real_ip;
    fastcgi_param REQUEST_SCHEME $scheme;
    fastcgi_param DATABASE_URL "mysql://u:p@db/shop?x=1" if_not_empty;
    fastcgi_pass unix:/run/php/shop.sock;
  }
}`,
    ...flipped('public', 'public/index.php'),
    lines: [
      'release = /srv/shop/current',
      'url = https://shop.example',
      'param[HTTPS] = on',
      'param[SERVER_PORT] = 443',
      'param[DATABASE_URL] = mysql://u:p@db/shop?x=1',
      '[web]',
      'root = public',
      'index = index.php',
      'front_controller = index.php',
    ],
    said: [
      "listen 8080: stays in nginx: bring it into the snippet's block, in place of its two, by which all of the network comes to port 80",
      "fastcgi_param SERVER_NAME $host: has a variable of nginx, which php-zd's own requests have not: write it in the snippet's location with fastcgi_pass, behind its own lines",
      "fastcgi_param REMOTE_ADDR $http_x_real_ip: has a variable of nginx, which php-zd's own requests have not: write it in the snippet's location with fastcgi_pass, behind its own lines",
      'fastcgi_pass unix:/run/php/shop.sock: leads to php-zd in the snippet',
    ],
  },
  {
    name: "Magento's sample, with its document root in a variable and settings of PHP's as parameters",
    nginx: `upstream fastcgi_backend { server unix:/run/php/shop.sock; }
server {
  listen 443 ssl;
  server_name .shop.example;
  set $MAGE_ROOT /srv/shop/current;
  root \${MAGE_ROOT}/pub;
  location / { try_files $uri $uri/ /index.php$is_args$args; }
  location ~ \\.php$ {
    fastcgi_pass fastcgi_backend;
    fastcgi_param PHP_FLAG "session.auto_start=off \\n zlib.output_compression=off";
    fastcgi_param MAGE_MODE production;
    fastcgi_param MAGE_ROOT $MAGE_ROOT;
    fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
    include fastcgi_params;
  }
}`,
    ...flipped('pub', 'pub/index.php', 'public/index.php'),
    lines: [
      'release = /srv/shop/current',
      'url = https://shop.example',
      'param[MAGE_MODE] = production',
      'param[MAGE_ROOT] = /srv/shop/current',
      '[web]',
      'root = pub',
      'front_controller = index.php',
    ],
    said: [
      'upstream fastcgi_backend { server }: is for all of nginx, and the snippet has a server block alone: keep it before that, where something else needs it',
      "listen 443 ssl: stays in nginx: bring it into the snippet's block, in place of its two, by which all of the network comes to port 80",
      "set $MAGE_ROOT /srv/shop/current: stays in nginx: bring it into the snippet's block",
      'fastcgi_pass fastcgi_backend: leads to php-zd in the snippet',
      "fastcgi_param PHP_FLAG session.auto_start=off   zlib.outp...: has a line break, which no line of a site file can hold: write it in the snippet's location with fastcgi_pass, behind its own lines; or write each setting as a line of [pool]",
    ],
  },
  {
    name: 'names by pattern, odd parameters, and another application in a directory of its own',
    nginx: `server {
  server_name .shop.example *.shop.example ~^www\\d+;
  root /srv/shop/current/public;
  location / { try_files $uri /index.php; }
  location ~ \\.php$ {
    fastcgi_pass unix:/run/php/shop.sock;
    fastcgi_param EMPTY "";
    fastcgi_param X-Y z;
    fastcgi_param NOTE "a;b#c 'd'";
  }
  location /phpmyadmin {
    root /usr/share;
    location ~ ^/phpmyadmin/.*\\.php$ { fastcgi_pass unix:/run/php/shop.sock; fastcgi_param SECOND 2; }
  }
}`,
    ...flipped('public', 'public/index.php'),
    lines: [
      'release = /srv/shop/current',
      'url = http://shop.example',
      "param[NOTE] = 'a;b#c 'd''",
      '[web]',
      'root = public',
      'index = index.php',
      'front_controller = index.php',
    ],
    said: [
      'fastcgi_pass unix:/run/php/shop.sock: leads to php-zd in the snippet',
      "fastcgi_param EMPTY : stays in nginx: write it in the snippet's location with fastcgi_pass, behind its own lines",
      "fastcgi_param X-Y z: stays in nginx: write it in the snippet's location with fastcgi_pass, behind its own lines",
      'location /phpmyadmin { root; location }: passes scripts of another directory on, and a replica sees its release alone: make a site of it, or keep a pool and a block for it',
    ],
  },
  {
    name: 'a server of which one part is PHP',
    nginx: `server {
  server_name shop.example;
  root /srv/shop/current;
  location /api { location ~ \\.php$ { fastcgi_param REGION eu; fastcgi_pass unix:/run/php/shop.sock; } }
  location / { proxy_pass http://127.0.0.1:3000; }
}`,
    ...flipped('', 'index.php'),
    lines: [
      'release = /srv/shop/current',
      'url = http://shop.example',
      'param[REGION] = eu',
      '[web]',
      'front_controller = none',
      'root = .',
    ],
    said: [
      'location ~ \\.php$ { fastcgi_param; fastcgi_pass }: only some scripts ran, and the snippet runs every one of the document root that is not closed: write location ~ "^(?=/api)(?=.*(?:\\.php$))" in place of the words of its location with fastcgi_pass, and it closes the others',
      "location /api {  }: stays in nginx: bring it, without its locations of scripts, into the snippet's block, last there, with try_files $uri @former; in it",
      'fastcgi_pass unix:/run/php/shop.sock: leads to php-zd in the snippet',
      "location / { proxy_pass }: stays in nginx: bring it into the snippet's block, in place of its location /",
    ],
  },
  {
    name: 'phpMyAdmin as a package puts it',
    nginx: `server {
  server_name db.shop.example;
  root /usr/share/phpmyadmin;
  index index.php;
  location ^~ /libraries/ { deny all; }
  ${php()}
}`,
    ...plain('/usr/share/phpmyadmin', 'index.php'),
    lines: [
      'release = /usr/share/phpmyadmin',
      'mount = /srv/php-zd/shop',
      'url = http://db.shop.example',
      '[web]',
      'front_controller = none',
      'root = .',
      'index = index.php',
      'closed = libraries',
    ],
    said: ['fastcgi_pass unix:/run/php/shop.sock: leads to php-zd in the snippet'],
  },
  {
    name: 'locations of some scripts, of another pool and of pages, each with parameters of its own',
    nginx: `server {
  server_name shop.example;
  root /srv/shop/current/public;
  fastcgi_param EVERYWHERE yes;
  location / { try_files $uri /index.php$is_args$args; }
  location ^~ /de/ {
    include fastcgi_params;
    fastcgi_param SCRIPT_FILENAME $document_root/index.php;
    fastcgi_param MAGE_RUN_CODE de;
    fastcgi_param APP_ENV prod;
    fastcgi_pass unix:/run/php/shop.sock;
  }
  location = /export.php {
    include fastcgi.conf;
    fastcgi_param PHP_VALUE "memory_limit=2G";
    fastcgi_pass unix:/run/php/shop.sock;
  }
  location ^~ /admin/ {
    include fastcgi.conf;
    fastcgi_param ADMIN yes;
    fastcgi_pass unix:/run/php/storeadm.sock;
  }
  location ^~ /assets/ { expires 30d; try_files $uri =404; }
  location ~ \\.(php|html?)$ {
    include fastcgi.conf;
    fastcgi_param APP_ENV prod;
    fastcgi_param APP_ROOT $document_root;
    fastcgi_param APP_TMP $realpath_root/../tmp/$host;
    fastcgi_param PHP_ADMIN_VALUE "open_basedir=$document_root/../:/tmp/";
    fastcgi_pass unix:/run/php/shop.sock;
  }
}`,
    ...flipped('public', 'public/index.php'),
    lines: [
      'release = /srv/shop/current',
      'url = http://shop.example',
      'param[APP_ENV] = prod',
      'param[APP_ROOT] = /srv/shop/releases/.shop.live/public',
      'php_admin_value[open_basedir] = /srv/shop/releases/.shop.live/public/../:/tmp/',
      '[web]',
      'root = public',
      'index = index.php',
      'front_controller = index.php',
      'closed = assets/*.php assets/*.html assets/*.htm',
    ],
    said: [
      'fastcgi_param EVERYWHERE yes: has no effect: each location with fastcgi_pass has a fastcgi_param of its own, and so no other one',
      `fastcgi_param SCRIPT_FILENAME $document_root/index.php: holds for location ^~ /de/ alone, and the site file has no such parameter: bring a copy of the snippet's location with fastcgi_pass in, before that one, as location ~ "^/de/", with fastcgi_param SCRIPT_FILENAME "/srv/shop/releases/.shop.live/public/index.php"; as its last line`,
      `fastcgi_param MAGE_RUN_CODE de: holds for location ^~ /de/ alone, and the site file has no such parameter: bring a copy of the snippet's location with fastcgi_pass in, before that one, as location ~ "^/de/", with fastcgi_param MAGE_RUN_CODE "de"; as its last line`,
      'fastcgi_pass unix:/run/php/shop.sock: leads to php-zd in the snippet',
      `fastcgi_param PHP_VALUE memory_limit=2G: holds for location = /export.php alone, and the site file has no such parameter: bring a copy of the snippet's location with fastcgi_pass in, before that one, as location ~ "^/export\\.php$", with fastcgi_param PHP_VALUE "memory_limit=2G"; as its last line`,
      'fastcgi_pass unix:/run/php/shop.sock: leads to php-zd in the snippet',
      "fastcgi_pass unix:/run/php/storeadm.sock: leads to another pool than this one: keep that pool, and bring location ^~ /admin/ into the snippet's block, last there, with root /srv/shop/current/public; and disable_symlinks off; in it",
      'location ^~ /assets/ { expires; try_files }: its pages of kinds that PHP runs elsewhere were sent as they are, and are closed, since the snippet would run them: see closed = in [web]',
      `location ^~ /assets/ { expires; try_files }: stays in nginx: bring it into the snippet's block, last there, without ^~, which would open what the snippet closes, and with try_files $uri @former; in place of its own try_files, and write if ($uri ~ "^/assets/") { return 404; } ahead of the last line of the snippet's location @index, or the front controller answers for what is missing`,
      'location ~ \\.(php|html?)$ { fastcgi_param; fastcgi_pass }: passes .html .htm on to PHP, and the snippet sends such files as they are, with their source text: write security.limit_extensions = .php .html .htm in [pool], and it runs them',
      `fastcgi_param APP_TMP $realpath_root/../tmp/$host: has a variable of nginx, and the document root, which is another path to a replica: write fastcgi_param APP_TMP "/srv/shop/releases/.shop.live/public/../tmp/$host"; in the snippet's location with fastcgi_pass, behind its own lines`,
      'fastcgi_pass unix:/run/php/shop.sock: leads to php-zd in the snippet',
    ],
  },
  {
    name: 'another pool for the scripts of a directory, by locations in others',
    nginx: `server {
  server_name shop.example;
  root /srv/shop/current/public;
  location / { try_files $uri /index.php?$args; }
  location ^~ /admin/ { location ~ \\.php$ { fastcgi_pass unix:/run/php/admin.sock; } location ~ ^/admin/x\\.php$ { root /srv/shop/current/public; disable_symlinks on; fastcgi_pass unix:/run/php/admin.sock; } }
  location ^~ /feed/ { location ~ /one\\.php$ { fastcgi_pass unix:/run/php/admin.sock; } }
  location ^~ /staff/ { auth_basic a; location ~ \\.php$ { fastcgi_pass unix:/run/php/admin.sock; } location ~ ^/staff/own\\.php$ { fastcgi_pass unix:/run/php/shop.sock; } }
  ${php()}
}`,
    ...flipped('public', 'public/index.php'),
    lines: [
      'release = /srv/shop/current',
      'url = http://shop.example',
      '[web]',
      'root = public',
      'index = index.php',
      'front_controller = index.php',
    ],
    said: [
      `location ^~ /admin/ {  }: stays in nginx: write if ($uri ~ "^/admin/") { return 404; } ahead of the last line of the snippet's location @index, or the front controller answers for what is missing`,
      `fastcgi_pass unix:/run/php/admin.sock: leads to another pool than this one: keep that pool, and bring it as location ~ "^(?=/admin/)(?=.*(?:\\.php$))" into the snippet's block, before its location with fastcgi_pass, with root /srv/shop/current/public; and disable_symlinks off; in it`,
      `fastcgi_pass unix:/run/php/admin.sock: leads to another pool than this one: keep that pool, and bring it as location ~ "^(?=/admin/)(?=.*(?:^/admin/x\\.php$))" into the snippet's block, before its location with fastcgi_pass`,
      `location ^~ /feed/ { location }: scripts that this location took did not run, and the snippet runs them: write their paths as closed = in [web], as in closed = media/*.php`,
      `location ^~ /feed/ {  }: stays in nginx: write if ($uri ~ "^/feed/") { return 404; } ahead of the last line of the snippet's location @index, or the front controller answers for what is missing`,
      `fastcgi_pass unix:/run/php/admin.sock: leads to another pool than this one: keep that pool, and bring it as location ~ "^(?=/feed/)(?=.*(?:/one\\.php$))" into the snippet's block, before its location with fastcgi_pass, with root /srv/shop/current/public; and disable_symlinks off; in it`,
      `location ^~ /staff/ { auth_basic; location }: is not for everybody, and the snippet publishes it: bring it into the snippet's block, with root /srv/shop/current/public; and disable_symlinks off; in what of it leads to another pool, which you keep, and change its other fastcgi_pass and their parameters as for a block of your own`,
      `fastcgi_pass unix:/run/php/shop.sock: leads to php-zd in the snippet`,
    ],
  },
  {
    name: 'several front controllers, words between, and places of their own',
    nginx: `server {
  server_name shop.example;
  server_name www.shop.example;
  root /srv/shop/current/public;
  index index.html index.php;
  location ^~ /media/ { }
  location /files/ { root /srv/files; }
  location /dist/ { alias /srv/shop/current/built/; }
  location /same/ { alias /srv/shop/current/public/same/; index index.html index.php; expires 1d; }
  location = / { index home.php; }
  location /blog/ { try_files $uri $uri/ /blog/index.php?$args; }
  location /blog/de/ { try_files $uri /blog/de.php?p=$uri; }
  location /v1/ { try_files $uri @api; }
  location /v2/ { try_files $uri @node; }
  location /admin/ { auth_basic a; location ~ \\.php$ { fastcgi_pass unix:/run/php/shop.sock; } }
  location / { try_files $uri $uri.html $uri/ /index.php$request_uri; }
  location @api { include fastcgi_params; fastcgi_param SCRIPT_FILENAME /srv/shop/current/public/api.php; fastcgi_param PATH_INFO $uri; fastcgi_pass unix:/run/php/shop.sock; }
  location @node { proxy_pass http://127.0.0.1:3000; }
  ${php()}
}`,
    ...flipped('public', 'public/index.php', 'public/api.php'),
    lines: [
      'release = /srv/shop/current',
      'url = http://shop.example',
      '[web]',
      'root = public',
      'index = index.html index.php',
      'closed = media/*.php',
      'front_controller = index.php',
    ],
    said: [
      `location ^~ /media/ {  }: stays in nginx: bring it into the snippet's block, last there, without ^~, which would open what the snippet closes, and with try_files $uri @former; in it, and write if ($uri ~ "^/media/") { return 404; } ahead of the last line of the snippet's location @index, or the front controller answers for what is missing`,
      "location /files/ { root }: has a directory of its own: bring it into the snippet's block, last there, with disable_symlinks if_not_owner from=/srv/files; in it",
      "location /dist/ { alias }: has a directory of its own: bring it into the snippet's block, last there, with alias /run/php-zd/shop/static/built/; in place of its own",
      `location /same/ { alias; index; expires }: stays in nginx: bring it, without its alias, into the snippet's block, last there, with try_files $uri @former; in it, and write if ($uri ~ "^/same/") { return 404; } ahead of the last line of the snippet's location @index, or the front controller answers for what is missing`,
      "location = / { index }: stays in nginx: bring it into the snippet's block, last there, with try_files $uri $uri/ @former; in it",
      `location /blog/ { try_files }: stays in nginx: bring it into the snippet's block, last there, with try_files $uri @former; in place of its own try_files, and write if ($uri ~ "^/blog/(?!de/)") { rewrite ^ /blog/index.php last; } ahead of the last line of the snippet's location @index`,
      `location /blog/de/ { try_files }: stays in nginx: bring it into the snippet's block, last there, with try_files $uri @former; in place of its own try_files, and write if ($uri ~ "^/blog/de/") { rewrite ^ /blog/de.php?p=$uri? last; } ahead of the last line of the snippet's location @index`,
      `location /v1/ { try_files }: stays in nginx: bring it into the snippet's block, last there, with try_files $uri @former; in place of its own try_files, and write if ($uri ~ "^/v1/") { rewrite ^(.*)$ /api.php$1 last; } ahead of the last line of the snippet's location @index`,
      "location /v2/ { try_files }: stays in nginx: bring it into the snippet's block, last there, with its own try_files",
      "location /admin/ { auth_basic; location }: is not for everybody, and the snippet publishes it: bring it into the snippet's block, and change its fastcgi_pass and parameters as for a block of your own",
      `try_files $uri $uri.html $uri/ /index.php$request_uri: stays in nginx: write try_files $uri $uri.html $uri/ @former; and index index.html index.php; in the snippet's location /, in place of its own try_files, and try_files "" /index.php$request_uri; as the last line of the snippet's location @index, in place of its own`,
      'fastcgi_pass unix:/run/php/shop.sock: leads to php-zd in the snippet',
      "location @node { proxy_pass }: stays in nginx: bring it into the snippet's block",
      'fastcgi_pass unix:/run/php/shop.sock: leads to php-zd in the snippet',
    ],
  },
  {
    name: 'a block without a name, of which one script gets everything',
    nginx: `server {
  listen 8080 default_server;
  root /srv/shop/current/public;
  location / {
    fastcgi_pass unix:/run/php/shop.sock;
    fastcgi_param SCRIPT_FILENAME $document_root/app.php;
    fastcgi_param SCRIPT_NAME /app.php;
    fastcgi_param PATH_INFO $uri;
    fastcgi_param PATH_TRANSLATED $document_root$uri;
  }
}`,
    ...flipped('public', 'public/app.php'),
    lines: [
      'release = /srv/shop/current',
      'index = public/app.php',
      '[web]',
      'root = public',
      'front_controller = app.php',
    ],
    said: [
      'server { listen; root; location }: names no host: write url = http://HOST:8080, as visitors come to the site',
      "listen 8080 default_server: stays in nginx: bring it into the snippet's block, in place of its two, by which all of the network comes to port 80",
      'location / { fastcgi_pass; fastcgi_param }: only some scripts ran, and the snippet runs every one of the document root that is not closed: write location ~ "^/app\\.php(?:/|$)" in place of the words of its location with fastcgi_pass, and it closes the others',
      'fastcgi_pass unix:/run/php/shop.sock: leads to php-zd in the snippet',
      `fastcgi_param SCRIPT_FILENAME $document_root/app.php: holds for location / alone, and the site file has no such parameter: bring a copy of the snippet's location with fastcgi_pass in, as location /, in place of its own, with fastcgi_param SCRIPT_FILENAME "/srv/shop/releases/.shop.live/public/app.php"; as its last line`,
      `fastcgi_param SCRIPT_NAME /app.php: holds for location / alone, and the site file has no such parameter: bring a copy of the snippet's location with fastcgi_pass in, as location /, in place of its own, with fastcgi_param SCRIPT_NAME "/app.php"; as its last line`,
      `fastcgi_param PATH_INFO $uri: holds for location / alone, and the site file has no such parameter: bring a copy of the snippet's location with fastcgi_pass in, as location /, in place of its own, with fastcgi_param PATH_INFO "$uri"; as its last line`,
      `fastcgi_param PATH_TRANSLATED $document_root$uri: holds for location / alone, and the site file has no such parameter: bring a copy of the snippet's location with fastcgi_pass in, as location /, in place of its own, with fastcgi_param PATH_TRANSLATED "/srv/shop/releases/.shop.live/public$uri"; as its last line`,
    ],
  },
];
