// start.cjs: what a snapshot of Node.js is made of, by packaging/snapshot-files.ts. A start from it runs the program as php-zd.cjs does, and
// saves a third of what a start of Node.js takes, since Debian's compiles and runs its own JavaScript each time (facts.md N48). The
// program is no part of it: V8 reads its code faster from a cache.
import { createRequire } from 'node:module';
import { startupSnapshot } from 'node:v8';
import { start } from './program.ts';

/** What nearly every verb loads. Not everything can be in a snapshot: child_process cannot. */
const LOADED = ['events', 'fs', 'fs/promises', 'net', 'os', 'path', 'tty', 'url', 'util', 'vm'].map(
  own => `node:${own}`,
);

/** Handed on as they are: to be asked for one of its own modules takes Node.js an ES module of it each time (packaging/build.ts). */
const loaded = new Map(LOADED.map(own => [own, require(own)]));

startupSnapshot.setDeserializeMainFunction(() => {
  const load = createRequire(`${__dirname}/php-zd.cjs`);
  void start(Object.assign((id: string) => loaded.get(id) ?? load(id), load));
});
