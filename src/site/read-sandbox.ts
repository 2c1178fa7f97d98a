import { type Given, read, readPreset, type Source, valuesOf, warn } from './read.ts';
import { schema } from './schema.ts';
import { RULING_DIRECTORIES } from './service-directories.ts';
import type { Sandbox } from './site.ts';

const { sockets, network, sendmail, namespaces, inotify, setgid } = schema.sandbox.keys;

/** The section, before it is known what the application needs. */
export interface SandboxReading extends Omit<Sandbox, 'hasSetgid'> {
  readonly hasSetgid: boolean | undefined;
}

/** The section [sandbox]. Undefined when a key of the section is broken, which is reported then. */
export const readSandbox = (source: Source): SandboxReading | undefined => {
  const shown = read(source, sockets);
  if (typeof shown === 'object') warnOfRuling(source, shown);
  const values = valuesOf({
    sockets: shown,
    network: readPreset(source, network),
    hasSendmail: readPreset(source, sendmail),
    hasNamespaces: readPreset(source, namespaces),
    hasInotify: readPreset(source, inotify),
    hasSetgid: read(source, setgid),
  });
  return values && { ...values, sockets: values.sockets ?? [] };
};

const warnOfRuling = (source: Source, { value, at }: Given<readonly string[]>): void => {
  for (const path of value.filter(each => RULING_DIRECTORIES.includes(each))) {
    const who = 'whoever may connect to the sockets there rules the host, or other sites';
    warn(source, at, `'${path}' in 'sockets': ${who}, and their modes alone keep this site from it: leave it out`);
  }
};
