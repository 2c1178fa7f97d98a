import { describe, expect, test } from 'vitest';
import { wordsOf } from '../../src/site/closing-words.ts';
import { type Closing, parseHtaccess } from '../../src/site/htaccess.ts';
import { cpuMsOf } from '../cpu-time.ts';

/** By line: which module closes, and the paths. */
const closedBy = (text: string, directory = ''): readonly (readonly [number, Closing['by'], string | undefined])[] =>
  parseHtaccess(text, directory).map(({ line, by, paths }) => [line, by, paths?.join(' ')]);

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
    expect(parseHtaccess('RewriteRule ^content/(.*) index.php [L]', '')).toEqual([
      { line: 1, by: 'rewrite', paths: ['content'], isMaybeRoute: true },
    ]);
    expect(closedBy('RewriteCond %{REQUEST_FILENAME} !-f\nRewriteRule ^(.*)$ index.php?q=$1 [L]')).toEqual([]);
  });

  test('goes on in the next line after a backslash, and is told by the line in which it ends', () => {
    expect(closedBy('RewriteRule \\\n  ^a/ \\\n - [F]')).toEqual([[3, 'rewrite', 'a']]);
  });
});

test('an expression is read, not run: what is of no such kind has no words', () => {
  expect(wordsOf('^(a|b)?/c+?$')).toBeUndefined();
  for (const pattern of ['(a', 'a)', '[a', 'a{2}', '(?<x>a)', '\\1', '(a+)+', '*', '[ab]', '\\d']) {
    expect(wordsOf(pattern), pattern).toBeUndefined();
  }
});

test.each(['(', '(a|b)', '(a|b)?', '[', '\\', '"', 'RewriteRule ^(a|b) - [F]\n', '<Files a>\n', '\\\n', '.*'])(
  'a file of many %j takes time in proportion to its length',
  part => {
    const timeOf = (length: number): number => {
      const text = part.repeat(Math.ceil(length / part.length));
      return cpuMsOf(() => [parseHtaccess(`RewriteRule ${text} - [F]`, ''), parseHtaccess(text, ''), wordsOf(text)]);
    };
    expect(timeOf(64 * 1024)).toBeLessThan(1_000);
  },
);
