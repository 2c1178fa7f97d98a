import { expect } from 'vitest';
import { hold } from '../lab/hold.ts';
import type { Scene } from './scene.ts';

const STATE = '/var/lib/php-zd/shop';

/** A visitor's request, which stands in PHP at `name` until `openRequests`. */
export const standingRequest = async ({ machine, site }: Scene, name = 'x'): Promise<void> => {
  const { arrived } = await hold(machine, site, name);
  await machine.run('systemd-run', '--quiet', '--collect', 'curl', '--silent', `${site.url}?stand=${name}`);
  await arrived();
};

export const openRequests = async ({ machine }: Scene): Promise<unknown> =>
  await machine.run('bash', '-c', `rm -f ${STATE}/tmp/shop/hold-x`);

/** A roll all of whose new replicas serve, and which waits for a visitor's request in an old one before it promotes anything. */
export const rollThatWaits = async (scene: Scene): Promise<void> => {
  const { machine, journal } = scene;
  await standingRequest(scene);
  const mark = journal.mark();
  await machine.run('php-zd', 'reload', '--no-block', 'shop');
  await journal.await(
    { PHP_ZD_EVENT: 'step-started', MESSAGE: /: waiting for the requests of replica \d+, to stop it/ },
    mark,
  );
};

/** The roll is killed where it is, and the settle that systemd runs after it before it does anything. */
export const killRoll = async ({ machine }: Scene): Promise<void> => {
  const state = 'systemctl show --property=ActiveState --value php-zd@shop';
  const kill = 'systemctl kill --signal=KILL php-zd@shop 2>/dev/null || :';
  await machine.run('bash', '-c', `while [ "$(${state})" = reloading ]; do ${kill}; done`);
};

/** The roll alone is killed: the settle that systemd runs after it puts right what it left. */
export const killRollAlone = ({ machine }: Scene): Promise<string> =>
  machine.run('systemctl', 'kill', '--kill-whom=control', '--signal=KILL', 'php-zd@shop');

/** The site's unit has nothing to do any more. */
export const awaitActive = async ({ machine }: Scene): Promise<void> => {
  const state = async () => (await machine.ask('systemctl', 'is-active', 'php-zd@shop')).stdout.trim();
  await expect.poll(state, { timeout: 60_000 }).toBe('active');
};
