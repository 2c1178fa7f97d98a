import { mountUnit } from '../../base/paths.ts';
import { type Command, systemctl } from './said.ts';

/** What shows a release again that a mount keeps from being seen; undefined where none does. */
export const mendMount = (mount: { readonly covered?: unknown; readonly unmounted?: unknown }): Command | undefined => {
  if (mount.covered !== undefined) return ['umount', String(mount.covered)];
  return mount.unmounted === undefined ? undefined : systemctl('start', mountUnit(String(mount.unmounted)));
};
