import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Reporter, TestModule } from 'vitest/node';
import type { FileTime } from './spent.ts';

const tree = fileURLToPath(new URL('..', import.meta.url));

/** Keeps how long each file took with its hooks, which vitest's JSON does not have, in the file that $FILE_TIMES names. */
export default class FileTimes implements Reporter {
  private readonly times: FileTime[] = [];

  onTestModuleEnd(module: TestModule): void {
    this.times.push({ file: relative(tree, module.moduleId), ms: module.diagnostic().duration });
  }

  onTestRunEnd(): void {
    const path = process.env['FILE_TIMES'];
    if (path !== undefined) writeFileSync(path, JSON.stringify(this.times));
  }
}
