import { expect, test } from 'vitest';
import { ownRequest } from '../../../src/run/proof/own-request.ts';
import { prove } from '../../../src/run/proof/prove.ts';
import { failure } from '../../fakes/failure.ts';
import { health, INDEX, MOUNT, ProofScene } from './proof-scene.ts';

const FILES = ['status.php', 'admin/index.php', 'remote.php'];
const release = '/srv/shop/releases/41';

const ask = (uri: string, site: Partial<ProofScene['run']['site']> = {}) => {
  const { run } = new ProofScene({ health: undefined });
  const host = {
    ...run.ports.host,
    isFile: (path: string) => FILES.some(file => path === `${release}/public/${file}`),
  };
  return ownRequest({ ...run, ports: { ...run.ports, host }, site: { ...run.site, ...site } }, release, uri);
};

test.each([
  ['/', 'index.php', undefined],
  ['/health?deep=1', 'index.php', undefined],
  ['/status.php', 'status.php', undefined],
  ['/status.php?full', 'status.php', undefined],
  ['/remote.php/dav/files', 'remote.php', '/dav/files'],
  ['/admin/', 'admin/index.php', undefined],
  ['/admin', 'index.php', undefined],
  ['/missing.php', 'index.php', undefined],
  ['/status.phps', 'index.php', undefined],
  ['/../status.php', 'index.php', undefined],
  ['/%2e%2e/status.php', 'index.php', undefined],
])('a request for %s runs %s', (uri, script, info) => {
  const { scriptFilename, documentRoot, params } = ask(uri);
  expect([scriptFilename, documentRoot, params?.get('PATH_INFO')]).toEqual([
    `${MOUNT}/public/${script}`,
    `${MOUNT}/public`,
    info,
  ]);
});

test("a request looks as if a visitor had come to the site's address", () => {
  const url = { scheme: 'https', host: 'shop.example', port: 443 } as const;
  const asked = ask('/', { url, params: new Map([['REGION', 'eu']]) });
  expect(asked).toMatchObject({ url, params: new Map([['REGION', 'eu']]) });
  expect(asked.headers.get('Host')).toBe('shop.example');
  expect(ask('/', { url: { ...url, port: 8443 } }).headers.get('Host')).toBe('shop.example:8443');
  expect(ask('/', { url: { scheme: 'http', host: '[::1]', port: 80 } }).headers.get('Host')).toBe('[::1]');
});

test('a header of [health] wins over the address', () => {
  const headers = new Map([['Host', 'api.example']]);
  expect(ask('/', { health: { ...health, headers } }).headers.get('Host')).toBe('api.example');
});

const redirect = () => ({ status: 301, headers: new Map([['location', 'https://shop.example/\u001b[2J']]) });
const meant = { generation: 'g1', release };

test('a redirect proves a site without [health], with a warning that says where to', async () => {
  const scene = new ProofScene({ health: undefined });
  await scene.start();
  scene.serve(1, { [INDEX]: redirect });
  await prove(scene.run, 1, meant);
  expect(scene.events).toEqual([
    { kind: 'proof-redirected', slot: 1, path: '/', status: 301, location: 'https://shop.example/?[2J' },
  ]);
});

test('a redirect where [health] wants something else is told with where it leads to', async () => {
  const scene = new ProofScene();
  await scene.start();
  scene.serve(1, { [INDEX]: redirect });
  expect(await failure(prove(scene.run, 1, meant))).toMatchObject({
    facts: {
      reason: { kind: 'status', path: '/health', status: 301, wanted: 200, location: 'https://shop.example/?[2J' },
    },
  });
});
