import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const tree = fileURLToPath(new URL('../..', import.meta.url));

/** Makes the package of this tree, and gives its path. */
export const makePackage = (): string => {
  const output = execFileSync('make', ['--silent', 'deb'], { cwd: tree, encoding: 'utf8' });
  return tree + (output.match(/^Made (dist\/\S+\.deb)\.$/m)?.[1] ?? '');
};
