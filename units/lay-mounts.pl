#!/usr/bin/perl
# Lays a site's release, and what is shared in it, into the view of the process that has connected. systemd, which makes the rest of
# a view, takes a path for the place of a mount: whoever can write there leads it elsewhere by a link, at the last moment too, and it
# makes as root what is missing behind that. Here each place is held by a descriptor, and is come to without a link of anybody's but
# root's; what is laid there is opened as the site's user.
# The process waits for the answer, so nothing of the site's runs yet, and it has no way here again: the last mounts cover the sockets.
# Of a replica it says to systemd that PHP-FPM is ready, once that listens: systemd's socket for such words is in no view, since whoever
# fills it has systemd do nothing else (facts.md N120).
# PLACES in the view says what is laid: a line of "ro", "rw" or "open", a place, and the path on the host of what is laid there.
# "open" lays what the place shows already, writable, and leaves out a place that is missing.
BEGIN { @INC = grep { m{^/usr/(?:lib|share)/} } @INC }
use strict;
use warnings;
use Config;
use Errno qw(EACCES EAGAIN EEXIST ELOOP ENOENT);
use Fcntl qw(F_SETFL O_CREAT O_EXCL O_NONBLOCK O_WRONLY);
use POSIX ();
use Socket qw(MSG_DONTWAIT MSG_PEEK PF_UNIX SOCK_DGRAM SOCK_STREAM SOL_SOCKET sockaddr_un);

use constant { PLACES => '/run/php-zd-mounts/places', SOCKET => '/run/php-zd-mounts/socket' };
# The view of a unit that an older php-zd wrote has it.
use constant NOTIFY => '/run/systemd/notify';
# Of linux/openat2.h, linux/mount.h, linux/fcntl.h and asm-generic/unistd.h; these calls have one number on all architectures.
use constant { OPEN_TREE => 428, MOVE_MOUNT => 429, OPENAT2 => 437, MOUNT_SETATTR => 442 };
use constant { AT_FDCWD => -100, AT_EMPTY_PATH => 0x1000, AT_RECURSIVE => 0x8000, O_PATH => 010000000 };
use constant { OPEN_TREE_CLONE => 1, MOVE_MOUNT_BY_DESCRIPTORS => 0x44, MOUNT_ATTR_RDONLY => 1, MOUNT_ATTR_NOSUID => 2 };
use constant { CLONE_NEWNS => 0x20000, MS_SLAVE => 1 << 19, RESOLVE_NO_LINKS => 6, SO_PEERCRED => 17, SCM_CREDENTIALS => 2, MOST_LINKS => 40 };
# setns(2) and sendmsg(2), by the architecture that this perl is built for.
my %NUMBERS = (
  aarch64 => [268, 211],
  arm => [375, 296],
  i386 => [346, 370],
  i486 => [346, 370],
  i586 => [346, 370],
  i686 => [346, 370],
  mips64el => [5303, 5045],
  mipsel => [4344, 4179],
  powerpc64le => [350, 341],
  riscv64 => [268, 211],
  s390x => [339, 370],
  x86_64 => [308, 46],
);
my ($SETNS, $SENDMSG) = @{ $NUMBERS{ $Config{archname} =~ s/-.*//r } // die "no numbers for $Config{archname}\n" };

# How long laying may take, and PHP-FPM's start: START_TIMEOUT_S of its unit.
use constant { LAY_SECONDS => 10, READY_SECONDS => 60, QUICK_LOOKS => 300 };

# "no" is for good, as far as the unit can tell; after "later" it may try again.
sub refuse {
  my ($what, $error) = @_;
  my $answer = $error == EACCES || $error == ELOOP ? 'no' : 'later';
  local $! = $error;
  print "$answer $what: $!\n";
  exit 0;
}

# syscall() takes no constant for a string.
my $itself = '';

# A descriptor; undefined, with $!, where there is none.
sub descriptor { my $fd = syscall(shift, @_); return $fd < 0 ? undef : $fd }

sub open_path {
  my ($directory, $name, $resolve) = @_;
  my $how = pack 'Q3', O_PATH, 0, $resolve;
  return descriptor(OPENAT2, $directory, $name, $how, length $how);
}

# What lies there as a mount that is nowhere yet. A mount that is made on the host later shows in it too, and none of it there.
sub clone {
  my ($fd, $set, $clear, $recursive) = @_;
  my $tree = descriptor(OPEN_TREE, $fd, $itself, OPEN_TREE_CLONE | AT_EMPTY_PATH | $recursive);
  return undef unless defined $tree;
  my $attributes = pack 'Q4', $set | MOUNT_ATTR_NOSUID, $clear, MS_SLAVE, 0;
  my $done = syscall MOUNT_SETATTR, $tree, $itself, AT_EMPTY_PATH | $recursive, $attributes, length $attributes;
  return $done < 0 ? undef : $tree;
}

# Only root can put a link there.
sub is_roots {
  my (undef, undef, $mode, undef, $uid) = stat "/proc/self/fd/$_[0]" or return 0;
  return $uid == 0 && !($mode & 022);
}

# Makes what is missing in a directory that is held. Another replica that starts may do it at the same time.
sub make {
  my ($directory, $name, $is_directory) = @_;
  my $writable = clone($directory, 0, MOUNT_ATTR_RDONLY, 0) // return undef;
  my $path = "/proc/self/fd/$writable/$name";
  my $made = $is_directory ? mkdir($path, 0755) : sysopen(my $file, $path, O_CREAT | O_EXCL | O_WRONLY, 0644);
  return $made || $! == EEXIST ? open_path($directory, $name, RESOLVE_NO_LINKS) : undef;
}

# A descriptor of the place. On the way there links of root's are followed, but in what was laid, and not in the place itself. What is
# missing is made, but behind a link: as a directory, and the last of it as $last says, undefined: not.
my @laid;

sub come_to {
  my ($path, $last) = @_;
  my @names = grep { length } split m{/}, $path;
  my $links = (grep { $path =~ m{^\Q$_\E/} } @laid) ? 0 : MOST_LINKS;
  my $directory = open_path(AT_FDCWD, my $root = '/', 0);
  while (defined(my $name = shift @names)) {
    my $next = open_path($directory, $name, RESOLVE_NO_LINKS);
    if (!defined $next && $! == ELOOP && @names && is_roots($directory) && $links-- > 0) {
      my $target = readlink "/proc/self/fd/$directory/$name" // return undef;
      $directory = open_path(AT_FDCWD, my $root = '/', 0) if $target =~ m{^/};
      unshift @names, grep { length } split m{/}, $target;
      $last = undef;
      next;
    }
    $next = make($directory, $name, @names || $last) if !defined $next && $! == ENOENT && defined $last;
    $directory = $next // return undef;
  }
  return $directory;
}

sub lay {
  my ($tree, $place) = @_;
  syscall(MOVE_MOUNT, $tree + 0, $itself, $place, $itself, MOVE_MOUNT_BY_DESCRIPTORS) >= 0;
}

# In the view: lays what was cloned on the host, in that order.
sub lay_all {
  for (@_) {
    my ($tree, $path) = split /:/, $_, 2;
    if ($tree eq 'open') {
      my $place = come_to($path) // next;
      my $opened = clone($place, 0, MOUNT_ATTR_RDONLY, AT_RECURSIVE) // refuse($path, $!);
      lay($opened, $place) or refuse($path, $!);
      next;
    }
    my $place = come_to($path, -d "/proc/self/fd/$tree" ? 1 : 0) // refuse($path, $!);
    lay($tree, $place) or refuse($path, $!);
    push @laid, $path;
  }
  for (SOCKET, NOTIFY) {
    my $place = come_to($_) // next;
    my $cover = clone(come_to(PLACES), 0, 0, 0) // refuse(PLACES, $!);
    lay($cover, $place) or refuse($_, $!);
  }
  print "laid\n";
  exit 0;
}

# Becomes the user that a process runs as, and root again, for the work.
sub as_user_of {
  my ($process, $work) = @_;
  open my $status, '<', "$process/status" or refuse('the process', $!);
  my %of = map { /^(\w+):\s+(.*\S)/ ? ($1, $2) : () } <$status>;
  my ($uid, $gid) = map { (split ' ', $of{$_})[0] } qw(Uid Gid);
  my $groups = $of{Groups} // '';
  ($), $>) = ("$gid $gid $groups", $uid);
  die "not user $uid: $!\n" unless $> == $uid;
  my @all = $work->();
  ($>, $)) = (0, '0 0');
  return @all;
}

# The control groups of a process, by hierarchy.
sub groups_of {
  my ($process) = @_;
  open my $file, '<', "$process/cgroup" or refuse('the process', $!);
  return map { /^\d+:(|name=systemd):(.+)$/ ? ($1, $2) : () } <$file>;
}

# Whether the process is of a site's unit, by the control group, out of which it cannot come: the number that the kernel gives was that of
# whoever connected, and may be another's by now, with mounts of its own making.
sub is_of_site {
  my ($process) = @_;
  my %own = groups_of('/proc/self');
  my %of = groups_of($process);
  for (keys %own) {
    my ($slice) = $own{$_} =~ m{^(.*/php-zd\.slice)/php-zd-mounts@[^/]+\.service$} or next;
    return 1 if ($of{$_} // '') =~ m{^\Q$slice\E/php-zd-[^/]+\.slice/php-zd-[^/]+\.service$};
  }
  return 0;
}

# Whether it is there that the process began, and not where it may have gone by chroot(2).
sub is_at_root {
  my ($process) = @_;
  my ($root, $own) = map { join ' ', (stat)[0, 1] } "$process/root/", '/';
  return $root eq $own;
}

# Where PHP-FPM will listen, of a replica's process; undefined of another one.
sub socket_of {
  my ($process) = @_;
  my %of = groups_of($process);
  for (values %of) { return "/run/php-zd/$1/replicas/$2" if m{/php-zd-fpm-([^/@]+)\@(\d+)\.service$} }
  return undef;
}

# Whether this very process listens there: what a directory of the site's user has is no link for anybody, and of a socket the kernel
# says who listens.
sub listens {
  my ($pid, $directory) = @_;
  my $held = open_path(AT_FDCWD, $directory, RESOLVE_NO_LINKS) // return 0;
  my $there = open_path($held, 'fpm.sock', RESOLVE_NO_LINKS);
  my $listener;
  if (defined $there && -S "/proc/self/fd/$there" && socket(my $client, PF_UNIX, SOCK_STREAM, 0)) {
    fcntl $client, F_SETFL, O_NONBLOCK;
    connect $client, sockaddr_un("/proc/self/fd/$there")
      and ($listener) = unpack 'i', getsockopt($client, SOL_SOCKET, SO_PEERCRED) // '';
  }
  POSIX::close($_) for grep { defined } $there, $held;
  return ($listener // 0) == $pid;
}

# Says to systemd that the process is ready, as systemd-notify(1) does with --pid=, in a thirtieth of its time: whoever may do anything may
# send in another process' name (unix(7)).
sub say_ready {
  my ($pid) = @_;
  my $text = 'READY=1';
  my $control = pack 'L! i4 I', 0, SOL_SOCKET, SCM_CREDENTIALS, $pid, 0, 0;
  substr $control, 0, length pack('L!', 0), pack 'L!', length $control;
  my $piece = pack 'P L!', $text, length $text;
  my $message = pack 'L! L! P L! P L! L!', 0, 0, $piece, 1, $control, length $control, 0;
  socket my $systemd, PF_UNIX, SOCK_DGRAM, 0 or die "no socket: $!\n";
  connect $systemd, sockaddr_un(NOTIFY) or die "no way to systemd: $!\n";
  syscall($SENDMSG, fileno($systemd), $message, 0) >= 0 or die "systemd was not told: $!\n";
}

# Whoever asks waits for the answer.
sub is_waiting { !defined recv(STDIN, my $said, 1, MSG_PEEK | MSG_DONTWAIT) && $! == EAGAIN }

alarm LAY_SECONDS;
my $credentials = getsockopt STDIN, SOL_SOCKET, SO_PEERCRED or die "no peer: $!\n";
my ($pid) = unpack 'i', $credentials;
# Held, so that it is of one process, whoever has that number later.
my $held_process = open_path(AT_FDCWD, "/proc/$pid", RESOLVE_NO_LINKS) // refuse('the process', $!);
my $process = "/proc/self/fd/$held_process";
refuse('the process', EACCES) unless is_waiting() && is_of_site($process) && is_at_root($process);
open my $namespace, '<', "$process/ns/mnt" or refuse('the view', $!);
open my $list, '<', "$process/root" . PLACES or refuse(PLACES, $!);
my @lines = map { chomp; [split /\t/] } <$list>;
my @held = as_user_of(
  $process,
  sub { map { defined $_->[2] ? open_path(AT_FDCWD, $_->[2], 0) // refuse($_->[2], $!) : undef } @lines },
);
my @trees = map {
  my ($how, $place, $source) = @$_;
  my $fd = shift @held;
  my $tree = 'open';
  $tree = clone($fd, $how eq 'ro' ? MOUNT_ATTR_RDONLY : 0, 0, AT_RECURSIVE) // refuse($source, $!) if defined $fd;
  "$tree:$place";
} @lines;
my $layer = fork // refuse('the view', $!);
if ($layer == 0) {
  alarm LAY_SECONDS;
  syscall($SETNS, fileno($namespace), CLONE_NEWNS) == 0 or refuse('the view', $!);
  lay_all(@trees);
}
waitpid $layer, 0;
exit 1 if $?;
alarm READY_SECONDS;
close STDIN;
close STDOUT;
my $socket = socket_of($process) // exit 0;
# Nearly every start takes a tenth of a second. A site that makes its own hang does not have this look as often for a minute.
my $looks = 0;
select undef, undef, undef, $looks++ < QUICK_LOOKS ? 0.003 : 0.1 until listens($pid, $socket) || !-e "$process/root/";
say_ready($pid) if -e "$process/root/";
