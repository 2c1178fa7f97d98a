import { FakePhpFpm, type FakeScript } from '../fakes/fake-php-fpm.ts';
import { makeFakeGate } from './gate.ts';
import { describePhpFpm } from './php-fpm.ts';

describePhpFpm('in memory', async () => {
  const gate = makeFakeGate();
  const fpm = new FakePhpFpm();
  const scripts = new Map<string, FakeScript>([
    [
      '/srv/app/index.php',
      ({ method, uri, headers, body = '' }) => ({
        status: 201,
        headers: new Map([['x-answer', 'yes']]),
        body: `${method} ${uri} ${headers.get('Host')} ${headers.get('X-Zd')} ${body}`,
      }),
    ],
    ['/srv/app/gate.php', () => gate.pass().then(() => ({ body: 'through' }))],
    [
      '/srv/app/finish.php',
      async (_, finish) => {
        finish({ body: 'finished' });
        await gate.pass();
        return {};
      },
    ],
    ['/srv/app/fatal.php', () => ({ status: 500, stderr: 'PHP Fatal error: Call to undefined function nothere()' })],
    ['/srv/app/log.php', () => ({ body: 'ok', stderr: 'PHP message: to the log' })],
  ]);
  fpm.serve({ socket: '/fpm.sock', statusSocket: '/status.sock', scripts });
  const mortal = fpm.serve({ socket: '/mortal.sock', backlog: 1, scripts });
  return {
    fpm,
    gate,
    socket: '/fpm.sock',
    statusSocket: '/status.sock',
    mortal: '/mortal.sock',
    killMortal: async () => mortal.die(),
    close: () => gate.close(),
  };
});
