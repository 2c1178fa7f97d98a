/** What a site file's meaning depends on besides its text is asked of the host: the same interface as site/'s. */
export type { Host, HostGroup, HostUser, PhpBinary } from '../site/host.ts';
