import { describe, expect, test } from 'vitest';
import { findConflicts } from '../../src/site/across.ts';
import { parseSite } from '../../src/site/parse.ts';
import { formatProblem } from '../../src/site/problem.ts';
import { hostOf, shopHost } from './host.ts';

const TEXT = '[site]\nrelease = /srv/shop/current\nuser = shop\n[health]\npath = /\n[listen]\n';

const parse = (lines: string, name = 'shop', defaults?: string) =>
  parseSite({
    name,
    file: `${name}.ini`,
    text: `${TEXT}${lines}\n`,
    defaults: defaults === undefined ? undefined : { file: 'defaults.ini', text: defaults },
    host: hostOf(shopHost),
  });

const siteOf = (lines: string, name?: string, defaults?: string) => {
  const parsed = parse(lines, name, defaults);
  if ('problems' in parsed) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return parsed;
};

const problemsOf = (lines: string, defaults?: string) => {
  const parsed = parse(lines, 'shop', defaults);
  return 'problems' in parsed ? parsed.problems.map(formatProblem) : [];
};

const LOOPBACK = ['127.0.0.0/8', '::1'];

describe('a site is reached over HTTP', () => {
  test.each([
    ['127.0.0.1:8080', { kind: 'address', host: '127.0.0.1', port: 8080 }, 'none'],
    ['[::1]:80', { kind: 'address', host: '[::1]', port: 80 }, 'none'],
    ['*:65535', { kind: 'address', host: '*', port: 65_535 }, 'none'],
    ['/run/shop-http.sock', { kind: 'socket', path: '/run/shop-http.sock' }, 'headers'],
  ])('at %s', (http, at, edge) => {
    expect(siteOf(`http = ${http}`).site.listen.http).toEqual({ at, edge, edgeFrom: LOOPBACK });
  });

  test('by who is believed, where the site file or defaults.ini say so', () => {
    const { site } = siteOf(
      'http = *:80\nedge = proxy-protocol',
      'shop',
      '[listen]\nedge_from = 10.0.0.0/8 fd00::/8\n',
    );
    expect(site.listen.http).toMatchObject({ edge: 'proxy-protocol', edgeFrom: ['10.0.0.0/8', 'fd00::/8'] });
  });

  test('only where it is written', () => {
    expect(siteOf('', 'shop', '[listen]\nedge = headers\nedge_from = ::1\n').site.listen.http).toBeUndefined();
  });

  test('without its static files, which is said', () => {
    expect(siteOf('http = *:80').warnings.map(formatProblem)).toEqual([
      "shop.ini:7: 'http' gives every request to index.php: static files are sent by a web server in front of it, or not at all",
    ]);
  });
});

const PLACE =
  'must be a socket such as /run/shop-http.sock, or an address such as 127.0.0.1:8080, [::1]:8080 or *:8080';

test.each([
  ['http = 8080', `7: 'http' ${PLACE}, not '8080'`],
  ['http = 127.0.0.1:0', `7: 'http' ${PLACE}, not '127.0.0.1:0'`],
  ['http = 127.0.0.1:65536', `7: 'http' ${PLACE}, not '127.0.0.1:65536'`],
  ['http = 127.0.0.256:80', `7: 'http' ${PLACE}, not '127.0.0.256:80'`],
  ['http = ::1:80', `7: 'http' ${PLACE}, not '::1:80'`],
  ['http = [127.0.0.1]:80', `7: 'http' ${PLACE}, not '[127.0.0.1]:80'`],
  ['http = shop.example.com:80', `7: 'http' ${PLACE}, not 'shop.example.com:80'`],
  ['http = https://127.0.0.1', `7: 'http' ${PLACE}, not 'https://127.0.0.1'; TLS ends at a web server in front of it`],
  ['http = *:443 ssl', `7: 'http' ${PLACE}, not '*:443 ssl'; TLS ends at a web server in front of it`],
  [
    'tls_certificate = /etc/ssl/shop.pem',
    "7: unknown key 'tls_certificate' in [listen]; TLS ends at a web server in front of http: see edge",
  ],
  [
    'http = /srv/shop/http.sock',
    "7: 'http' must lie below /run, not '/srv/shop/http.sock': write http = /run/shop-http.sock",
  ],
  [
    'http = /run/php-zd/shop/http.sock',
    "7: 'http' must keep out of /run/php-zd, not '/run/php-zd/shop/http.sock': write http = /run/shop-http.sock",
  ],
  [
    'fastcgi = /run/x.sock\nhttp = /run/x.sock',
    "8: 'http' and 'fastcgi' are one socket, '/run/x.sock', and it speaks one language: write http = /run/shop-http.sock",
  ],
  ['http = *:80\nedge = maybe', "8: 'edge' must be 'none' or 'headers' or 'proxy-protocol', not 'maybe'"],
  [
    'edge = headers',
    "7: 'edge' tells of who stands in front of http, and there is no http: write http, or take the line out",
  ],
  [
    'http = *:80\nedge_from = 10.0.0.0/33',
    "8: 'edge_from' must be addresses and networks such as 192.0.2.7, 10.0.0.0/8 or ::1, not '10.0.0.0/33'",
  ],
  [
    'http = /run/x.sock\nedge_from = ::1',
    "8: 'edge_from' names addresses, and 'http' is a socket, where nobody has one: take the line out",
  ],
  [
    'http = *:80\n[web]\nfront_controller = none',
    "7: 'http' gives every request to the front controller, and there is none: write front_controller in [web], or take http " +
      'out and have a web server speak FastCGI to the site',
  ],
])('%j is refused', (lines, problem) => {
  expect(problemsOf(lines)).toEqual([`shop.ini:${problem}`]);
});

describe('two sites', () => {
  const conflicts = (one: string, other: string) =>
    findConflicts([siteOf(one, 'a'), siteOf(other, 'b')])
      .problems.map(formatProblem)
      .filter(problem => !problem.includes('mount'));
  const said = (place: string) => `sites 'a' and 'b' listen at one place, '${place}': write another http in [listen]`;

  test.each([
    ['*:80', '127.0.0.1:80'],
    ['127.0.0.1:80', '127.0.0.1:80'],
    ['[::1]:80', '[0:0:0:0:0:0:0:1]:80'],
    ['/run/x.sock', '/run/x.sock'],
  ])('cannot have %s and %s', (one, other) => {
    expect(conflicts(`http = ${one}`, `http = ${other}`)).toEqual([
      `a.ini:7: ${said(one)}`,
      `b.ini:7: ${said(other).replace("'a' and 'b'", "'b' and 'a'")}`,
    ]);
  });

  test.each([
    ['127.0.0.1:80', '127.0.0.2:80'],
    ['*:80', '*:81'],
    ['/run/x.sock', '*:80'],
  ])('can have %s and %s', (one, other) => {
    expect(conflicts(`http = ${one}`, `http = ${other}`)).toEqual([]);
  });

  test('cannot have one socket for two languages', () => {
    expect(conflicts('http = /run/x.sock', 'fastcgi = /run/x.sock')).toEqual([`a.ini:7: ${said('/run/x.sock')}`]);
  });
});
