#!/usr/bin/perl
# look-as-users.pl WORD...: looks at paths and at releases as other users: what they may do there, and where text files in a release
# match a regular expression. For doctor: one process for a whole host, and of that a child for each user, which has become that user
# before it looks at anything. A child runs no other program, and by the change of its user nobody may trace it (ptrace(2),
# PR_SET_DUMPABLE in prctl(2)), so what it says is what it found. Its user may end or stop it: then it is said to be lost.
#
# Each word begins with a letter for what it is:
#   p PATH             every user is asked whether it is readable
#   u UID:GID:GROUPS   begins a user, groups with commas
#   q PATH             this user is asked whether it is writable
#   r RELEASE          begins a release that is looked at as this user; of it the words that follow
#   i INDEX, s SHARED, w WRITABLE   which must be readable, be come to, be writable
#   m PATTERN, n PART  what is looked for in texts, as a match of "(before)(path)"; a text without a match of any PART has none
#   f FILE             a text besides those of the release
#
# Of each user, by number, lines stand between "user N" and "end N", or "lost N" where its process did not come to its end:
#   rights READABLE- WRITABLE-           0 or 1, for each path
#   release READABLE SHARED- WRITABLE-
#   at FILE<zero byte>LINE:MATCH
#   more                                 there is more than these bounds let through
#   done N                               the end of that release, by its number
BEGIN { @INC = grep { m{^/usr/(?:lib|share)/} } @INC }
use strict;
use warnings;
use filetest 'access';
use Fcntl qw(O_NONBLOCK O_RDONLY);

use constant { AT_ONCE => 32, USER_S => 15, ALL_S => 25, BLOCK => 65_536 };
use constant { MOST_SAID => 65_536, MOST_SAID_BY_ALL => 6 << 20, MOST_LINES => 20 };
use constant { MOST_ENTRIES => 500_000, MOST_FILES => 20_000, MOST_DEPTH => 8, MOST_FILE => 4095 << 10 };

# What a package manager brought, or git.
my %left_out = map { $_ => 1 } '.', '..', qw(vendor node_modules .git);
my $is_text = qr/\.(?:php|inc|env|ini|neon|json|xml|conf|toml)\z|\.y.*ml\z|\A\.env|\A\.htaccess\z/s;

my (@paths, @users);
for (@ARGV) {
  my ($kind, $value) = unpack 'a1 a*', $_;
  if    ($kind eq 'p') { push @paths, $value }
  elsif ($kind eq 'u') { push @users, { as => $value, q => [], releases => [] } }
  elsif ($kind eq 'q') { push @{ $users[-1]{q} }, $value }
  elsif ($kind eq 'r') { push @{ $users[-1]{releases} }, { path => $value, map { $_ => [] } qw(i s w m n f) } }
  else                 { push @{ $users[-1]{releases}[-1]{$kind} }, $value }
}

my $releases = grep { 1 } map { @{ $_->{releases} } } @users;
my $most_said = int(MOST_SAID_BY_ALL / ($releases || 1));
$most_said = MOST_SAID if $most_said > MOST_SAID;

# Perl sets the saved ids only where the real ones are set again. The kernel says whether all of that was done.
sub become {
  my ($uid, $gid, $listed) = split /:/, $_[0];
  my %groups = map { $_ => 1 } $gid, split /,/, $listed // '';
  my @groups = sort { $a <=> $b } keys %groups;
  $) = "$gid @groups";
  $( = $gid;
  ($<, $>) = ($uid, $uid);
  $< = $uid;
  open my $status, '<', '/proc/self/status' or exit 1;
  my %is = map { /^(\w+):\s*(.*?)\s*$/ ? ($1, join ' ', split ' ', $2) : () } <$status>;
  my $are_groups = join(' ', sort { $a <=> $b } split / /, $is{Groups}) eq "@groups";
  my $is_done = $is{Uid} eq "$uid $uid $uid $uid" && $is{Gid} eq "$gid $gid $gid $gid" && $is{CapEff} =~ /^0+$/;
  exit 1 unless $is_done && $are_groups;
}

sub bits { join '', map { $_ ? 1 : 0 } @_ }

my ($said, $files, $entries, $whole, @parts);

# Whether there is room for more of the release's lines.
sub say_at {
  my ($file, $line, $match) = @_;
  $file =~ tr/\0-\x1f\x7f/?/;
  my $found = "at $file\0$line:$match\n";
  return 0 if ($said += length $found) > $most_said;
  print $found;
  return 1;
}

sub search {
  my ($file, $text) = @_;
  return 1 unless grep { $$text =~ $_ } @parts;
  my ($line, $counted, %lines) = (1, 0);
  while ($$text =~ /$whole/g) {
    my ($begin, $end) = ($-[2], $+[0]);
    $line += substr($$text, $counted, $begin - $counted) =~ tr/\n//;
    $counted = $begin;
    return 1 if !$lines{$line}++ && keys %lines > MOST_LINES;
    return 0 unless say_at($file, $line, substr $$text, $begin, $end - $begin);
  }
  return 1;
}

# False when there is no room for more. Opened without waiting: what was a file may be a pipe by now.
sub search_file {
  my ($path, $name) = @_;
  return 1 unless -f $path && -s _ <= MOST_FILE;
  return 0 if ++$files > MOST_FILES;
  sysopen my $file, $path, O_RDONLY | O_NONBLOCK or return 1;
  # Room for its own size: perl asks the kernel for all that it might read.
  my $size = -f $file ? -s _ : 0;
  return 1 unless $size && $size <= MOST_FILE && defined sysread $file, my $text, $size;
  return search($name, \$text);
}

# From the directory in which the process stands.
sub search_release {
  my @directories = (['', 1]);
  while (my $next = shift @directories) {
    my ($directory, $depth) = @$next;
    opendir my $names, "./$directory" or next;
    while (defined(my $name = readdir $names)) {
      next if $left_out{$name};
      return 0 if ++$entries > MOST_ENTRIES;
      my $path = "$directory$name";
      lstat "./$path" or next;
      if (-d _) { push @directories, ["$path/", $depth + 1] if $depth < MOST_DEPTH }
      elsif ($name =~ $is_text) { search_file("./$path", $path) or return 0 }
    }
  }
  return 1;
}

sub look_at {
  my ($release) = @_;
  my $is_readable = chdir($release->{path}) && -r "./$release->{i}[0]";
  my $reached = bits(map { -e $_ } @{ $release->{s} });
  my $writable = bits(map { -w $_ } @{ $release->{w} });
  print 'release ', bits($is_readable), " $reached- $writable-\n";
  return unless $is_readable;
  $whole = qr/$release->{m}[0]/m;
  @parts = map { qr/$_/ } @{ $release->{n} };
  ($said, $files, $entries) = (0, 0, 0);
  my $is_all = search_release();
  for (@{ $release->{f} }) { $is_all &&= search_file($_, $_) }
  print "more\n" unless $is_all;
}

sub look_as {
  my ($user) = @_;
  alarm USER_S;
  become($user->{as});
  print 'rights ', bits(map { -r $_ } @paths), '- ', bits(map { -w $_ } @{ $user->{q} }), "-\n";
  # Whatever comes of the rest.
  $| = 1;
  $| = 0;
  my $number = 0;
  for (@{ $user->{releases} }) {
    look_at($_);
    print 'done ', $number++, "\n";
  }
}

my %running;

sub begin {
  my ($at) = @_;
  my $user = $users[$at];
  pipe my $from, my $to or die "no pipe: $!\n";
  my $pid = fork // die "no process: $!\n";
  if ($pid == 0) {
    close $from;
    open STDOUT, '>&', $to or exit 1;
    close $to;
    $SIG{ALRM} = 'DEFAULT';
    look_as($user);
    exit 0;
  }
  my $most = 4096 + @paths + @{ $user->{q} } + @{ $user->{releases} } * ($most_said + 4096);
  $running{ fileno $from } = { at => $at, pid => $pid, from => $from, said => '', most => $most };
}

# Only whole lines are handed on.
sub finish {
  my ($child) = @_;
  delete $running{ fileno $child->{from} };
  waitpid $child->{pid}, 0;
  my $how = $? == 0 && $child->{said} =~ /\n\z/ ? 'end' : 'lost';
  $child->{said} =~ s/[^\n]*\z//;
  print "user $child->{at}\n$child->{said}$how $child->{at}\n";
}

my $is_over = 0;
$SIG{ALRM} = sub { $is_over = 1 };
alarm ALL_S;
my $next = 0;
while (!$is_over && ($next < @users || %running)) {
  begin($next++) while $next < @users && keys %running < AT_ONCE;
  my $bits = '';
  vec($bits, $_, 1) = 1 for keys %running;
  select($bits, undef, undef, undef) > 0 or next;
  for my $child (map { $running{$_} } grep { vec $bits, $_, 1 } keys %running) {
    my $count = sysread $child->{from}, $child->{said}, BLOCK, length $child->{said};
    next if $count && length $child->{said} <= $child->{most};
    kill KILL => $child->{pid} if $count;
    finish($child);
  }
}
kill KILL => $_->{pid} for values %running;
finish($_) for values %running;
print "lost $_\n" for $next .. $#users;
