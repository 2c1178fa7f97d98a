import { describe, expect, test } from 'vitest';
import { paths } from '../../../src/base/paths.ts';
import { deafSockets, keepMountsSocket } from '../../../src/run/ask/own-sockets.ts';
import type { Site } from '../../../src/site/site.ts';
import { World } from '../world.ts';

const MOUNTS = 'php-zd-mounts.socket';

const worldWhere = async (activeState: string, isListening: boolean): Promise<World> => {
  const world = await World.serving();
  for (const unit of [MOUNTS, 'php-zd-http-shop.socket', 'php-zd-mail-shop.socket']) {
    world.systemd.add(unit);
    world.systemd.set(unit, { activeState });
  }
  if (isListening) world.acceptQueue.listening.add(paths.mountsSocket);
  return world;
};

describe('the socket by which views are laid is made anew', () => {
  test.each([
    ['where it is active and nobody can connect', 'active', false, [`restart ${MOUNTS}`]],
    ['and not where it listens', 'active', true, []],
    ['and not where it is stopped, since the next unit starts it', 'inactive', false, []],
  ] as const)('%s', async (_, state, isListening, asked) => {
    const world = await worldWhere(state, isListening);
    await keepMountsSocket(world.ports);
    expect(world.systemd.asked).toEqual(asked);
  });
});

test("sites' own sockets are looked at too, where they have a file", async () => {
  const world = await worldWhere('active', true);
  const { site } = (await world.load()).run;
  const http = { at: { kind: 'socket', path: '/run/shop.sock' } } as unknown as NonNullable<Site['listen']['http']>;
  const both = { ...site, listen: { ...site.listen, http }, sandbox: { ...site.sandbox, hasSendmail: true } };
  const deaf = await deafSockets(world.ports, [both]);
  expect(deaf.map(({ path, restart }) => [path, restart])).toEqual([
    ['/run/shop.sock', 'php-zd-http-shop.socket'],
    ['/run/php-zd/shop/mail/socket', 'php-zd-mail-shop.socket'],
  ]);
});
