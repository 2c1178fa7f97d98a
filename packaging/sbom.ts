// Writes dist/php-zd.cdx.json, the bill of materials of package-lock.json.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { billOfMaterials } from './bill-of-materials.ts';

const root = new URL('..', import.meta.url);
await mkdir(new URL('dist', root), { recursive: true });
const bill = billOfMaterials(await readFile(new URL('package-lock.json', root), 'utf8'));
await writeFile(new URL('dist/php-zd.cdx.json', root), bill);
