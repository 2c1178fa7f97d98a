import { expect, test } from 'vitest';
import { chosenFor } from '../../../src/site/existing/nginx-choice.ts';
import { parseNginxFile } from '../../../src/site/existing/nginx-file.ts';
import { phpLocationsOf } from '../../../src/site/existing/php-locations.ts';
import { patternOfScripts, runsAny, shutIn } from '../../../src/site/existing/run-scripts.ts';

const php = (words: string, params = '') => `location ${words} { ${params} fastcgi_pass unix:/run/php/shop.sock; }`;
const read = (block: string) => {
  const children = parseNginxFile('shop', block);
  return { children, locations: phpLocationsOf(children, () => true) };
};

test.each([
  ['/a/x.php', String.raw`location /a { } location ~ \.php$ { }`, String.raw`~ \.php$`],
  ['/a/x.php', String.raw`location ^~ /a { } location ~ \.php$ { }`, '^~ /a'],
  ['/a/x.php', String.raw`location /a { } location / { location ~ \.php$ { } }`, '/a'],
  ['/a/x.php', String.raw`location /a { location ~ \.php$ { } } location ~ x { }`, String.raw`/a > ~ \.php$`],
  ['/a/x.php', String.raw`location / { location ^~ /a { } } location ~ \.php$ { }`, String.raw`~ \.php$`],
  ['/a/x.php', 'location = /a/x.php { } location ~ x { }', '= /a/x.php'],
  ['/a/x.php', 'location ~ a { location /a/x { } } location ~ x { }', '~ a > /a/x'],
  ['/a', 'location /b { }', ''],
])('nginx has %s answered of "%s" in %s', (path, block, chosen) => {
  const chain = chosenFor(parseNginxFile('shop', block), path);
  expect(chain.map(({ args }) => args.join(' ')).join(' > ')).toBe(chosen);
});

test.each([
  [php(String.raw`~ \.php$`), true],
  [php(String.raw`~ [^/]\.php(/|$)`), true],
  [php('/'), true],
  [`location / { ${php(String.raw`~ \.php$`)} }`, true],
  [php(String.raw`~ ^/[^/]+\.php$`), false],
  [php(String.raw`~ ^(?!/media/).+\.php$`), false],
  [php(String.raw`~ (?<!upload)\.php$`), false],
  [php('= /index.php'), false],
  [php(String.raw`~ \.php$`, 'fastcgi_param SCRIPT_FILENAME $document_root/app.php;'), false],
  [`location ~ ${String.raw`\.php$`} { deny all; } ${php(String.raw`~ \.php$`)}`, false],
])('that every script runs of "%s" is %s', (block, isAny) => {
  const { children, locations } = read(block);
  expect(runsAny(children, locations)).toBe(isAny);
});

test.each([
  [php('= /index.php') + php(String.raw`~* ^/(a|b)\.php$`), String.raw`^/index\.php$|(?i:^/(a|b)\.php$)`],
  [php('@app', 'fastcgi_param SCRIPT_FILENAME $document_root/app.php;'), String.raw`^/app\.php(?:/|$)`],
  [`location /api { ${php(String.raw`~ \.php$`)} }`, String.raw`^(?=/api)(?=.*(?:\.php$))`],
  [php('@app'), undefined],
])('the scripts of "%s" are those of %s', (block, pattern) => {
  expect(patternOfScripts(read(block).locations)).toBe(pattern);
});

test.each([
  ['location ^~ /media/ { }', 'media/*.php'],
  ['location ^~ /media { expires 7d; }', 'media*.php'],
  ['location = /tool.php { }', 'tool.php'],
  ['location = / { index home.php; }', ''],
  ['location ~ ^/media/ { }', 'media/*.php'],
  [String.raw`location ~* \.(css|png)$ { }`, ''],
  ['location ~ ^/[a-z]{2}/media/ { }', '?'],
  ['location /media/ { }', ''],
  ['location ^~ /.well-known/ { }', ''],
  ['location ^~ /media/ { location = /media/api.php { fastcgi_pass unix:/run/php/shop.sock; } }', '?'],
  [`location ^~ /media/ { ${php(String.raw`~ \.php$`)} }`, ''],
  ['location ^~ /media/ { deny all; }', ''],
  ['location ^~ /media/api.php { }', 'media/api.php'],
  ['location ~ ^/wiki(.+)? { }', '?'],
])('scripts that %s took before those that run are closed by %s', (location, closed) => {
  const one = php(String.raw`~ ^/wiki/index\.php(.*)$`, 'fastcgi_param SCRIPT_FILENAME /usr/share/wiki/index.php;');
  const { children, locations } = read(`${one} ${location} ${php(String.raw`~ \.php$`)}`);
  const shut = shutIn(children, locations);
  expect(shut.map(({ paths }) => paths?.join(' ') ?? '?').join(' ')).toBe(closed);
});
