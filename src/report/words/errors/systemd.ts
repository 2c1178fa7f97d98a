import { journalOf, phpZd, say, systemctl } from '../said.ts';
import type { ErrorTable } from './table.ts';

export const systemdErrors: ErrorTable<
  'bus-unavailable' | 'bus-broken' | 'bus-denied' | 'unit-unknown' | 'unit-masked' | 'job-failed' | 'systemd-refused'
> = {
  'bus-unavailable': {
    what: ({ reason }) => `systemd cannot be reached over D-Bus (${reason})`,
    next: () => say`What serves goes on serving. See "${systemctl('status', 'dbus')}".`,
  },
  'bus-broken': {
    what: ({ who, reason }) => `what ${who} says over D-Bus cannot be read: ${reason}`,
    next: () => say`What serves goes on serving. See "${systemctl('status', 'dbus')}".`,
  },
  'bus-denied': {
    what: ({ unit }) =>
      `access denied${unit === undefined ? '' : ` to ${unit}`}: run it as root, or let polkit allow it (see RIGHTS in "man php-zd")`,
  },
  'unit-unknown': { what: ({ unit }) => `systemd has no unit ${unit}`, next: () => say`See "${phpZd('doctor')}".` },
  'unit-masked': { what: ({ unit }) => say`${unit} is masked: unmask it with "${systemctl('unmask', unit)}"` },
  'job-failed': {
    what: ({ unit, job, result }) => `systemd could not ${job} ${unit} (${result})`,
    next: ({ unit }) => say`See "${journalOf(unit)}".`,
  },
  'systemd-refused': {
    what: ({ text }) => `systemd refused: ${text}`,
    next: ({ unit }) => (unit === undefined ? say`See "${['journalctl', '-e']}".` : say`See "${journalOf(unit)}".`),
  },
};
