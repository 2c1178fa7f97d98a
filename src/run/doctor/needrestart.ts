import { balancerUnit, replicaUnit } from '../../base/paths.ts';
import type { Check } from './check.ts';
import type { HostScene } from './scene.ts';

/**
 * Reads needrestart's configuration, which is Perl, as needrestart does, and prints those of the given units that it would
 * restart (needrestart 3.6 and 3.8: blacklist_rc, override_rc, and `l`, which only lists).
 */
const SCRIPT = `our %nrconf = (restart => 'i', verbosity => 0, blacklist_rc => [], override_rc => {});
our $LOGPREF = '';
my @units = @ARGV;
my $file = '/etc/needrestart/needrestart.conf';
if (-r $file) { eval do { local(@ARGV, $/) = $file; <> }; die $@ if $@; }
for my $unit (@units) {
  my $restart = $nrconf{restart} ne 'l';
  $restart = 0 if grep { $unit =~ /$_/ } @{$nrconf{blacklist_rc}};
  for my $re (keys %{$nrconf{override_rc}}) { if ($unit =~ /$re/) { $restart &&= $nrconf{override_rc}{$re}; last } }
  print "$unit\\n" if $restart;
}`;

/**
 * needrestart restarts what uses an upgraded library, all replicas of a site at once, so that none is there to take the
 * requests.
 */
export const needrestartCheck: Check<HostScene> & { readonly severity: 'warning' } = {
  severity: 'warning',
  look: async ({ ports, sites }) => {
    if (!ports.host.isExecutable('/usr/sbin/needrestart')) return [];
    const units = [balancerUnit, ...(await sites()).map(({ name }) => replicaUnit(name, 1))];
    const restarted = (await ports.commands.run('perl', ['-e', SCRIPT, ...units])).split('\n').filter(Boolean);
    return restarted.length === 0 ? [] : [{ units: restarted }];
  },
};
