import { read, type Source, valuesOf } from './read.ts';
import { schema } from './schema.ts';
import type { Sandbox } from './site.ts';

const { sockets } = schema.sandbox.keys;

/** The section [sandbox]. Undefined when a key of the section is broken, which is reported then. */
export const readSandbox = (source: Source): Sandbox | undefined => {
  const values = valuesOf({ sockets: read(source, sockets) });
  return values && { sockets: values.sockets ?? [] };
};
