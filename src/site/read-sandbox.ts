import { read, readPreset, type Source, valuesOf } from './read.ts';
import { schema } from './schema.ts';
import type { Sandbox } from './site.ts';

const { sockets, network, sendmail, namespaces, inotify, setgid } = schema.sandbox.keys;

/** The section, before it is known what the application needs. */
export interface SandboxReading extends Omit<Sandbox, 'hasSetgid'> {
  readonly hasSetgid: boolean | undefined;
}

/** The section [sandbox]. Undefined when a key of the section is broken, which is reported then. */
export const readSandbox = (source: Source): SandboxReading | undefined => {
  const values = valuesOf({
    sockets: read(source, sockets),
    network: readPreset(source, network),
    hasSendmail: readPreset(source, sendmail),
    hasNamespaces: readPreset(source, namespaces),
    hasInotify: readPreset(source, inotify),
    hasSetgid: read(source, setgid),
  });
  return values && { ...values, sockets: values.sockets ?? [] };
};
