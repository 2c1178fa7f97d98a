import { dbus } from './dbus.ts';
import { fastcgi, fpmStatus } from './fpm.ts';
import { haproxy } from './haproxy.ts';
import type { Property } from './property.ts';
import { siteFile } from './site-file.ts';
import { historyKept, journal, stateFiles } from './state-files.ts';

/** What comes from outside, each with what is so of it whatever it is. */
export const properties: readonly Property[] = [
  siteFile,
  haproxy,
  dbus,
  fastcgi,
  fpmStatus,
  stateFiles,
  historyKept,
  journal,
];
