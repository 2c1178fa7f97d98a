import { PhpZdError } from '../../base/errors.ts';
import { literally, lookFor, patienceMs, systemdRunArguments } from '../../render/transient.ts';
import type { Ports } from './ports.ts';
import type { HostedSite } from './site-run.ts';

const DEADLINE = lookFor(10_000);

const SEND =
  'socket my $s, PF_INET, SOCK_DGRAM, 0; print defined send($s, "", 0, sockaddr_in(9, INADDR_LOOPBACK)) ? "sent" : "held"';

const asksForAddress = systemdRunArguments({
  description: 'Look at whether systemd holds addresses',
  deadline: DEADLINE,
  properties: [{ name: 'IPAddressDeny', value: 'any' }],
  command: literally(['/usr/bin/perl', '-MSocket', '-e', SEND]),
});

/** Whether systemd keeps a process from an address that it is not allowed, seen by one that asks for its own host. */
export const holdsAddresses = async ({ commands }: Pick<Ports, 'commands'>): Promise<boolean> =>
  (await commands.run('systemd-run', ['--pipe', ...asksForAddress], {}, patienceMs(DEADLINE))) === 'held';

/**
 * Rejects with `network-unheld` where the site is to reach some addresses alone and this host's systemd would let it reach all, as it does
 * in silence without BPF for control groups (facts.md N77). Sites that name no addresses pay nothing for it.
 */
export const requireHeldAddresses = async ({ site, ports }: HostedSite): Promise<void> => {
  const { network } = site.sandbox;
  if (typeof network === 'string' || !ports.isRoot || (await holdsAddresses(ports))) return;
  throw new PhpZdError('network-unheld', { network });
};
