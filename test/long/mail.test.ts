import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awaitAnswer, bootMachine, installFetched, type Machine, SUITES } from '../lab/machine.ts';
import { type LabSite, setUpSite } from '../lab/site.ts';

// Each of Debian's mailers, really installed, and what mail() of a site comes to by it: at once, or not at all, and then as doctor said.

interface Mailer {
  /** Its package, with what it needs. */
  readonly mailer: 'postfix' | 'exim4-daemon-light' | 'msmtp-mta' | 'dma';
  /** Answers to debconf; all deliver to the users of the host. */
  readonly answers: string;
  /** What an operator does besides, as a shell's lines. */
  readonly after?: string;
  /** The file that has the message then. */
  readonly mailbox: string;
  /** What the mailer is called where it takes messages with rights of its own. */
  readonly needs?: string;
}

const SINK = `use IO::Socket::INET;
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 25, Listen => 5, ReuseAddr => 1) or die $!;
while (my $client = $server->accept) {
  print $client "220 sink\r\n";
  while (my $line = <$client>) {
    if ($line =~ /^DATA/i) {
      print $client "354 go on\r\n";
      open my $mailbox, '>>', '/var/mail/reader' or die $!;
      while (defined($line = <$client>) && $line !~ /^.\r?$/) { print $mailbox $line }
      close $mailbox;
    }
    print $client $line =~ /^QUIT/i ? "221 bye\r\n" : "250 well\r\n";
    last if $line =~ /^QUIT/i;
  }
}
`;

/** A message that does not end, by the socket itself, and what is said of it. */
const ENDLESS = `use IO::Socket::UNIX;
my $socket = IO::Socket::UNIX->new(Peer => '/run/php-zd/shop/mail/socket') or die $!;
$SIG{PIPE} = 'IGNORE';
print $socket "\\nTo: reader\\@localhost\\nSubject: Endless\\n\\n";
my $lines = ('x' x 70 . "\\n") x 1000;
1 while syswrite $socket, $lines;
print while <$socket>;
`;

/**
 * So many connections to the socket, each of which does as the word says: nothing, a byte a second of a header, or 49 MiB at once, and stays.
 * Says when all are there, and at its end, which comes after so many seconds or when none is left, how many were told what.
 */
const CROWD = `use IO::Socket::UNIX; use IO::Select; use Time::HiRes 'time';
my ($does, $many, $seconds) = @ARGV;
$SIG{PIPE} = 'IGNORE';
$| = 1;
my $select = IO::Select->new;
my %left;
for (1 .. $many) {
  my $socket = IO::Socket::UNIX->new(Peer => '/run/php-zd/shop/mail/socket') or next;
  $socket->blocking(0);
  $select->add($socket);
  $left{$socket} = $does eq 'large' ? 49 * 1024 * 1024 : 0;
  syswrite $socket, "\\nSubject: Slow\\n" unless $does eq 'silent';
}
my $part = ('x' x 70 . "\\n") x 1000;
print "connected ", $select->count, "\\n";
my ($end, $next, %told) = (time + $seconds, time);
while (time < $end && $select->count) {
  for my $socket ($select->can_read(0.05)) {
    my $count = sysread $socket, my $said, 4096;
    next if !defined $count && $!{EAGAIN};
    $told{$1} += 1 if ($said // '') =~ /(did not come to its end|ended \\d+)/;
    $select->remove($socket), close $socket unless $count;
  }
  if ($does eq 'large') {
    for my $socket ($select->can_write(0)) {
      next if $left{$socket} <= 0;
      $left{$socket} -= syswrite($socket, $part) // 0;
    }
  } elsif ($does eq 'drip' && time > $next) {
    syswrite $_, 'x' for $select->handles;
    $next = time + 1;
  }
}
print "told $_: $told{$_}\\n" for sort keys %told;
`;

const MAILERS: readonly Mailer[] = [
  {
    mailer: 'postfix',
    answers:
      'postfix postfix/main_mailer_type select Local only\npostfix postfix/mailname string lab.example\n' +
      'postfix postfix/destinations string lab.example, localhost\n',
    mailbox: '/var/mail/reader',
    needs: 'Postfix',
  },
  { mailer: 'exim4-daemon-light', answers: '', mailbox: '/var/mail/reader', needs: 'Exim' },
  { mailer: 'dma', answers: 'dma dma/mailname string lab.example\n', mailbox: '/var/mail/reader', needs: 'dma' },
  {
    mailer: 'msmtp-mta',
    answers: '',
    after:
      "printf 'account default\\nhost 127.0.0.1\\nport 25\\nfrom shop@lab.example\\n' >/etc/msmtprc; " +
      'systemd-run --quiet --unit=sink perl /root/sink.pl',
    mailbox: '/var/mail/reader',
  },
];

/** Sends what it is asked to, and says what mail() said and how long that took. */
const SENDS = `<?php
if ($_SERVER['REQUEST_URI'] === '/health') exit('ok');
$from = microtime(true);
$said = mail('reader@localhost', $_GET['subject'], "A message.\n", '', $_GET['more'] ?? '');
echo json_encode(['said' => $said, 'ms' => (microtime(true) - $from) * 1000]);
`;
interface Sent {
  readonly said: boolean;
  readonly ms: number;
}
/** The crowds alone stay for 82 s. */
const CROWDS_MS = 240_000;

const INI = '[health]\npath = /health\n[sandbox]\nsendmail = yes\n';
/** Nobody waits for a mailer that takes no message. */
const MOST_MS = 5_000;

describe.each(SUITES.flatMap(suite => MAILERS.map(mailer => ({ suite, ...mailer }))))(
  '$suite, $mailer',
  ({ suite, ...of }) => {
    let machine: Machine;
    let site: LabSite;

    beforeAll(async () => {
      machine = await bootMachine(`long-mail-${of.mailer}-${suite}-${process.pid}`, suite);
      site = await setUpSite(machine, {});
      await site.flip(await site.release({ 'public/index.php': SENDS }));
      await site.roll();
      await machine.run('useradd', '--create-home', 'reader');
      await machine.write('/root/sink.pl', SINK);
      await machine.write('/root/answers', of.answers);
      await machine.run('sh', '-ec', ANSWER);
      await installFetched(machine, of.mailer);
      if (of.after !== undefined) await machine.run('sh', '-ec', of.after);
    });
    afterAll(() => machine.down());

    const sendBy = async ({ url }: LabSite, subject: string, more = ''): Promise<Sent> => {
      const query = `subject=${subject}&more=${encodeURIComponent(more)}`;
      return JSON.parse(await machine.run('curl', '-sS', '-f', '--max-time', '40', `${url}?${query}`));
    };
    const send = (subject: string, more?: string) => sendBy(site, subject, more);
    const doctor = async () =>
      JSON.parse((await machine.ask('php-zd', 'doctor', site.name, '--json')).stdout).findings.filter(
        ({ check }: { check: string }) => check === 'mail',
      );
    const arrives = async (subject: string): Promise<string> =>
      await awaitAnswer(`the message ${subject}`, async () => {
        const text = (await machine.ask('cat', of.mailbox)).stdout;
        return text.includes(`Subject: ${subject}\n`) || text.includes(`Subject: ${subject}\r\n`) ? text : undefined;
      });

    test('doctor says before the first mail what to write, and without it mail() fails at once', async () => {
      const before = await doctor();
      if (of.needs === undefined) {
        expect(before).toEqual([]);
      } else {
        expect(before).toMatchObject([
          { facts: { mailer: of.needs }, steps: { ini: { section: 'sandbox', line: 'sendmail = yes' } } },
        ]);
        const { said, ms } = await send('Refused');
        expect(said).toBe(false);
        expect(ms).toBeLessThan(MOST_MS);
        await machine.run('journalctl', '--sync');
        expect(await machine.run('journalctl', '-u', 'php-zd-fpm-shop@*', '-o', 'cat')).toContain(
          'mail() failed: the sendmail of this host needs rights that a replica does not have: write sendmail = yes in [sandbox]',
        );
        await site.writeIni(INI);
        await site.roll();
        expect(await doctor()).toEqual([]);
      }
    });

    test('what mail() sends arrives, with its sender, also from a command of exec', async () => {
      const { said, ms } = await send('First', '-fsender@lab.example');
      expect(said).toBe(true);
      expect(ms).toBeLessThan(MOST_MS);
      const text = await arrives('First');
      if (of.needs !== undefined) expect(text).toContain('sender@lab.example');
      const php = "exit(mail('reader@localhost', 'Second', 'x') ? 0 : 1);";
      expect(await machine.ask('php-zd', 'exec', site.name, '--', 'php', '-r', php)).toMatchObject({ status: 0 });
      await arrives('Second');
    });

    test('no other word of the command line comes to a sendmail with rights', async () => {
      if (of.needs === undefined) return;
      expect((await send('Third', '-OQueueDirectory=/tmp -X/tmp/log -C/tmp/x -be')).said).toBe(true);
      await arrives('Third');
      expect((await send('Fourth', '-f-be')).said).toBe(false);
    });

    test('a message without an end is refused with a word, leaves nothing, and keeps no other from being sent', async () => {
      if (of.needs === undefined) return;
      await machine.write('/srv/endless.pl', ENDLESS);
      const used = async () =>
        Number((await machine.run('df', '--output=used', '--block-size=1M', '/')).split('\n')[1]);
      const before = await used();
      const asUser = ['setpriv', '--reuid=shop', '--regid=shop', '--clear-groups', 'perl', '/srv/endless.pl'];
      const attempts = Promise.all(Array.from({ length: 4 }, () => machine.run(asUser[0] ?? '', ...asUser.slice(1))));
      expect((await send('Meanwhile')).said).toBe(true);
      for (const said of await attempts) expect(said).toContain('the message has more than 50 MiB');
      await arrives('Meanwhile');
      expect((await used()) - before).toBeLessThan(50);
    });

    test(
      'clients that are slow, many or large keep no other site from its mail, fill no disk, and end in words',
      async () => {
        if (of.needs === undefined) return;
        const other = await setUpSite(machine, { name: 'blog', port: 81, ini: INI });
        await other.flip(await other.release({ 'public/index.php': SENDS }));
        await other.roll();
        await machine.write('/srv/crowd.pl', CROWD);
        const used = async () =>
          Number((await machine.run('df', '--output=used', '--block-size=1M', '/tmp')).split('\n')[1]);
        const before = await used();
        let most = before;
        const crowd = async (does: string, many: number, seconds: number): Promise<string> => {
          const words = ['perl', '/srv/crowd.pl', does, String(many), String(seconds)];
          const user = ['setpriv', '--reuid=shop', '--regid=shop', '--clear-groups'];
          let isOver = false;
          const comes = machine.run('sh', '-c', 'ulimit -n 4096; exec "$@"', 'sh', ...user, ...words).finally(() => {
            isOver = true;
          });
          await awaitAnswer('messages that are taken', async () =>
            (await machine.ask('pgrep', '-f', 'php-zd/hand-mail')).stdout.split('\n').length > Math.min(many, 60)
              ? true
              : undefined,
          );
          const { said, ms } = await sendBy(other, `Beside-${does}`);
          expect({ does, said }).toEqual({ does, said: true });
          expect(ms).toBeLessThan(MOST_MS);
          await arrives(`Beside-${does}`);
          while (!isOver) most = Math.max(most, await used());
          return await comes;
        };
        expect(await crowd('drip', 64, 57)).toMatch(/^connected 64\n.*did not come to its end: 64\n/);
        expect(await crowd('large', 100, 15)).toContain('connected 100\n');
        expect(most - before).toBeGreaterThan(20);
        expect(most - before).toBeLessThan(130);
        expect(await crowd('silent', 2000, 10)).toContain('connected 2000\n');
        expect(await machine.run('cat', of.mailbox)).not.toContain('Slow');
      },
      CROWDS_MS,
    );

    test('without the key again nobody listens for its mail', async () => {
      if (of.needs === undefined) return;
      await site.writeIni('[health]\npath = /health\n');
      await site.roll();
      expect((await send('Fifth')).said).toBe(false);
      expect((await machine.ask('systemctl', 'is-active', 'php-zd-mail-shop.socket')).stdout.trim()).toBe('inactive');
      expect((await machine.ask('ls', '/etc/systemd/system/php-zd-mail-shop.socket')).status).not.toBe(0);
    });
  },
);

const ANSWER = `hostname lab.example 2>/dev/null || true
grep -q lab.example /etc/hosts || echo '127.0.1.1 lab.example' >>/etc/hosts
[ ! -s /root/answers ] || debconf-set-selections /root/answers
`;
