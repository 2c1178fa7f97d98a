import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const WITHOUT = `perl ${resolve('units/without-terminal.pl')}`;

/** Types these bytes at a terminal where this script of bash(1) has said that it is ready, and gives what is said there. */
const typeAt = async (script: string, typed = ''): Promise<{ readonly status: number; readonly said: string }> => {
  const cwd = mkdtempSync(join(tmpdir(), 'terminal-'));
  const terminal = spawn('/usr/bin/script', ['-qec', `stty -echo; ${script}`, '/dev/null'], {
    ...{ cwd, stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, SHELL: '/bin/bash' } },
  });
  let said = '';
  terminal.stdout.setEncoding('latin1');
  terminal.stdout.on('data', (part: string) => {
    const wasReady = said.includes('ready');
    said += part;
    if (!wasReady && said.includes('ready')) terminal.stdin.write(typed);
  });
  const [status] = await once(terminal, 'close');
  rmSync(cwd, { recursive: true });
  return { status, said: said.replaceAll('\r', '') };
};

const SHOW = `perl -e 'open my $f, ">", "fds"; print $f readlink("/proc/self/fd/$_") . "\\n" for 0 .. 2'`;

test.each([
  ['', '/dev/pts/', '/dev/pts/', '/dev/pts/'],
  ['<file', 'file', 'pipe:', 'pipe:'],
  ['>file', 'pipe:', 'file', 'pipe:'],
  ['2>file', 'pipe:', 'pipe:', 'file'],
  ['>file 2>&1', 'pipe:', 'file', 'file'],
  ['<file >file', 'file', 'file', 'pipe:'],
  ['<file 2>file', 'file', 'pipe:', 'file'],
  ['<file >file 2>&1', 'file', 'file', 'file'],
])('with %j a command has all three of a terminal, or none', async (redirected, ...expected) => {
  const show = `: >>file; ${WITHOUT} ${SHOW} ${redirected}; cat fds`;
  const { said } = await typeAt(show);
  expect(said.match(/\/dev\/pts\/|pipe:|file/g)).toEqual(expected);
});

test('what is typed comes to the command line by line until ^D, and the command has its own status', async () => {
  expect(await typeAt(`echo ready; ${WITHOUT} sh -c 'sed s/^/got-/; exit 3' 2>/dev/null`, 'one\ntwo\n\x04')).toEqual({
    ...{ status: 3, said: 'ready\ngot-one\ngot-two\n' },
  });
});

test('both outputs come to the terminal whole and in their order', async () => {
  const both = 'for n in 1 2 3; do echo out-$n; echo err-$n >&2; done; head -c 300000 /dev/zero | tr "\\\\0" x';
  const { said } = await typeAt(`${WITHOUT} sh -c '${both}' </dev/null`);
  expect(said).toBe(`${[1, 2, 3].map(n => `out-${n}\nerr-${n}\n`).join('')}${'x'.repeat(300_000)}`);
});

test('the end of the command is the end, whoever still has what it had, and nobody takes what is typed then', async () => {
  // Without the descriptor that tells of the end: systemd-run(1) keeps it to itself.
  const apart = 'POSIX::close($_) for 3 .. 30';
  const says = `fork or do { ${apart}; exec "yes", "kept" }`;
  const reads = `fork or do { ${apart}; open STDOUT, ">", "stolen"; exec "cat" }`;
  const next = 'echo status $?; echo ready; read -r line; echo "read $line"; sleep 0.2; cat stolen';
  const { said } = await typeAt(
    `${WITHOUT} perl -MPOSIX -e '${says}; ${reads}; exit 7' 2>/dev/null; ${next}`,
    'secret\n',
  );
  expect(said.replace(/^(kept\n)+(k|ke|kep|kept)?/, '')).toBe('status 7\nready\nread secret\n');
});

test('what is typed while another program has the terminal in a mode of its own is for that program', async () => {
  const other = "sh -c 'stty -icanon min 1 </dev/tty; sleep 0.3; dd bs=1 count=1 status=none </dev/tty; cat'";
  const { said } = await typeAt(`echo ready; ${WITHOUT} sh -c 'sleep 1; echo said' | ${other}`, 'x');
  expect(said).toMatch(/^ready\nxsaid\n/);
});

test('a command whose reader goes away is told so', async () => {
  expect(await typeAt(`${WITHOUT} yes 2>/dev/null </dev/null | head -n 1`)).toEqual({ status: 0, said: 'y\n' });
});
