import { expect, test } from 'vitest';
import { closingOf, isOpenBeside } from '../../../src/site/existing/nginx-closed.ts';
import type { NginxNode } from '../../../src/site/existing/nginx-file.ts';

const node = (name: string, args: string, children?: readonly NginxNode[]): NginxNode => ({
  name,
  args: args.split(' '),
  file: 'shop',
  line: 1,
  children,
});
const DENY = node('deny', 'all');
const closing = (args: string, children: readonly NginxNode[] = [DENY]) => {
  const found = closingOf(node('location', args, children));
  return found?.kind === 'paths' ? found.paths.join(' ') : found?.kind;
};

test.each([
  [String.raw`~* ^/xmlrpc\.php$`, 'xmlrpc.php'],
  ['~* ^/xmlrpc.php', 'xmlrpc.php*'],
  ['= /xmlrpc.php', 'xmlrpc.php'],
  [
    String.raw`~* /(wp-config|readme)\.(php|html)$`,
    'wp-config.php */wp-config.php wp-config.html */wp-config.html readme.php */readme.php readme.html */readme.html',
  ],
  [String.raw`~* /(?:uploads|files)/.*\.php$`, 'uploads/*.php */uploads/*.php files/*.php */files/*.php'],
  [String.raw`~* \.(log|sql)$`, '*.log *.sql'],
  [String.raw`~ /\.git|/secret`, 'secret* */secret*'],
  ['~ ^/(a|b/c)/', 'a b/c'],
  ['/inc/', 'inc'],
  ['/inc', 'inc*'],
  ['^~ /inc', 'inc*'],
  ['^~ /inc.d/', 'inc.d'],
  ['= /inc', 'inc'],
  ['= /inc/', 'pattern'],
  ['/.git', 'hidden'],
  [String.raw`~ /\.(?!well-known).*`, 'hidden'],
  [String.raw`~ (^|/)\.`, 'hidden'],
  [String.raw`~ \.php$`, 'scripts'],
  [String.raw`~ ^/.+\.php$`, 'scripts'],
  [String.raw`~ [^/]\.php(/|$)`, 'scripts'],
  [String.raw`~ \.(php|bak)$`, 'pattern'],
  ['~ ^/wp-content/(?!uploads)', 'pattern'],
  [String.raw`~ ^/(\d+)\.php`, 'scripts'],
  ['/', 'pattern'],
])('location %s, in which all is denied, becomes %s', (args, expected) => {
  expect(closing(args)).toBe(expected);
});

test.each(['403', '404', '410', '418', '444'])('return %s closes as deny all does', status => {
  expect(closing('= /a.php', [node('return', status)])).toBe('a.php');
});

test.each([
  ['some addresses', [node('allow', '192.0.2.1'), DENY]],
  ['a password', [node('auth_basic', 'closed')]],
])('a location for %s is not for everybody', (_, children) => {
  expect(closing('= /wp-login.php', children)).toBe('visitors');
});

test.each([
  ['= /inc/open.php', true],
  ['^~ /inc', true],
  [String.raw`~ \.php$`, true],
  [String.raw`~ \.css$`, false],
  ['/inc/open.php', false],
])('what location %s before it opens of a closed pattern is seen: %s', (args, isOpen) => {
  const closed = node('location', String.raw`~ ^/inc/.*\.php$`, [DENY]);
  const open = node('location', args, [node('fastcgi_pass', 'php')]);
  expect(isOpenBeside(closed, ['inc/*.php'], [open, closed])).toBe(isOpen);
});

test.each([
  ['= /inc/open.php', true],
  ['/include/', true],
  ['^~ /include', true],
  ['/in', false],
  ['/', false],
  [String.raw`~ \.php$`, false],
])('what location %s opens of a closed path that begins it is seen: %s', (args, isOpen) => {
  const closed = node('location', '/inc', [DENY]);
  const open = node('location', args, [node('try_files', '$uri')]);
  expect(isOpenBeside(closed, ['inc*'], [closed, open])).toBe(isOpen);
});
