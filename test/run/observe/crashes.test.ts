import { expect, test } from 'vitest';
import { glanceAtHost } from '../../../src/run/observe/host-glance.ts';
import { observeStatus } from '../../../src/run/observe/status.ts';
import { World } from '../world.ts';

const UNIT = 'php-zd-fpm-shop@1.service';
const ENDED = '[28-Nov-2026 20:06:27] WARNING: [pool shop] child 165 exited on signal 11 (SIGSEGV) after 0.4 seconds';

/** Of what HAProxy has lost, and of what the journal has of replica 1, so long after its start. */
const crashesAfter = async (lost: number, lines: Readonly<Record<string, number>>) => {
  const world = await World.serving();
  const { run } = await world.load();
  const { activeSince = 0 } = await world.systemd.usage(UNIT);
  const entries = Object.entries(lines).map(([text, at]) =>
    JSON.stringify({ MESSAGE: text, _SYSTEMD_UNIT: UNIT, __REALTIME_TIMESTAMP: `${(activeSince + at) * 1000}` }),
  );
  world.commands.programs.set('journalctl', () =>
    entries.length === 0 ? { status: 1, output: '' } : entries.join('\n'),
  );
  const overview = async () => {
    const { backends, connections } = await world.balancer.overview();
    const counted = [...backends].map(
      ([name, state]) => [name, { ...state, totals: { ...state.totals, responseErrors: lost } }] as const,
    );
    return { backends: new Map(counted), connections };
  };
  const ports = { ...world.ports, balancer: Object.assign(Object.create(world.balancer), { overview }) };
  world.commands.runs.length = 0;
  const host = await glanceAtHost(ports, ['shop']);
  const { crashes } = await observeStatus(run, host, { isDetailed: false });
  return { crashes, activeSince, asked: world.commands.runs.filter(({ program }) => program === 'journalctl') };
};

test('where HAProxy has lost no request nobody asks the journal', async () => {
  expect(await crashesAfter(0, { [ENDED]: 1 })).toMatchObject({ crashes: undefined, asked: [] });
});

test('the crashes of replicas that run are counted, by one process that asks', async () => {
  const killed = ENDED.replace('11 (SIGSEGV)', '9 (SIGKILL)');
  const { crashes, activeSince, asked } = await crashesAfter(3, { [ENDED]: 1_000, [killed]: 2_000 });
  expect(crashes).toEqual({
    ...{ count: 2, isMore: false, signals: ['SIGSEGV', 'SIGKILL'] },
    ...{ unit: UNIT, lastAt: activeSince + 2_000 },
  });
  expect(asked).toHaveLength(1);
  expect(asked[0]?.args).toContain('--since=-15min');
});

test('those of a process before are over, and neither a script nor FPM, which ends children itself, makes any', async () => {
  const said = `[28-Nov-2026 20:06:27] WARNING: [pool shop] child 9 said into stderr: "${ENDED}"`;
  const ended = ENDED.replace('11 (SIGSEGV)', '15 (SIGTERM)');
  expect(await crashesAfter(3, { [ENDED]: -1, [said]: 1_000, [ended]: 1_000 })).toMatchObject({ crashes: undefined });
});
