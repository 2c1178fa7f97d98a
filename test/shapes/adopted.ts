import type { Shape } from './shapes.ts';

const CLIENT = '/var/www/clients/client1/web1';

/** Sites that PHP-FPM and nginx of Debian's serve, as panels and packages write their pools and server blocks. */
export const adopted: readonly Shape[] = [
  {
    // A package's directory in /usr, with the user of Debian's own pool.
    name: 'phpmyadmin',
    user: 'www-data',
    base: '/usr/share/myadmin',
    tool: 'inPlace',
    pool: {
      lines: `pm = dynamic
pm.max_children = 5
pm.start_servers = 2
pm.min_spare_servers = 1
pm.max_spare_servers = 3
php_admin_value[upload_max_filesize] = 64M
`,
      server: `  root /usr/share/myadmin/htdocs;
  index index.php;
  location ~ ^/(libraries|templates)/ { deny all; }
  location / { try_files $uri $uri/ =404; }
`,
    },
    scripts: ['index.php', 'libraries/config.php', 'setup/index.php'],
    files: ['js/app.js', 'templates/a.twig'],
    table: {
      '/': 'run index.php',
      '/index.php?route=/server': 'run index.php, query route=/server',
      '/js/app.js': 'file js/app.js',
      '/setup/': 'run setup/index.php',
      '/libraries/config.php': '403',
      '/templates/a.twig': '403',
      '/nowhere': '404',
      '/?touch=made': 'refused',
      '/?ini=upload_max_filesize': 'ini 64M',
    },
  },
  {
    name: 'forge',
    user: 'forge',
    base: '/home/forge/shop',
    tool: 'deployer',
    before: 'mkdir -p /home/forge/sessions; chmod 755 /home/forge; chown forge: /home/forge /home/forge/sessions',
    pool: {
      lines: `pm = ondemand
pm.max_children = 4
chdir = /
request_terminate_timeout = 60
request_slowlog_timeout = 5s
slowlog = /home/forge/slow.log
security.limit_extensions = .php
php_admin_value[open_basedir] = /home/forge/:/tmp/
php_admin_value[memory_limit] = 192M
php_admin_flag[log_errors] = on
php_value[session.save_path] = /home/forge/sessions
env[APP_ENV] = production
`,
      server: `  root "/home/forge/shop/current/public";
  add_header X-Frame-Options "SAMEORIGIN";
  index index.html index.htm index.php;
  location / { try_files $uri $uri/ /index.php?$query_string; }
  location ~ /\\.(?!well-known).* { deny all; }
`,
    },
    scripts: ['public/index.php'],
    files: ['public/app.css'],
    shared: { storage: ['logs/app.log'] },
    sharedFiles: ['.env'],
    once: ['/index.php?session=abcdef&login=somebody'],
    table: {
      '/users/7': 'run index.php',
      '/app.css': 'file public/app.css',
      '/.env': '403',
      '/?read=.env': 'read shared .env',
      '/?env=APP_ENV': 'env production',
      '/?ini=memory_limit': 'ini 192M',
      '/?touch=storage/logs/made.log': 'touched 644',
      '/?session=abcdef': 'session somebody',
    },
  },
  {
    name: 'ispconfig',
    user: 'web1',
    base: CLIENT,
    tool: 'inPlace',
    before: `groupadd client1; mkdir -p ${CLIENT}/tmp ${CLIENT}/private; chown web1:client1 ${CLIENT}/tmp ${CLIENT}/private`,
    after: 'chown -R web1:client1 $release',
    pool: {
      group: 'client1',
      lines: `pm = ondemand
pm.max_children = 10
pm.process_idle_timeout = 10s
pm.max_requests = 0
chdir = /
env[HOSTNAME] = $HOSTNAME
env[TMP] = ${CLIENT}/tmp
php_admin_value[open_basedir] = ${CLIENT}/htdocs:${CLIENT}/private:${CLIENT}/tmp:/usr/share/php
php_admin_value[session.save_path] = ${CLIENT}/tmp
php_admin_value[upload_tmp_dir] = ${CLIENT}/tmp
php_admin_value[disable_functions] = exec,passthru
php_admin_flag[session.cookie_httponly] = on
`,
      server: `  root ${CLIENT}/htdocs;
  index index.html index.php;
  location ~ /\\. { deny all; }
  location / { try_files $uri $uri/ =404; }
`,
    },
    scripts: ['index.php', 'shop/index.php'],
    files: ['style.css', '.htaccess'],
    once: ['/?session=abcdef&login=somebody'],
    table: {
      '/': 'run index.php',
      '/shop/': 'run shop/index.php',
      '/style.css': 'file style.css',
      '/.htaccess': '403',
      '/nowhere': '404',
      '/?group=1': 'group client1',
      '/?touch=upload.txt': 'touched 644',
      [`/?touch=${CLIENT}/tmp/upload`]: 'touched 644',
      '/?ini=disable_functions': 'ini exec,passthru',
      '/?ini=session.cookie_httponly': 'ini 1',
      '/?session=abcdef': 'session somebody',
    },
  },
  {
    // PHP-FPM changes its root: nginx has to say paths as they are in there.
    name: 'jail',
    user: 'jail',
    base: '/srv/jail',
    tool: 'inPlace',
    before: 'mkdir -p /srv/jail/tmp; chmod 1777 /srv/jail/tmp',
    pool: {
      lines: `pm = static
pm.max_children = 2
chroot = /srv/jail
chdir = /
php_flag[display_errors] = off
`,
      server: `  root /srv/jail/htdocs;
  index index.php;
  location / { try_files $uri /index.php$is_args$args; }
`,
      php: `    fastcgi_param SCRIPT_FILENAME /htdocs$fastcgi_script_name;
    fastcgi_param DOCUMENT_ROOT /htdocs;
`,
    },
    scripts: ['index.php'],
    files: ['style.css'],
    table: { '/page': 'run index.php', '/style.css': 'file style.css', '/?ini=display_errors': 'ini 0|ini ' },
  },
];
