import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { billOfMaterials } from '../packaging/bill-of-materials.ts';

const changelog = readFileSync(new URL('../packaging/debian/changelog', import.meta.url), 'utf8');

test("Debian's version is the program's, with a ~ so that what comes before a release sorts before it", () => {
  expect(changelog).toMatch(/^php-zd \(\S+\) /);
  expect(changelog.match(/\((\S+)\)/)?.[1]).toBe(packageJson.version.replace('-', '~'));
});

describe('the bill of materials', () => {
  const lockFile = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8');
  const { metadata, components } = JSON.parse(billOfMaterials(lockFile));
  const names: readonly string[] = components.map(({ name }: { name: string }) => name);

  test('names the program, each package that it depends on in its version, and none that only developers have', () => {
    expect(metadata.component).toMatchObject({ name: 'php-zd', version: packageJson.version });
    for (const [name, version] of Object.entries({
      ...packageJson.dependencies,
      ...packageJson.optionalDependencies,
    })) {
      expect(components).toContainEqual(expect.objectContaining({ name, version }));
    }
    expect(names.filter(name => name in packageJson.devDependencies)).toEqual([]);
  });

  test('has what comes along, its hash as hexadecimal digits and its scope', () => {
    expect(components).toContainEqual({
      type: 'library',
      'bom-ref': 'pkg:npm/%40nornagon/put@0.0.8',
      name: '@nornagon/put',
      version: '0.0.8',
      scope: 'required',
      hashes: [{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }],
      licenses: [{ license: { name: 'MIT/X11' } }],
      purl: 'pkg:npm/%40nornagon/put@0.0.8',
    });
    expect(components).toContainEqual(expect.objectContaining({ name: 'sd-notify', scope: 'optional' }));
  });
});
