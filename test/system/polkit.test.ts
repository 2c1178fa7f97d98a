import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { awaitAnswer, type Result } from '../lab/machine.ts';
import { onOneSuite } from './scene.ts';

const EXAMPLE = '/usr/share/doc/php-zd/examples/50-php-zd.rules';
const RULE = '/etc/polkit-1/rules.d/50-php-zd.rules';
/** What the example says until somebody writes another: the group deploy, the site shop. */
const MEMBER = 'dora';
const OTHER = 'victor';

onOneSuite('trixie', 'polkit', { ini: '[pool]\npm.max_children = 2\n' }, scene => {
  test('nobody but root may reload before the rule is switched on', async () => {
    const { machine } = scene();
    await machine.run('groupadd', 'deploy');
    await machine.run('useradd', '--groups', 'deploy', MEMBER);
    await machine.run('useradd', OTHER);
    expect(await as(MEMBER, 'php-zd', 'reload', 'shop')).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'php-zd: access denied to php-zd@shop.service: run it as root, or let polkit allow it (see RIGHTS in "man php-zd")\n',
    });
  });

  test('a member of the group may roll the site, by php-zd and by systemctl', async () => {
    const { machine, site } = scene();
    await switchOn();
    const next = await site.release();
    await site.flip(next);
    expect(await as(MEMBER, 'php-zd', 'reload', 'shop')).toMatchObject({ status: 0 });
    expect(await site.promoted()).toBe(next);
    expect(await as(MEMBER, 'systemctl', 'reload', 'php-zd@shop')).toMatchObject({ status: 0 });
    expect(await machine.run('php-zd', 'history', 'shop')).toContain(MEMBER);
  });

  test.each([
    ['another site', 'reload', 'php-zd@blog'],
    ['a stop', 'stop', 'php-zd@shop'],
    ['a start', 'start', 'php-zd@shop'],
    ['a restart', 'restart', 'php-zd@shop'],
    ['a replica', 'restart', 'php-zd-fpm-shop@1'],
    ['HAProxy', 'reload', 'php-zd-haproxy'],
    ['another unit', 'reload', 'nginx'],
  ])('to a member it gives nothing else: %s', async (_, verb, unit) => {
    expectDenied(await as(MEMBER, 'systemctl', verb, unit));
  });

  test('to who is no member it gives nothing', async () => {
    expectDenied(await as(OTHER, 'systemctl', 'reload', 'php-zd@shop'));
    expect(await as(OTHER, 'php-zd', 'reload', 'shop')).toMatchObject({ status: 1, stdout: '' });
  });

  test('it is for the group that one writes', async () => {
    const { machine } = scene();
    const path = `${machine.root}${RULE}`;
    const rule = await readFile(path, 'utf8');
    await writeFile(path, rule.replace('"deploy"', `"${OTHER}"`));
    await untilAllowed(OTHER);
    expectDenied(await as(MEMBER, 'systemctl', 'reload', 'php-zd@shop'));
  });

  const as = (user: string, ...command: readonly string[]): Promise<Result> =>
    scene().machine.ask('runuser', '--user', user, '--', ...command);

  const expectDenied = (result: Result) =>
    expect(result).toEqual({ status: 1, stdout: '', stderr: expect.stringMatching(/authentication required|denied/i) });

  const switchOn = async () => {
    await scene().machine.run('cp', EXAMPLE, RULE);
    await untilAllowed(MEMBER);
  };

  /** polkit looks for changed rules in its own time. */
  const untilAllowed = (user: string) =>
    awaitAnswer(`polkit to let ${user} reload the site`, async () => {
      const { status } = await as(user, 'systemctl', 'reload', 'php-zd@shop');
      return status === 0 ? true : undefined;
    });
});
