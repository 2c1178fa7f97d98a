import { expect, it } from 'vitest';
import { makeCommands } from '../../src/adapters/commands.ts';
import { failure } from '../fakes/failure.ts';

const commands = makeCommands();

it('a program gives its standard output alone', async () => {
  expect(await commands.run('sh', ['-c', 'echo out; echo err >&2'])).toBe('out\n');
});

it('one that is heard gives what it said on standard error too, and fails as any other', async () => {
  expect(await commands.hear('sh', ['-c', 'echo out; echo err >&2'])).toBe('out\nerr\n');
  expect(await failure(commands.hear('sh', ['-c', 'echo err >&2; exit 3']))).toMatchObject({
    code: 'command-failed',
    facts: { status: '3', output: 'err' },
  });
});

it('arguments reach it as they are: there is no shell between', async () => {
  expect(await commands.run('printf', ['%s|', 'a b', '$HOME', "'"])).toBe("a b|$HOME|'|");
});

it('it has our environment and what is given, and no way to the service manager', async () => {
  process.env['NOTIFY_SOCKET'] = '/run/notify';
  const output = await commands.run('env', [], { PHP_ZD_X: '1' });
  delete process.env['NOTIFY_SOCKET'];
  const lines = output.split('\n');
  expect(lines).toEqual(expect.arrayContaining(['PHP_ZD_X=1', `PATH=${process.env['PATH']}`]));
  expect(lines.filter(line => line.startsWith('NOTIFY_SOCKET='))).toEqual([]);
});

it('it stands in no directory of ours, which may be gone', async () => {
  expect(await commands.run('pwd', [])).toBe('/\n');
});

it('one that fails tells its status and all that it said', async () => {
  expect(await failure(commands.run('sh', ['-c', 'echo out; echo err >&2; exit 3']))).toMatchObject({
    code: 'command-failed',
    facts: { command: 'sh -c echo out; echo err >&2; exit 3', status: '3', output: 'out\nerr' },
  });
});

it('one that is killed tells the signal', async () => {
  expect(await failure(commands.run('sh', ['-c', 'kill -TERM $$']))).toMatchObject({ facts: { status: 'SIGTERM' } });
});

it('one that is not there is ENOENT', async () => {
  expect(await failure(commands.run('/nonexistent', []))).toMatchObject({ facts: { status: 'ENOENT', output: '' } });
});

it('one that takes too long is killed, even when it does not want to end', async () => {
  expect(await failure(commands.run('sh', ['-c', 'trap "" TERM; exec tail -f /dev/null'], {}, 100))).toMatchObject({
    facts: { status: 'no end after 100 ms' },
  });
});

it('one that says more than can be kept is ended, and has failed', async () => {
  expect(await failure(commands.run('sh', ['-c', 'exec cat /dev/zero']))).toMatchObject({
    facts: { status: 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER', output: '' },
  });
});

it('of one that fails and says much, the beginning is told', async () => {
  const command = commands.run('sh', ['-c', 'head -c 1000000 /dev/zero | tr "\\0" x; exit 1']);
  expect(await failure(command)).toMatchObject({ facts: { output: 'x'.repeat(16_384) } });
});
