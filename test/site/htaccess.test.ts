import { describe, expect, test } from 'vitest';
import { Allowance } from '../../src/site/allowance.ts';
import { wordsOf } from '../../src/site/closing-words.ts';
import { parseHtaccess } from '../../src/site/htaccess.ts';
import type { Closing } from '../../src/site/htaccess-closings.ts';
import { cpuMsOf } from '../cpu-time.ts';

const SCRIPTS = ['.php'];

const parse = (text: string, directory = '', extensions: readonly string[] = SCRIPTS): readonly Closing[] =>
  parseHtaccess(text, { directory, extensions, allowance: new Allowance(300_000) });

/** By line: which module closes, and the paths. */
const closedBy = (text: string, directory = ''): readonly (readonly [number, Closing['by'], string | undefined])[] =>
  parse(text, directory).map(({ line, by, paths }) => [line, by, paths?.join(' ')]);

const GRAV = `<IfModule mod_rewrite.c>
RewriteEngine On
# RewriteBase /
RewriteCond %{REQUEST_URI} ({{|}}|{%|%}) [OR]
RewriteCond %{QUERY_STRING} ({{|}}|{%25|%25}) [OR]
RewriteRule .* index.php [F]
RewriteRule ^index.php$ - [L]
RewriteCond %{REQUEST_URI} !^/index\\.php
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{REQUEST_FILENAME} !-d
RewriteRule .* index.php [L]
RewriteRule ^(\\.git|cache|bin|logs|backup|tests)/(.*) error [F]
RewriteRule ^(user)/(.*)\\.(txt|md|yaml)$ error [F]
RewriteRule \\.md$ error [F]
RewriteRule ^(LICENSE\\.txt|composer\\.lock)$ error [F]
</IfModule>
Options -Indexes
DirectoryIndex index.php
`;

const MAGENTO = `<Files composer.json>
    <IfVersion < 2.4>
        order allow,deny
        deny from all
    </IfVersion>
    <IfVersion >= 2.4>
        Require all denied
    </IfVersion>
</Files>
RedirectMatch 403 /\\.git
<FilesMatch "\\.(xml|phtml)$">
    Require all denied
</FilesMatch>
RewriteRule ^app/etc/.*$ - [L,R=404]
Redirect 404 /var/export/
Redirect 301 /old /new
`;

const PHPBB = `<IfModule mod_version.c>
	<IfVersion < 2.4>
		<Files "config.php">
			Order Allow,Deny
			Deny from All
		</Files>
	</IfVersion>
</IfModule>
`;

const DRUPAL = `<FilesMatch "\\.(engine|module|twig|tpl(\\.php)?)(~|\\.bak)?$|^(\\.(?!well-known).*|composer\\.(json|lock))$|^#.*#$">
  <IfModule mod_authz_core.c>
    Require all denied
  </IfModule>
  <IfModule !mod_authz_core.c>
    Order allow,deny
  </IfModule>
</FilesMatch>
RewriteRule "(^|/)\\.(?!well-known)" - [F]
RewriteCond %{REQUEST_URI} !/core/[^/]*\\.php$
RewriteRule "^(.+/.*|autoload)\\.php($|/)" - [F]
RewriteRule "^(themes|modules)/secret(/|$)" - [F]
`;

const WORDPRESS = `# BEGIN WordPress
RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]
RewriteRule ^index\\.php$ - [L]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{REQUEST_FILENAME} !-d
RewriteRule . /index.php [L]
# END WordPress
RewriteRule ^wp-admin/includes/ - [F]
RewriteRule ^wp-content/backups/.*\\.zip$ - [NC,F,L]
RewriteCond %{HTTP_REFERER} !^$
RewriteRule \\.(jpg|png)$ - [F]
RewriteCond %{HTTP_COOKIE} !wordpress_logged_in
RewriteRule ^wp-content/members/ - [F]
`;

describe('what a .htaccess closes', () => {
  test('of a flat-file application is directories, and texts of kinds below others', () => {
    expect(closedBy(GRAV)).toEqual([
      [12, 'rewrite', '.git cache bin logs backup tests'],
      [13, 'rewrite', 'user/*.txt user/*.md user/*.yaml'],
      [14, 'rewrite', '*.md'],
      [15, 'rewrite', 'LICENSE.txt composer.lock'],
    ]);
  });

  test('by Redirect, RedirectMatch, a status and names of files is known by its module', () => {
    expect(closedBy(MAGENTO)).toEqual([
      [4, 'access', 'composer.json */composer.json'],
      [10, 'alias', '.git* */.git*'],
      [12, 'access', '*.xml *.phtml'],
      [14, 'rewrite', 'app/etc'],
      [15, 'alias', 'var/export'],
    ]);
    expect(closedBy(PHPBB)).toEqual([[5, 'access', 'config.php */config.php']]);
  });

  test('with an exception, or for some visitors, is in no words of a site file', () => {
    expect(closedBy(DRUPAL).slice(1)).toEqual([
      [9, 'rewrite', '.* */.*'],
      [11, 'rewrite', undefined],
      [12, 'rewrite', 'themes/secret modules/secret'],
    ]);
    expect(closedBy(WORDPRESS)).toEqual([
      [8, 'rewrite', 'wp-admin/includes'],
      [9, 'rewrite', 'wp-content/backups/*.zip'],
      [13, 'rewrite', undefined],
    ]);
  });

  test('by a pattern that has letters which no site file may have is told without words', () => {
    expect(closedBy(DRUPAL)[0]).toEqual([3, 'access', undefined]);
    const ends = ['engine', 'module', 'twig', 'tpl', 'tpl.php'].flatMap(end =>
      ['', '~', '.bak'].map(more => end + more),
    );
    expect(closedBy(DRUPAL.replace('|^#.*#$', ''))[0]?.[2]?.split(' ')).toEqual([
      ...ends.map(end => `*.${end}`),
      ...['.*', '*/.*', 'composer.json', '*/composer.json', 'composer.lock', '*/composer.lock'],
    ]);
  });

  test('in a directory is below that, and by a line of its own the directory itself', () => {
    expect(closedBy('Require all denied', 'app')).toEqual([[1, 'access', 'app']]);
    expect(closedBy('<IfModule !mod_authz_core.c>\nOrder deny,allow\nDeny from all\n</IfModule>', 'a/b')).toEqual([
      [3, 'access', 'a/b'],
    ]);
    expect(closedBy('RewriteRule ^ - [F]\nRewriteRule ^x/ - [R=410]\nRewriteRule dump - [G]', 'a')).toEqual([
      [1, 'rewrite', 'a'],
      [2, 'rewrite', 'a/x'],
      [3, 'rewrite', 'a/*dump*'],
    ]);
  });

  test('for some visitors cannot be said by a path, and what opens closes nothing', () => {
    expect(closedBy('AuthType Basic\nRequire valid-user', 'a')).toEqual([[2, 'access', undefined]]);
    expect(closedBy('Deny from all\nAllow from 192.0.2.1', 'a')).toEqual([[1, 'access', undefined]]);
    expect(closedBy('Require all granted\nAllow from all\n<Limit PUT>\nRequire all denied\n</Limit>', 'a')).toEqual([]);
    expect(closedBy('RewriteCond %{REMOTE_ADDR} !^192\nRewriteRule ^a/ - [F]')).toEqual([[2, 'rewrite', undefined]]);
  });

  test('is what the front controller is given in its place, if it is no address of its own', () => {
    expect(parse('RewriteRule ^content/(.*) index.php [L]')).toEqual([
      { line: 1, by: 'rewrite', paths: ['content'], isMaybeRoute: true },
    ]);
    expect(closedBy('RewriteCond %{REQUEST_FILENAME} !-f\nRewriteRule ^(.*)$ index.php?q=$1 [L]')).toEqual([]);
  });

  test('goes on in the next line after a backslash, and is told by the line in which it ends', () => {
    expect(closedBy('RewriteRule \\\n  ^a/ \\\n - [F]')).toEqual([[3, 'rewrite', 'a']]);
  });
});

const OFF_BY_DRUPAL = `Options -Indexes -ExecCGI -Includes -MultiViews
# Set the catch-all handler to prevent scripts from being executed.
SetHandler Drupal_Security_Do_Not_Remove_See_SA_2006_006
<Files *>
  SetHandler Drupal_Security_Do_Not_Remove_See_SA_2013_003
</Files>
<IfModule mod_php.c>
  php_flag engine off
</IfModule>
`;

const OFF_BY_WORDFENCE = `<IfModule mod_php7.c>
php_flag engine 0
</IfModule>
AddHandler cgi-script .php .phtml .php3 .pl .py .jsp .asp .htm .shtml .sh .cgi
Options -ExecCGI
`;

describe('what a .htaccess keeps from PHP', () => {
  test('is closed by the names of scripts in its directory', () => {
    expect(closedBy('<FilesMatch "\\.php$">\nSetHandler none\n</FilesMatch>\nRemoveHandler .php', 'up')).toEqual([
      [2, 'handler', 'up/*.php'],
      [4, 'handler', 'up/*.php'],
    ]);
    expect(closedBy(OFF_BY_DRUPAL, 'sites/a/files')).toEqual([
      [3, 'handler', 'sites/a/files/*.php'],
      [5, 'handler', 'sites/a/files/*.php'],
    ]);
    expect(closedBy(OFF_BY_WORDFENCE, 'up')).toEqual([[2, 'handler', 'up/*.php']]);
  });

  test.each([
    'SetHandler default-handler',
    'SetHandler application/x-httpd-php-source',
    'SetHandler no-php',
    'RemoveHandler .phtml .php',
    'RemoveType php',
    'ForceType text/plain',
    'AddType text/plain .php .inc',
    'AddHandler default-handler .PHP',
    'AddHandler cgi-script .php',
    'AddHandler fcgid-script .php\nOptions None',
    'php_flag engine off',
    'php_value engine "0"',
    'RewriteRule \\.php$ - [H=default-handler]',
    'RewriteRule ^ - [T=text/plain,L]',
    'RewriteCond %{REQUEST_FILENAME} -f\nRewriteRule .* - [handler=none]',
    '<Files *>\nSetHandler none\n</Files>',
    '<Files ~ "\\.php">\nSetHandler none\n</Files>',
    '<FilesMatch "\\.(?i:php)$">\nSetHandler none\n</FilesMatch>',
    '<FilesMatch "\\.([Pp][Hh][Pp]|phtml)$">\nSetHandler none\n</FilesMatch>',
    '<FilesMatch "(?i)\\.(php[0-9]?|phtml|inc)$">\nSetHandler none\n</FilesMatch>',
    '<FilesMatch ".+\\.php[3-8]*$">\nSetHandler none\n</FilesMatch>',
    '<IfModule a>\n<FilesMatch "\\.php">\nOptions -ExecCGI\nSetHandler fcgid-script\n</FilesMatch>\n</IfModule>',
  ])('by %j', text => {
    expect(closedBy(text, 'up').map(([, , paths]) => paths)).toEqual(['up/*.php']);
  });

  test.each([
    'SetHandler application/x-httpd-php',
    'SetHandler "proxy:unix:/run/php/a.sock|fcgi://localhost"',
    'AddHandler application/x-httpd-ea-php81___lsphp .php .php8 .phtml',
    'RemoveHandler .php\nAddType application/x-httpd-php .php .html',
    'SetHandler fcgid-script',
    'SetHandler cgi-script\nOptions +ExecCGI',
    'ForceType None',
    'php_flag engine on',
    'php_flag display_errors off',
    'Options -ExecCGI',
    'RemoveHandler .pl .phtml',
    'AddType font/woff2 .woff2',
    'RewriteRule \\.jpg$ - [T=image/jpeg]',
    'RewriteRule ^(.+\\.php)s$ $1 [H=application/x-httpd-php]',
    '<FilesMatch "\\.(pdf|zip)$">\nForceType application/octet-stream\n</FilesMatch>',
    '<Limit PUT>\nSetHandler none\n</Limit>',
  ])('is nothing by %j', text => {
    expect(closedBy(text, 'up')).toEqual([]);
  });

  test('is one script by its name, and other endings where the site has such scripts', () => {
    expect(closedBy('<Files config.php>\nSetHandler none\n</Files>')).toEqual([
      [2, 'handler', 'config.php */config.php'],
    ]);
    const off = 'AddType text/plain .html\nRemoveHandler .php';
    expect(parse(off, 'up', ['.html', '.php']).map(({ paths }) => paths)).toEqual([['up/*.html', 'up/*.php']]);
    expect(parse('<Files "a.ph*">\nSetHandler none\n</Files>', 'up')[0]?.paths).toEqual([
      ...['up/a.php', 'up/*/a.php', 'up/a.ph*.php', 'up/*/a.ph*.php'],
    ]);
  });

  test('is told once where nobody may come in at all', () => {
    expect(closedBy(`Require all denied\n${OFF_BY_DRUPAL}`, 'private')).toEqual([[1, 'access', 'private']]);
    expect(closedBy('Require ip 192.0.2.1\nSetHandler none', 'a').map(([, by]) => by)).toEqual(['access', 'handler']);
  });

  test('of the whole site is nothing: a site has scripts', () => {
    for (const text of ['RemoveHandler .php', '<FilesMatch "\\.php$">\nSetHandler none\n</FilesMatch>']) {
      expect(closedBy(text), text).toEqual([]);
    }
  });
});

describe('what a later section opens again', () => {
  const closes = (pattern: string) => `<FilesMatch "${pattern}">\nRequire all denied\n</FilesMatch>\n`;
  const opens = (pattern: string) => `<FilesMatch "${pattern}">\nRequire all granted\n</FilesMatch>\n`;

  test('is in no words of a site file', () => {
    expect(closedBy(`Require all denied\n${opens('\\.(css|js)$')}`, 'plugins')).toEqual([[1, 'access', undefined]]);
    expect(closedBy(`${closes('\\.(php|yaml)$')}${opens('^index\\.php$')}`)).toEqual([[2, 'access', undefined]]);
    expect(closedBy(`${closes('^a\\.php$')}<If "a">\nRequire ip 192.0.2.1\n</If>`)[0]).toEqual([
      2,
      'access',
      undefined,
    ]);
    const none = '<FilesMatch "\\.php$">\nSetHandler none\n</FilesMatch>\n';
    const php = '<Files index.php>\nSetHandler application/x-httpd-php\n</Files>\n';
    expect(closedBy(none + php)).toEqual([[2, 'handler', undefined]]);
    expect(closedBy(php + none, 'up')).toEqual([[5, 'handler', 'up/*.php']]);
  });

  test('is none of what was closed where the names are others', () => {
    const text = `${closes('^config\\.php$')}${closes('\\.yaml$')}${opens('^(robots\\.txt|index\\.php)$')}`;
    expect(closedBy(text)).toEqual([
      [2, 'access', 'config.php */config.php'],
      [5, 'access', '*.yaml'],
    ]);
  });
});

test('scripts that a rule forbids in the whole site are in no words: the front controller is one', () => {
  expect(closedBy('RewriteCond %{ENV:REDIRECT_STATUS} ^$\nRewriteRule \\.php$ - [F]')).toEqual([
    [2, 'rewrite', undefined],
  ]);
});

test('an expression is read, not run: what is of no such kind has no words', () => {
  expect(wordsOf('^(a|b)?/c+?$')).toBeUndefined();
  for (const pattern of ['(a', 'a)', '[a', 'a{2}', '(?<x>a)', '\\1', '(a+)+', '*', '[ab]', '\\d']) {
    expect(wordsOf(pattern), pattern).toBeUndefined();
  }
});

test.each([
  'SetHandler none\n',
  '<Files *>\nSetHandler none\n</Files>\n',
  '[Pp]',
  'AddHandler a .php\n',
  '(',
  '(a|b)',
  '(a|b)?',
  '[',
  '\\',
  '"',
  'RewriteRule ^(a|b) - [F]\n',
  '<Files a>\n',
  '\\\n',
  '.*',
])('a file of many %j takes time in proportion to its length', part => {
  const timeOf = (length: number): number => {
    const text = part.repeat(Math.ceil(length / part.length));
    return cpuMsOf(() => [parse(`RewriteRule ${text} - [F]`), parse(text), wordsOf(text)]);
  };
  expect(timeOf(64 * 1024)).toBeLessThan(1_000);
});

const LETTERS = '(a|b|c|d|e|f|g|h|i|j|k|l|m|n|o|p)';

test.each([
  ['many words', `RewriteRule ^${LETTERS}${LETTERS}# - [F]\n`],
  ['long words', `RewriteRule ^${LETTERS}${LETTERS}${'a'.repeat(150)}# - [F]\n`],
  ['words longer than a path', `RewriteRule ^${LETTERS}${LETTERS}${'a'.repeat(3_800)}# - [F]\n`],
  ['words of nothing', `RewriteRule ^${LETTERS}${LETTERS}${'()'.repeat(1_500)}# - [F]\n`],
  ['words of an expression that is none', `RewriteRule ^${LETTERS}${LETTERS}#(?<a>b) - [F]\n`],
  ['addresses of the application', `RewriteRule ^${LETTERS}${LETTERS}#/ index.php\n`],
  ['names of files', `<FilesMatch ^${LETTERS}${LETTERS}#$>\nRequire all denied\n</FilesMatch>\n`],
  ['conditions', `RewriteCond %{REQUEST_URI} ^/${LETTERS}${LETTERS}#\nRewriteRule . - [F]\n`],
])('%s take no more of the processor than a site has, however many there are', (_, line) => {
  const allowance = new Allowance(300_000);
  const text = Array.from({ length: 800 }, (_, at) => line.replaceAll('#', `${at}`))
    .join('')
    .slice(0, 64 * 1024);
  const directory = 'd'.repeat(190);
  const ms = cpuMsOf(() => {
    for (let file = 0; file < 8; file++) parseHtaccess(text, { directory, extensions: SCRIPTS, allowance });
  });
  expect({ isSpent: allowance.isSpent, isQuick: ms < 1_500 }, `${ms} ms`).toEqual({ isSpent: true, isQuick: true });
});

test('what a site has is not spent by a hundred files that each close what applications close', () => {
  const allowance = new Allowance(300_000);
  const text =
    '<FilesMatch "\\.(?i:php|php3|php4|php5|php7|phtml|phps|pht|phar|cgi|pl|py|sh|exe)$">\nDeny from all\n</FilesMatch>\n';
  for (let file = 0; file < 100; file++) {
    const where = { directory: `wp-content/plugins/some-plugin-${file}/uploads`, extensions: SCRIPTS, allowance };
    expect(parseHtaccess(GRAV + text, where).length).toBeGreaterThan(4);
  }
  expect(allowance.isSpent).toBe(false);
});
