import { beforeAll, expect, test } from 'vitest';
import type { Machine } from '../lab/machine.ts';
import { type Found, follow } from '../scene/fixes.ts';
import { onOneSuite, type Scene, withFirewall } from '../scene/scene.ts';

// What [sandbox] loosens and tightens is so for PHP, and for a command of exec, and nothing besides is.

/**
 * What Chromium makes of itself before it shows a page: it tries in a child whether it may make a namespace in which it has nothing,
 * and one more in there; then namespaces, and in those a root that has nothing.
 */
const AS_CHROMIUM = `use strict;
my ($uid, $gid) = ($<, (split ' ', $()[0]);
sub say_to { open my $file, '>', $_[0]; print $file $_[1]; close $file or print "$_[0]: $!\n" }
sub map_self {
  say_to('/proc/self/setgroups', 'deny');
  say_to('/proc/self/uid_map', "$uid $uid 1");
  say_to('/proc/self/gid_map', "$gid $gid 1");
}
sub own { syscall(272, 0x10000000 | $_[0]) == 0 or do { print "unshare: $!\n"; exit 1 } }
$| = 1;
my $child = fork;
unless ($child) {
  own(0);
  map_self();
  my ($version, $none) = (pack('LL', 0x20080522, 0), pack('L6', (0) x 6));
  syscall(126, $version, $none) == 0 or do { print "capset: $!\n"; exit 1 };
  own(0);
  exit 0;
}
waitpid $child, 0;
exit if $?;
own(0x20000000 | 0x40000000);
map_self();
print chroot('/proc/self/fdinfo') ? "as Chromium\n" : "chroot: $!\n";
`;
/** The other namespaces, and more of root's in one's own. */
const OTHERS = `for my $flag (0x20000, 0x8000000, 0x4000000, 0x2000000) { print syscall(272, 0x10000000 | $flag) ? "$!\n" : "made\n" }
print chroot('/') ? "root\n" : "$!\n";
`;
const CONNECT = `<?php foreach (array_slice($argv, 1) as $address) {
  $stream = @stream_socket_client("tcp://$address", $number, $error, 1);
  echo $address, ' ', $stream ? 'reached' : 'not reached', "\n";
}
`;

/** As TYPO3 and Moodle make a directory, and what makes a program another user's; then a file from one file system to another. */
const SETGID = `<?php umask(0);
foreach (['mkdir' => fn () => @mkdir('/tmp/d', 02775), 'chmod' => fn () => @chmod('/tmp', 02775)] as $name => $make) {
  echo $name, ' ', $make() ? 'done' : 'refused', "\n";
}
@rmdir('/tmp/d');
`;
const RENAME = `<?php file_put_contents('/dev/shm/x', 'x');
echo json_encode([rename('/dev/shm/x', '/tmp/x'), error_get_last()['message'] ?? null]), "\n";
`;

/** Addresses of the host's that are not its loopback. */
const OTHER = '192.0.2.7';
const THIRD = '192.0.2.8';
/** On x86-64. */
const WATCH = 'print syscall(294, 0) < 0 ? "$!\\n" : "watches\\n"';

const prepare = async ({ machine }: Scene): Promise<void> => {
  await machine.write('/srv/chromium.pl', AS_CHROMIUM);
  await machine.write('/srv/others.pl', OTHERS);
  await machine.write('/srv/connect.php', CONNECT);
  await machine.write('/srv/setgid.php', SETGID);
  await machine.write('/srv/rename.php', RENAME);
  await machine.write('/srv/watch.pl', WATCH);
  for (const address of [OTHER, THIRD]) await machine.run('ip', 'address', 'add', `${address}/32`, 'dev', 'lo');
};

/** As PHP's replica has it, and as a command of exec. */
const run = async ({ machine, site }: Scene, ...command: readonly string[]) => {
  const answer = await machine.run('curl', '-sS', '-f', `${site.url}?run=${encodeURIComponent(command.join(' '))}`);
  const inExec = await machine.run('php-zd', 'exec', site.name, '--', ...command);
  return { inReplica: JSON.parse(answer).lines, inExec: linesOf(inExec) };
};

const linesOf = (text: string): readonly string[] => text.trimEnd().split('\n');
const both = (...lines: readonly string[]) => ({ inReplica: lines, inExec: lines });

const roll = async ({ site }: Scene, sandbox: string): Promise<void> => {
  await site.writeIni(`[health]\npath = /health\n${sandbox}`);
  await site.roll();
};

const ADDRESSES = ['127.0.0.1:80', `${OTHER}:80`, `${THIRD}:80`] as const;
const reaches = (...which: readonly string[]) =>
  both(...ADDRESSES.map(address => `${address} ${which.includes(address) ? 'reached' : 'not reached'}`));

onOneSuite('trixie', 'loosened', {}, scene => {
  const connect = () => run(scene(), 'php', '/srv/connect.php', ...ADDRESSES);
  const doctorFinds = async (machine: Machine) =>
    JSON.parse((await machine.ask('php-zd', 'doctor', '--json')).stdout).findings.map(
      ({ check }: { check: string }) => check,
    );

  beforeAll(() => prepare(scene()));

  test('a site that says nothing reaches what the host reaches, and makes no namespace', async () => {
    expect(await connect()).toEqual(reaches(...ADDRESSES));
    expect(await run(scene(), 'perl', '/srv/chromium.pl')).toEqual(both('unshare: Operation not permitted'));
  });

  test('with network = no PHP reaches no address, and visitors reach the site', async () => {
    await roll(scene(), '[sandbox]\nnetwork = no\n');
    expect(await connect()).toEqual(reaches());
    expect(await scene().machine.run('curl', '-sS', '-f', scene().site.url)).toContain('release=');
  });

  test('with inotify = yes a program watches files, and else none does', async () => {
    const watch = () => run(scene(), 'perl', '/srv/watch.pl');
    await roll(scene(), '');
    expect(await watch()).toEqual(both('Operation not permitted'));
    await roll(scene(), '[sandbox]\ninotify = yes\n');
    expect(await watch()).toEqual(both('watches'));
  });

  test('PHP moves a file from one file system to another without a warning', async () => {
    expect(await run(scene(), 'php', '/srv/rename.php')).toEqual(both('[true,null]'));
  });

  test('with setgid = yes, and where the application is known to need it, PHP makes a directory with that bit, and else none', async () => {
    const { site } = scene();
    const make = () => run(scene(), 'php', '/srv/setgid.php');
    await roll(scene(), '');
    expect(await make()).toEqual(both('mkdir refused', 'chmod refused'));
    await roll(scene(), '[sandbox]\nsetgid = yes\n');
    expect(await make()).toEqual(both('mkdir done', 'chmod done'));
    await roll(scene(), '');
    expect(await make()).toEqual(both('mkdir refused', 'chmod refused'));
    await site.flip(await site.release({ 'public/pluginfile.php': '<?php' }));
    await site.roll();
    expect(await make()).toEqual(both('mkdir done', 'chmod done'));
  });

  test('with namespaces = yes programs make what Chromium makes, and no other namespace', async () => {
    await roll(scene(), '[sandbox]\nnamespaces = yes\n');
    expect(await run(scene(), 'perl', '/srv/chromium.pl')).toEqual(both('as Chromium'));
    const refused = Array.from({ length: 5 }, () => 'Operation not permitted');
    expect(await run(scene(), 'perl', '/srv/others.pl')).toEqual(both(...refused));
  });

  test('where the host holds no addresses a roll is refused, a start goes on with what was promoted, and what they say to write lets both be', async () => {
    const { machine, site } = scene();
    const served = await site.status();
    await site.writeIni(`[health]\npath = /health\n[sandbox]\nnetwork = ${OTHER}\n`);
    const said = `this host's systemd does not hold network = ${OTHER} in [sandbox]`;
    const { status, stderr } = await site.reload();
    expect({ status, stderr }).toEqual({ status: 6, stderr: expect.stringContaining(said) });
    expect((await machine.ask('systemctl', 'reload', 'php-zd@shop')).status).toBe(1);
    expect((await machine.ask('php-zd', 'check', 'shop')).stderr).toContain(said);
    expect((await site.status()).generation).toBe(served.generation);
    expect(await doctorFinds(machine)).toContain('network');
    await machine.run('systemctl', 'stop', 'php-zd@shop');
    // What was promoted has another line.
    await machine.run('systemctl', 'start', 'php-zd@shop');
    expect(await machine.run('journalctl', '--unit=php-zd@shop', '--lines=40', '--output=cat')).toContain(said);
    expect((await site.status()).generation).toBe(served.generation);
    const line = /Write (network = no) in \[sandbox\]/.exec(stderr)?.[1] ?? '';
    await site.writeIni(`[health]\npath = /health\n[sandbox]\n${line}\n`);
    await machine.run('systemctl', 'restart', 'php-zd@shop');
    await roll(scene(), `[sandbox]\n${line}\n`);
    expect(await connect()).toEqual(reaches());
  });
});

withFirewall('trixie', 'addresses', {}, scene => {
  beforeAll(() => prepare(scene()));

  test('with addresses as network PHP reaches these and no other', async () => {
    const { machine } = scene();
    await roll(scene(), `[sandbox]\nnetwork = 127.0.0.0/8 ${OTHER}\n`);
    const connect = () => run(scene(), 'php', '/srv/connect.php', ...ADDRESSES);
    expect(await connect()).toEqual(reaches('127.0.0.1:80', `${OTHER}:80`));
    await roll(scene(), `[sandbox]\nnetwork = ${THIRD}\n`);
    expect(await connect()).toEqual(reaches(`${THIRD}:80`));
    const { stdout } = await machine.ask('php-zd', 'doctor', '--json');
    expect(JSON.parse(stdout).findings.map(({ check }: { check: string }) => check)).not.toContain('network');
  });

  test('what doctor says of an address that was refused lets PHP reach that one', async () => {
    const { machine, site } = scene();
    await roll(scene(), '[sandbox]\nnetwork = no\n');
    const php = `php -d display_errors=stderr -d html_errors=0 -r 'exit(fsockopen("127.0.0.1", 80) ? 0 : 1);' #`;
    const status = async () =>
      JSON.parse(await machine.run('curl', '-sS', '-f', `${site.url}?run=${encodeURIComponent(php)}`)).status;
    expect(await status()).toBe(1);
    await machine.run('journalctl', '--sync');
    const found: readonly Found[] = JSON.parse((await machine.ask('php-zd', 'doctor', '--json')).stdout).findings;
    await follow(
      scene(),
      found.filter(({ facts: { key } }) => key === 'network'),
    );
    expect(await status()).toBe(0);
  });
});
