// start.cjs: what a snapshot of Node.js is made of, by packaging/snapshot-files.ts. A start from it runs the program as php-zd.cjs does, and
// saves a third of what a start of Node.js takes, since Debian's compiles and runs its own JavaScript each time (facts.md N48). The
// program is no part of it: V8 reads its code faster from a cache.
import { createRequire } from 'node:module';
import { startupSnapshot } from 'node:v8';
import { start } from './program.ts';

/** What nearly every verb loads. Not everything can be in a snapshot: child_process cannot. */
for (const own of ['node:fs/promises', 'node:net', 'node:tty']) require(own);

startupSnapshot.setDeserializeMainFunction(() => {
  void start(createRequire(`${__dirname}/php-zd.cjs`));
});
