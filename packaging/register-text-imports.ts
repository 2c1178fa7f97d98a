// `tsx --import ./packaging/register-text-imports.ts FILE` runs a file that imports texts.
import { register } from 'node:module';

register('./text-imports.ts', import.meta.url);
