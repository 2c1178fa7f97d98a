// What the program has in it and beside it, of package-lock.json, in CycloneDX's JSON (https://cyclonedx.org/docs/1.5/json/). `npm sbom`
// says the same, but Debian's npm has no such command. Nothing of it depends on when or where it is written.
import * as v from 'valibot';

const lockSchema = v.object({
  name: v.string(),
  version: v.string(),
  packages: v.record(
    v.string(),
    v.object({
      version: v.optional(v.string()),
      resolved: v.optional(v.string()),
      integrity: v.optional(v.string()),
      license: v.optional(v.unknown()),
      dev: v.optional(v.boolean()),
      devOptional: v.optional(v.boolean()),
      optional: v.optional(v.boolean()),
      link: v.optional(v.boolean()),
    }),
  ),
});

const NODE_MODULES = 'node_modules/';

/** An npm package as a purl names it: the @ of a scope is escaped (https://github.com/package-url/purl-spec). */
const purlOf = (name: string, version: string): string => `pkg:npm/${name.replace('@', '%40')}@${version}`;

/** npm's integrity is base64, CycloneDX's hash is hexadecimal. */
const hashOf = (integrity: string) => {
  const [algorithm = '', sum = ''] = integrity.split('-', 2);
  return { alg: algorithm.replace(/^sha(\d+)$/, 'SHA-$1'), content: Buffer.from(sum, 'base64').toString('hex') };
};

/** The bill of materials of a lock file: all that is installed for running, and nothing that is for developing. */
export const billOfMaterials = (lockFile: string): string => {
  const { name, version, packages } = v.parse(lockSchema, JSON.parse(lockFile));
  const used = Object.entries(packages).filter(
    ([path, { dev, devOptional, link }]) => path.startsWith(NODE_MODULES) && !dev && !devOptional && !link,
  );
  const components = used.map(([path, { version: of = '', integrity, license, optional }]) => {
    const named = path.slice(path.lastIndexOf(NODE_MODULES) + NODE_MODULES.length);
    return {
      type: 'library',
      'bom-ref': purlOf(named, of),
      name: named,
      version: of,
      scope: optional ? 'optional' : 'required',
      ...(integrity !== undefined && { hashes: [hashOf(integrity)] }),
      ...(typeof license === 'string' && { licenses: [{ license: { name: license } }] }),
      purl: purlOf(named, of),
    };
  });
  const program = { type: 'application', 'bom-ref': purlOf(name, version), name, version, purl: purlOf(name, version) };
  return `${JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1, metadata: { component: program }, components }, undefined, 2)}\n`;
};
