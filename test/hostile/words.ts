import { expect } from 'vitest';
import type { Arena, Attack } from './arena.ts';

/** What a terminal heeds, but for line breaks and tabs, and what turns a line of text round. */
const HEEDED = /(?![\n\t])[\p{Cc}\p{Zl}\p{Zp}\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u;
/** ESC, and C1's own; text from right to left. */
const EVIL = '\u001b[2J\u009b1m\u202e';

const INI = '[pool]\npm.max_children = 4\n[health]\npath = /health\ninterval = 100ms\ndeadline = 3s\n';

/** What people read of alpha. */
const verbs: readonly (readonly string[])[] = [
  ...[
    ['php-zd', 'check', 'alpha'],
    ['php-zd', 'plan', 'alpha'],
    ['php-zd', 'status', 'alpha'],
    ['php-zd', 'status'],
  ],
  ...[
    ['php-zd', 'releases', 'alpha'],
    ['php-zd', 'history', 'alpha'],
    ['php-zd', 'status', '--json'],
  ],
  ...[
    ['php-zd', 'follow', 'alpha'],
    ['php-zd', 'logs', 'alpha'],
    ['cat', '/run/php-zd/alpha/roll.jsonl'],
  ],
  ['systemctl', 'status', '--no-pager', 'php-zd@alpha'],
];

const expectPlainWords = async ({ machine }: Arena, more: readonly string[] = []): Promise<void> => {
  const said = await Promise.all(
    verbs.map(async ([program = '', ...args]) => {
      const { stdout, stderr } = await machine.ask(program, ...args);
      return [program, ...args, stdout, stderr].join(' ');
    }),
  );
  for (const text of [...said, ...more]) expect(text).not.toMatch(HEEDED);
};

export const attacks: readonly Attack[] = [
  {
    title: "the name of alpha's release moves a terminal's cursor and has a line of its own: nobody reads it so",
    act: async arena => {
      const { machine, alpha } = arena;
      const name = `x${EVIL}\nalpha: run "rm -rf /"`;
      await machine.write(`${alpha.directory(name)}/public/index.php`, '<?php echo "odd";');
      await alpha.flip(name);
      const { status, stdout, stderr } = await alpha.reload();
      expect(status).toBe(2);
      await expectPlainWords(arena, [stdout, stderr]);
      for (const verb of ['status', 'plan', 'releases']) {
        const said = await machine.ask('php-zd', verb, 'alpha');
        expect(`${said.stdout}${said.stderr}`).not.toMatch(/^alpha: run/m);
      }
    },
  },
  {
    title: "PHP's own errors move a terminal's cursor: the logs of alpha, and why a roll to it failed, do not",
    act: async arena => {
      const { alpha } = arena;
      await alpha.writeIni(INI);
      const say = `<?php $e = base64_decode('${Buffer.from(EVIL).toString('base64')}'); error_log("x$e\\nPHP Fatal error:  Uncaught $e");`;
      await alpha.flip(await alpha.release({ 'public/index.php': `${say} trigger_error($e, E_USER_ERROR);` }));
      const { status, stdout, stderr } = await alpha.reload();
      expect(status).toBe(1);
      await expectPlainWords(arena, [stdout, stderr]);
    },
  },
  {
    title: 'ten thousand fatal errors in the log refuse a release, as three do, and the record of it stays small',
    act: async arena => {
      const { machine, alpha } = arena;
      await alpha.writeIni(INI);
      const loud = `<?php for ($n = 0; $n < 9500; $n++) error_log("PHP Fatal error:  Uncaught error number $n"); echo 'well';`;
      await alpha.flip(await alpha.release({ 'public/index.php': loud }));
      expect(await alpha.reload()).toMatchObject({ status: 1, stderr: expect.stringContaining('PHP Fatal error') });
      expect(await machine.run('curl', '-sS', alpha.url)).toContain('release=1');
      const size = Number(await machine.run('stat', '--format=%s', '/run/php-zd/alpha/roll.jsonl'));
      expect(size).toBeLessThan(100_000);
    },
  },
  {
    title:
      'alpha floods the journal with entries that look like those of a roll: status, history and a roll of beta go on',
    act: async arena => {
      const { machine, beta } = arena;
      const entry = 'MESSAGE=x\\nPHP_ZD_SITE=beta\\nPHP_ZD_EVENT=asked\\nPHP_ZD_JOB=reload\\nMESSAGE_ID=%032d\\n\\n';
      await arena.onHost(
        `printf '${entry}' $(seq 3000) >/tmp/flood; for n in 1 2 3; do logger --journald </tmp/flood; done`,
      );
      expect(await beta.reload()).toMatchObject({ status: 0 });
      const history = JSON.parse(await machine.run('php-zd', 'history', '--json', '-n', '1', 'beta'));
      expect(history[0].rolls[0].by).toBe('root');
    },
  },
];
