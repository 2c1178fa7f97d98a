import { describe, expect, test } from 'vitest';
import { answersFromFlags, askForAnswers } from '../../src/cli/init-answers.ts';
import type { Dialogue } from '../../src/ports/dialogue.ts';
import { renderSiteFile } from '../../src/render/site-file.ts';
import { suggestAnswers } from '../../src/run/init/first-file.ts';
import type { Ports } from '../../src/run/site/ports.ts';
import { World } from '../run/world.ts';

/** A dialogue in which these lines are typed, and then nobody is there. */
const typing = (lines: readonly string[]) => {
  const asked: string[] = [];
  const rest = lines.values();
  const dialogue: Dialogue = {
    ask: async question => {
      asked.push(question);
      const { value, done } = rest.next();
      return done ? undefined : value;
    },
    close: () => undefined,
  };
  return { asked, dialogue };
};

/** A host with two versions of PHP, nginx, and a release of the user shop. */
const host = (owner = 'shop'): Ports => {
  const world = new World();
  world.addDirectory('/srv/shop/current');
  world.commands.programs.set('stat', () => `${owner}\n`);
  const isExecutable = (path: string) => path === '/usr/sbin/nginx';
  return { ...world.ports, host: { ...world.ports.host, isExecutable } };
};

describe('what suggests itself', () => {
  test("is the usual link, the release's owner, the newest PHP first, and the web server that is there", async () => {
    expect(await suggestAnswers(host(), 'shop', undefined)).toEqual({
      ...{ release: '/srv/shop/current', user: 'shop', php: ['8.4', '8.2'], webServer: 'nginx', roots: [] },
    });
  });

  test('is never root, but a user with the name of the site', async () => {
    expect(await suggestAnswers(host('root'), 'shop', undefined)).toMatchObject({ user: 'shop' });
    expect(await suggestAnswers(host('root'), 'blog', undefined)).toMatchObject({
      release: undefined,
      user: undefined,
    });
  });

  test('is nobody, where the release is not there', async () => {
    const ports = new World().ports;
    expect(await suggestAnswers(ports, 'blog', '/nowhere')).toMatchObject({ release: '/nowhere', user: undefined });
  });
});

describe('the questions', () => {
  const ask = (lines: readonly string[], flags = {}) => {
    const { asked, dialogue } = typing(lines);
    return askForAnswers(host(), 'shop', { flags, dialogue }).then(answers => ({ asked, answers }));
  };

  test('take what suggests itself for an empty line', async () => {
    const { answers } = await ask(['', '', '', '', '', '']);
    expect(answers).toEqual({
      ...{
        release: '/srv/shop/current',
        user: 'shop',
        php: '8.4',
        replicas: '2',
        health: undefined,
        webServer: 'nginx',
      },
    });
  });

  test('are left out for what a flag says', async () => {
    const flags = {
      release: '/r',
      user: 'shop',
      php: '8.2',
      replicas: '3',
      health: '/up',
      webServer: 'caddy',
    } as const;
    expect(await ask([], flags)).toEqual({ asked: [], answers: flags });
  });

  test('come again where the answer can be none of the choices', async () => {
    const { asked, answers } = await ask(['', '', '7.4', '8.2', '', '', 'iis', 'apache']);
    expect(asked.filter(question => question.startsWith('PHP version'))).toHaveLength(2);
    expect(answers).toMatchObject({ php: '8.2', webServer: 'apache' });
  });

  test.each([0, 1, 2, 3, 4, 5])('leave nothing when whoever types goes away after %i answers', async answered => {
    expect((await ask(Array.from({ length: answered }, () => ''))).answers).toBeUndefined();
  });
});

describe('without a terminal', () => {
  test('every flag that is missing is named', async () => {
    expect(await answersFromFlags(host(), 'shop', {})).toEqual({ missing: ['--release', '--user', '--php'] });
    expect(await answersFromFlags(host(), 'shop', { user: 'shop', php: '8.2' })).toEqual({ missing: ['--release'] });
  });

  test('--yes takes what suggests itself, and names what does not', async () => {
    expect(await answersFromFlags(host(), 'shop', { yes: true })).toMatchObject({
      release: '/srv/shop/current',
      php: '8.4',
    });
    expect(await answersFromFlags(host('root'), 'blog', { yes: true })).toEqual({ missing: ['--release', '--user'] });
  });
});

test('the file says what was answered, and shows what was not', () => {
  const text = renderSiteFile('shop', {
    release: '/r',
    user: 'u',
    php: undefined,
    replicas: '2',
    health: undefined,
    root: undefined,
  });
  expect(text).toMatch(/^release = \/r$/m);
  expect(text).toMatch(/^# version = /m);
  expect(text).toMatch(/^# path = \/health$/m);
  expect(
    renderSiteFile('shop', { release: '/r', user: 'u', php: '8.2', replicas: '2', health: '/up', root: 'pub' }),
  ).toMatch(/^\[php\]\nversion = 8\.2\n\n.*\n\[health\]\npath = \/up\n\n.*\n\[web\]\nroot = pub$/m);
});
