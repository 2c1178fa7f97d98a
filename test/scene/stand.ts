import { hold } from '../lab/hold.ts';
import { awaitAnswer, type Result } from '../lab/machine.ts';
import type { Scene } from './scene.ts';

/** What holds a roll in a step for as long as the test wants. */
export interface Stand {
  /** Resolves when the roll is there. */
  reached(): Promise<unknown>;
  open(): Promise<unknown>;
}

interface StandingRequest extends Stand {
  readonly answer: Promise<Result>;
  /** The one that has the request. */
  readonly replica: number;
}

/** A request that does not end holds the end of its replica, whichever that is. */
export const standRequest = async ({ machine, site, journal }: Scene): Promise<StandingRequest> => {
  const requests = await hold(machine, site, 'request');
  const answer = machine.ask('curl', '--silent', '--show-error', '--fail', `${site.url}?stand=request`);
  const replica = await requests.arrived();
  const waiting = new RegExp(`: waiting for the requests of replica ${replica}, to stop it`);
  const mark = journal.mark();
  return {
    reached: () => journal.await({ PHP_ZD_EVENT: 'step-started', MESSAGE: waiting }, mark),
    open: () => requests.open(),
    answer,
    replica,
  };
};

/** An administrator's drop-in that does not end holds the start of a replica. */
export const standStart = async ({ machine, site, journal }: Scene): Promise<Stand> => {
  const unit = `php-zd-fpm-${site.name}@.service`;
  const wait = "/bin/sh -c 'while [ -e /srv/hold-start ]; do sleep 0.02; done'";
  await machine.write('/srv/hold-start', '');
  await machine.write(`/etc/systemd/system/${unit}.d/stand.conf`, `[Service]\nExecStartPre=${wait}\n`);
  await machine.run('systemctl', 'daemon-reload');
  const mark = journal.mark();
  return {
    reached: () => journal.await({ PHP_ZD_EVENT: 'step-started', MESSAGE: /: starting replica/ }, mark),
    open: () => machine.run('rm', '/srv/hold-start'),
  };
};

/** A release that does not answer holds its proof. */
export const standProof = async ({ machine, site }: Scene): Promise<Stand> => {
  const requests = await hold(machine, site, 'health');
  return { reached: () => requests.arrived(), open: () => requests.open() };
};

/**
 * A process that a request started in the background, and left, holds the end of its replica. `ended` resolves to what the process
 * wrote as its last deed.
 */
export const standLeft = async ({
  machine,
  site,
  journal,
}: Scene): Promise<Stand & { ended: () => Promise<string> }> => {
  const tmp = `/var/lib/php-zd/${site.name}/tmp/${site.user}`;
  await machine.write(`${tmp}/hold-left`, '');
  const waits = "while (file_exists('/tmp/hold-left')) { usleep(50000); clearstatcache(); }";
  await machine.write(`${tmp}/left.php`, `<?php ${waits} file_put_contents('/tmp/through-left', "through\\n");`);
  const command = encodeURIComponent('setsid php /tmp/left.php >/dev/null 2>&1 &');
  await machine.run('curl', '--silent', '--show-error', '--fail', `${site.url}?run=${command}`);
  const mark = journal.mark();
  return {
    reached: () => journal.await({ PHP_ZD_EVENT: 'draining', MESSAGE: LEFT }, mark),
    open: () => machine.run('rm', `${tmp}/hold-left`),
    ended: () =>
      awaitAnswer('the end of the process', async () => {
        const said = (await machine.ask('cat', `${tmp}/through-left`)).stdout;
        return said === '' ? undefined : said;
      }),
  };
};

/** How a process is named that a request left running. */
export const LEFT = /process \d+ \(php \/tmp\/left\.php\), which a request left running/;
