/** The host, as far as the meaning of a site file depends on it: the interface of site/. */
export type { Host, HostGroup, HostUser, PathRights, PhpBinary, PhpIniFile } from '../site/host.ts';
