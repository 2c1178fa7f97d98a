/** Whether systemd keeps a process from an address that it is not allowed, seen by one that asks for its own host. */
export const asksForAddress = [
  ...[
    '--quiet',
    '--wait',
    '--collect',
    '--pipe',
    '--property=IPAddressDeny=any',
    '--',
    '/usr/bin/perl',
    '-MSocket',
    '-e',
  ],
  'socket my $s, PF_INET, SOCK_DGRAM, 0; print defined send($s, "", 0, sockaddr_in(9, INADDR_LOOPBACK)) ? "sent" : "held"',
] as const;
