import { expect, test } from 'vitest';
import { answerOf } from '../../../src/site/existing/nginx-answers.ts';
import { parseNginxFile } from '../../../src/site/existing/nginx-file.ts';
import { phpLocationsOf } from '../../../src/site/existing/php-locations.ts';

const answer = (word: string, block = '') => {
  const children = parseNginxFile('shop', block);
  const locations = phpLocationsOf(children, address => !address.includes('other'));
  const { lines, script } = answerOf(word, { children, locations });
  return [lines, script];
};

test.each([
  ['=404', 'return 404;', undefined],
  ['/index.php', 'rewrite ^ /index.php last;', 'index.php'],
  ['/index.php?$args', 'rewrite ^ /index.php last;', 'index.php'],
  ['/index.php$is_args$query_string', 'rewrite ^ /index.php last;', 'index.php'],
  ['/index.php?q=$uri&$args', 'rewrite ^ /index.php?q=$uri&$args? last;', 'index.php'],
  ['/index.php$is_args$args&x=1', 'rewrite ^ /index.php?$args&x=1? last;', 'index.php'],
  ['/blog/index.php$uri?$args', 'rewrite ^ /blog/index.php$uri last;', 'blog/index.php'],
  ['/index.php$request_uri', 'try_files "" /index.php$request_uri;', 'index.php'],
  ['/index.html', 'rewrite ^ /index.html last;', undefined],
  [`/a;b\${uri}`, `rewrite ^ "/a;b\${uri}" last;`, undefined],
  ['@none', 'try_files "" @none;', undefined],
])('what %s at the end of a try_files does is "%s"', (word, lines, script) => {
  expect(answer(word)).toEqual([lines, script]);
});

const passed = (params: string) => `location @x { ${params} fastcgi_pass unix:/run/php/shop.sock; }`;
const scripts = (params: string) => `location ~ \\.php$ { ${params} fastcgi_pass unix:/run/php/shop.sock; }`;
const app = 'fastcgi_param SCRIPT_FILENAME $document_root/app.php;';
const itself = 'try_files "" @x;';
const plain = 'rewrite ^ /app.php last;';

test.each([
  ['location @x { rewrite ^ /app.php last; }', plain],
  ['location @x { rewrite ^/(.*)$ /app.php?$args; }', plain],
  ['location @x { rewrite ^/(.*)$ /app.php?p=$1 last; }', 'rewrite ^/(.*)$ /app.php?p=$1 last;'],
  [
    'location @x { rewrite ^/a /a.php break; rewrite "^/b{2}" /b permanent; rewrite ^ /app.php; }',
    'rewrite ^/a /a.php last; rewrite "^/b{2}" /b permanent; rewrite ^ /app.php last;',
  ],
  ['location @x { rewrite ^ /app.php last; add_header a b; }', itself],
  ['location @x { rewrite ^ /app.php permanent; }', itself],
  ['location @x { proxy_pass http://127.0.0.1; }', itself],
  [passed(app), plain],
  [passed(`${app} fastcgi_param SCRIPT_NAME /app.php; fastcgi_param PATH_INFO "";`), plain],
  [passed(`${app} fastcgi_param PATH_INFO $uri; fastcgi_read_timeout 5s;`), 'rewrite ^(.*)$ /app.php$1 last;'],
  [passed(`${app} fastcgi_param PATH_INFO $request_uri;`), itself],
  [passed(`${app} fastcgi_param SCRIPT_NAME /other.php;`), itself],
  [passed(`${app} fastcgi_param ROUTE $uri;`), itself],
  [passed(`${app} fastcgi_split_path_info ^(/v1)(.*)$; fastcgi_param PATH_INFO $fastcgi_path_info;`), itself],
  [passed(`${app} fastcgi_param APP_ENV prod;`), plain],
  // Of a location beside the one of all scripts, whose parameters the snippet has.
  [passed(`${app} fastcgi_param APP_ENV prod;`) + scripts(''), itself],
  [passed(`${app} fastcgi_read_timeout 5s;`) + scripts(''), itself],
  [passed(`${app} fastcgi_param APP_ENV prod;`) + scripts('fastcgi_param APP_ENV prod;'), plain],
  [`location @x { ${app} fastcgi_pass unix:/run/php/other.sock; }`, itself],
])('what "%s" does is "%s"', (block, lines) => {
  expect(answer('@x', block)[0]).toBe(lines);
});
