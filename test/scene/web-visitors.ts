import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { Scene } from './scene.ts';

/** A page that names an asset of its own release; tells what it was asked; anything else is the site of all tests. */
const INDEX = await readFile(new URL('../lab/site/index.php', import.meta.url), 'utf8');
const TELLING = `<?php
if (isset($_GET['tell'])) {
    $body = hash_init('sha256'); $bytes = 0;
    for ($in = fopen('php://input', 'rb'); !feof($in); $bytes += strlen($read)) hash_update($body, $read = fread($in, 65536));
    exit(json_encode(['bytes' => $bytes, 'hash' => hash_final($body)] + $_SERVER));
}
if (isset($_GET['page'])) { $release = trim(file_get_contents(__DIR__ . '/name.txt')); exit("page $release /assets/$release.css"); }
if (isset($_GET['big'])) { for ($n = 0; $n < (int) $_GET['big']; $n += 65536) echo str_repeat('a', 65536); exit; }
if (isset($_GET['go'])) exit(touch('/tmp/go') ? 'gone' : '');
if (isset($_GET['events'])) {
    header('Content-Type: text/event-stream');
    echo "data: first\\n\\n"; @ob_flush(); flush();
    while (!file_exists('/tmp/go')) { clearstatcache(); usleep(20000); }
    exit("data: last\\n\\n");
}
?>${INDEX}`;

/** Fetches pages, and then what each of them names, until there is a file; each as a visitor on a connection of its own. */
export const VISITORS = `import http from 'node:http';
import { existsSync, writeFileSync } from 'node:fs';
const get = path => new Promise(done => {
  const asked = http.get({ host: '127.0.0.1', port: 8080, path, agent: false }, answer => {
    let body = '';
    answer.on('data', part => (body += part)).on('end', () => done({ status: answer.statusCode, body }));
    answer.on('error', () => done({ status: 0, body }));
  });
  asked.on('error', () => done({ status: 0, body: '' }));
});
const seen = { pages: 0, lost: 0, missing: 0, foreign: 0, releases: [] };
const visit = async () => {
  for (; !existsSync('/root/stop'); seen.pages += 1) {
    const { status, body } = await get('/?page');
    const [, release, asset] = /^page (\\S+) (\\S+)$/.exec(body) ?? [];
    if (status !== 200 || asset === undefined) { seen.lost += 1; continue; }
    if (!seen.releases.includes(release)) seen.releases.push(release);
    const answer = await get(asset);
    if (answer.status === 404) seen.missing += 1;
    else if (answer.status !== 200) seen.lost += 1;
    else if (answer.body !== release) seen.foreign += 1;
    writeFileSync('/root/visited', String(seen.pages));
  }
};
await Promise.all([1, 2, 3, 4, 5, 6].map(visit));
console.log(JSON.stringify(seen));
`;
export const CLIENTS = 6;

/** A program of the operator's own that speaks another protocol once it was asked to, and says then what it is told. */
export const ECHO = `import http from 'node:http';
http.createServer().on('upgrade', (request, socket) => {
  socket.on('error', () => socket.destroy());
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\\r\\n\\r\\n');
  socket.pipe(socket);
}).listen(9001, '127.0.0.1');
`;

/** A visitor who talks to that: a word at once, and another one once there is a file. */
export const TALK = `import http from 'node:http';
import { existsSync, writeFileSync } from 'node:fs';
const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version': '13' };
http.get({ host: '127.0.0.1', port: 8080, path: '/ws', headers })
  .on('response', answer => { console.log(answer.statusCode); process.exit(1); })
  .on('upgrade', (answer, socket, head) => {
    let said = head.toString();
    socket.on('data', part => {
      said += part;
      if (said === 'first') writeFileSync('/root/talk-open', '');
      if (said !== 'firstsecond') return;
      console.log(answer.statusCode, 'first', 'second');
      process.exit(0);
    }).on('close', () => { console.log('closed'); process.exit(1); });
    socket.write('first');
    const again = setInterval(() => existsSync('/root/talk-on') && (clearInterval(again), socket.write('second')), 50);
  });
`;

interface Seen {
  readonly pages: number;
  readonly lost: number;
  readonly missing: number;
  readonly foreign: number;
  readonly releases: readonly string[];
}

/** What visitors are to see. */
export const WELL = { lost: 0, missing: 0, foreign: 0 };

/** Another release, which the link names then. */
export const next = async ({ machine, site }: Scene): Promise<string> => {
  const name = await site.release({ 'public/index.php': TELLING });
  const release = site.directory(name);
  await machine.run('mkdir', '--parents', `${release}/public/assets`, `${release}/public/uploads`);
  await machine.write(`${release}/public/name.txt`, name);
  await machine.write(`${release}/public/assets/${name}.css`, name);
  await machine.write(`${release}/public/.env`, 'SECRET');
  await machine.write(`${release}/public/uploads/x.php`, '<?php echo "run";');
  await site.flip(name);
  return release;
};

/** What visitors see while the work is done, who have come once before it and once after it. */
export const visitedDuring = async ({ machine }: Scene, work: () => Promise<void>): Promise<Seen> => {
  await machine.run('rm', '-f', '/root/stop', '/root/visited', '/root/seen');
  // A service: on a busy machine the work takes longer than one command may.
  await machine.run(
    'systemd-run',
    '--quiet',
    '--property=StandardOutput=file:/root/seen',
    'node',
    '/root/visitors.mjs',
  );
  const visited = async () => Number((await machine.ask('cat', '/root/visited')).stdout || 0);
  try {
    await expect.poll(visited, { timeout: 60_000 }).toBeGreaterThan(CLIENTS);
    await work();
    const before = await visited();
    await expect.poll(visited, { timeout: 60_000 }).toBeGreaterThan(before + 2 * CLIENTS);
  } finally {
    await machine.run('touch', '/root/stop');
  }
  const seen = async () => (await machine.ask('cat', '/root/seen')).stdout;
  await expect.poll(seen, { timeout: 60_000 }).not.toBe('');
  return JSON.parse(await seen());
};
