import { expect, test } from 'vitest';
import { parseNginxFile } from '../../../src/site/existing/nginx-file.ts';
import { ownLinesOf } from '../../../src/site/existing/own-block.ts';
import { phpLocationsOf } from '../../../src/site/existing/php-locations.ts';

const linesOf = (block: string) => {
  const children = parseNginxFile('shop', block);
  const server = { name: 'server', args: [], file: 'shop', line: 1, children };
  const locations = phpLocationsOf(children, address => !address.includes('other'));
  return ownLinesOf(server, { root: '/srv/shop/current', scripts: '/live', locations });
};
const pass = 'fastcgi_pass unix:/run/php/shop.sock;';
const usual = 'fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;';
const lines = ['fastcgi_param DOCUMENT_ROOT /live;', 'fastcgi_param SCRIPT_FILENAME /live$fastcgi_script_name;'];

test('an own block has the script of each location, and the document root in each parameter, as replicas see it', () => {
  const block = `location ~ \\.php$ { ${usual} fastcgi_param A $host; ${pass} } location = /x.php { ${usual} ${pass} }
    location @app { fastcgi_param SCRIPT_FILENAME /srv/shop/current/app.php; fastcgi_param TMP "$realpath_root/t m"; ${pass} }
    location /b { fastcgi_param SCRIPT_FILENAME $request_filename; fastcgi_pass unix:/run/php/other.sock; }`;
  expect(linesOf(block)).toEqual([
    { places: ['location ~ \\.php$', 'location = /x.php'], lines },
    {
      places: ['location @app'],
      lines: [lines[0], 'fastcgi_param SCRIPT_FILENAME /live/app.php;', 'fastcgi_param TMP "/live/t m";'],
    },
  ]);
});

test('with a parameter of its own a location loses those around it, which come along', () => {
  const block = `fastcgi_param A $host; fastcgi_param SERVER_NAME $server_name; ${usual} location ~ \\.php$ { ${pass} }`;
  expect(linesOf(block)).toEqual([
    { places: ['location ~ \\.php$'], lines: ['include fastcgi.conf;', ...lines, 'fastcgi_param A $host;'] },
  ]);
  const portless = block.replace('fastcgi_param A $host;', 'fastcgi_param HTTP_HOST $host;');
  expect(linesOf(portless)[0]?.lines).toEqual(['include fastcgi_params;', ...lines, 'fastcgi_param HTTP_HOST $host;']);
});
