// code-cache.cjs: writes beside the program what V8 makes of it, for the Node.js that runs this, so that a start of php-zd need not compile
// it again, and a snapshot of that Node.js. Run by `make install`, and by whoever unpacks a package or upgrades Node.js. What few verbs need
// is not loaded, and so is no part of the cache: one of the whole program takes longer to read than it saves (facts.md N38).
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { CACHE, compile, formatCache } from './program.ts';
import { makeSnapshot } from './snapshot-files.ts';

/** What processes that were killed had half made. */
const removeHalves = (): void => {
  for (const name of readdirSync(__dirname)) {
    if (/^(?:code-cache|start)\.\d+$/.test(name)) rmSync(`${__dirname}/${name}`, { recursive: true, force: true });
  }
};

const write = async (): Promise<void> => {
  // For everybody to read, whoever makes it.
  process.umask(0o022);
  removeHalves();
  const { source, script, program } = compile(require, []);
  await program().loadEveryDay();
  const making = `${CACHE}.${process.pid}`;
  try {
    writeFileSync(making, formatCache(source, script.createCachedData()), { mode: 0o644 });
    renameSync(making, CACHE);
  } finally {
    rmSync(making, { force: true });
  }
  makeSnapshot();
  // The program calls itself failed until a verb has ended.
  process.exitCode = 0;
};

write().catch((error: NodeJS.ErrnoException) => {
  // The disk is full, or not to be written to. Anything else, Node.js's own errors too, is a bug, with its stack.
  if (error.errno === undefined) throw error;
  console.error(`php-zd: ${error.message}`);
  process.exitCode = 1;
});
