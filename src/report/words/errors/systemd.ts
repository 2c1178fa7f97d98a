import type { ErrorTable } from './table.ts';

export const systemdErrors: ErrorTable<
  'bus-unavailable' | 'bus-denied' | 'unit-unknown' | 'unit-masked' | 'job-failed' | 'systemd-refused'
> = {
  'bus-unavailable': {
    what: ({ reason }) => `systemd cannot be reached over D-Bus (${reason})`,
    next: () => 'What serves goes on serving. See "systemctl status dbus".',
  },
  'bus-denied': {
    what: ({ unit }) =>
      `access denied${unit === undefined ? '' : ` to ${unit}`}: run it as root, or let polkit allow it (see RIGHTS in "man php-zd")`,
  },
  'unit-unknown': { what: ({ unit }) => `systemd has no unit ${unit}`, next: () => 'See "php-zd doctor".' },
  'unit-masked': { what: ({ unit }) => `${unit} is masked: unmask it with "systemctl unmask ${unit}"` },
  'job-failed': {
    what: ({ unit, job, result }) => `systemd could not ${job} ${unit} (${result})`,
    next: ({ unit }) => `See "journalctl -eu ${unit}".`,
  },
  'systemd-refused': {
    what: ({ text }) => `systemd refused: ${text}`,
    next: ({ unit }) => (unit === undefined ? 'See "journalctl -e".' : `See "journalctl -eu ${unit}".`),
  },
};
