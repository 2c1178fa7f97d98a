import { read, readPreset, type Source, valuesOf } from './read.ts';
import { schema } from './schema.ts';
import type { Sandbox } from './site.ts';

const { sockets, network, sendmail, namespaces } = schema.sandbox.keys;

/** The section [sandbox]. Undefined when a key of the section is broken, which is reported then. */
export const readSandbox = (source: Source): Sandbox | undefined => {
  const values = valuesOf({
    sockets: read(source, sockets),
    network: readPreset(source, network),
    hasSendmail: readPreset(source, sendmail),
    hasNamespaces: readPreset(source, namespaces),
  });
  return values && { ...values, sockets: values.sockets ?? [] };
};
