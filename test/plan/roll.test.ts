import { describe, expect, test } from 'vitest';
import type { Goal } from '../../src/plan/goal.ts';
import type { ObservedSlot } from '../../src/plan/observed.ts';
import { planRoll } from '../../src/plan/roll.ts';
import type { Step } from '../../src/plan/step.ts';
import { drained, failed, goal, parked, serving, site, standingBy, summary, words } from './sites.ts';

const roll = (to: Goal, ...slots: readonly ObservedSlot[]) => summary(planRoll(to, site(...slots)));

describe('a roll with surge', () => {
  test('prepares two new replicas in free slots, and lets each serve before it drains an old one, then promotes', () => {
    const release = { generation: '2', release: '/r/2' };
    const raised = (slot: number) => [
      { kind: 'hold', slot },
      { kind: 'pin', slot, ...release },
      { kind: 'start', slot },
      { kind: 'warm', slot },
      { kind: 'prove', slot, ...release },
    ];
    const serve = (slot: number) => ({ kind: 'serve', slot });
    const withdrawn = (slot: number) => [
      { kind: 'hold', slot },
      { kind: 'drain', slot, mustServe: 2 },
    ];
    expect(planRoll(goal(), site(serving(1), serving(2)))).toEqual([
      { kind: 'write', ...release, files: [] },
      ...[...raised(3), ...raised(4), serve(3), ...withdrawn(1), serve(4), ...withdrawn(2)],
      { kind: 'retire', slot: 1 },
      { kind: 'retire', slot: 2 },
      { kind: 'promote', ...release },
    ]);
  });

  test('of one replica has both side by side for a moment', () => {
    const steps = ['start 2', 'serve 2', 'drain 1', 'retire 1', 'promote 2'];
    expect(roll(goal({ replicas: 1 }), serving(1))).toEqual(steps);
  });

  test('comes back to the first slots the next time', () => {
    const steps = [
      'start 1',
      'start 2',
      'serve 1',
      'drain 3',
      'serve 2',
      'drain 4',
      'retire 3',
      'retire 4',
      'promote 2',
    ];
    expect(roll(goal(), serving(3), serving(4))).toEqual(steps);
  });

  test('of many replicas stops the first drained ones before there are more than memory is meant for', () => {
    const old = [1, 2, 3, 4, 5, 6, 7, 8];
    const pairs = old.flatMap(slot => [
      ...(slot > 2 ? [`retire ${slot - 2}`, `start ${slot + 8}`] : []),
      ...[`serve ${slot + 8}`, `drain ${slot}`],
    ]);
    expect(roll(goal({ replicas: 8 }), ...old.map(slot => serving(slot)))).toEqual([
      ...['start 9', 'start 10'],
      ...pairs,
      ...['retire 7', 'retire 8', 'promote 2'],
    ]);
  });

  test.each([
    [
      'drains replicas beyond the wanted number first, those in slots that the site no longer has before others',
      goal({ replicas: 2 }),
      [1, 2, 3, 5].map(slot => serving(slot)),
      // Three may serve and one be at its last requests, or two and two.
      [
        ...[
          'drain 5',
          'drain 1',
          'retire 5',
          'start 4',
          'serve 4',
          'drain 2',
          'retire 1',
          'start 1',
          'serve 1',
          'drain 3',
        ],
      ],
    ],
    [
      'starts more than it drains when more are wanted',
      goal({ replicas: 4 }),
      [serving(1), serving(2)],
      ['start 3', 'start 4', 'serve 3', 'serve 4', 'start 5', 'start 6', 'serve 5', 'drain 1', 'serve 6', 'drain 2'],
    ],
    [
      'begins with what does not serve, so that capacity rises before it falls',
      goal(),
      [serving(1), failed(2)],
      ['drain 2', 'start 2', 'start 3', 'serve 2', 'serve 3', 'drain 1'],
    ],
    [
      'takes the slot of what a killed roll left rather than that of one that could go back to work',
      goal(),
      [serving(1), serving(2), drained(3)],
      ['start 4', 'serve 4', 'drain 1', 'drain 3', 'retire 3', 'start 3', 'serve 3', 'drain 2'],
    ],
    [
      'stops one that starts and fails, in a slot that it does not need',
      goal(),
      [serving(1), serving(2), { ...failed(5), unit: 'changing' as const }],
      ['start 3', 'start 4', 'serve 3', 'drain 1', 'serve 4', 'drain 2', 'retire 1', 'retire 2', 'drain 5', 'retire 5'],
    ],
  ])('%s', (_, to, slots, steps) => {
    expect(roll(to, ...slots).slice(0, steps.length)).toEqual(steps);
  });

  test('compares each new replica with those that are still to be replaced, where that is asked for', () => {
    const against = (steps: readonly Step[]) => steps.flatMap(step => (step.kind === 'bake' ? [step.against] : []));
    const compared = goal({ bakeMs: 5, isCompared: true });
    expect(against(planRoll(compared, site(serving(1), serving(2))))).toEqual([[1, 2], [2]]);
    const atOnce = goal({ bakeMs: 5, isCompared: true, strategy: 'blue-green', surge: 2 });
    expect(against(planRoll(atOnce, site(serving(1), serving(2))))).toEqual([[1, 2]]);
    expect(against(planRoll(goal({ bakeMs: 5 }), site(serving(1), serving(2))))).toEqual([undefined, undefined]);
  });

  test('watches each new replica while it serves before it goes on', () => {
    const steps = roll(goal({ bakeMs: 5 }), serving(1), serving(2));
    expect(steps.slice(0, 7)).toEqual(['start 3', 'start 4', 'serve 3', 'bake 3', 'drain 1', 'serve 4', 'bake 4']);
  });
});

describe('a roll without surge', () => {
  test('replaces one replica after the other in its place', () => {
    const inPlace = (slot: number) => ['drain', 'retire', 'start', 'serve'].map(kind => `${kind} ${slot}`);
    const steps = roll(goal({ surge: 0, replicas: 3 }), serving(1), serving(2), serving(3));
    expect(steps).toEqual([...inPlace(1), ...inPlace(2), ...inPlace(3), 'promote 2']);
  });

  test('begins with what does not serve', () => {
    const steps = roll(goal({ surge: 0 }), serving(1), failed(2));
    expect(steps).toEqual(['drain 2', 'start 2', 'serve 2', 'drain 1', 'retire 1', 'start 1', 'serve 1', 'promote 2']);
  });

  test.each([
    [2, 1],
    [4, 3],
  ])('of %i replicas wants %i others to serve while one drains', (replicas, mustServe) => {
    const slots = [1, 2, 3, 4].slice(0, replicas).map(slot => serving(slot));
    const drain = planRoll(goal({ surge: 0, replicas }), site(...slots)).find(step => step.kind === 'drain');
    expect(drain).toMatchObject({ mustServe });
  });

  test('never starts one in a slot that the site no longer has', () => {
    const steps = roll(goal({ surge: 0 }), serving(1), serving(2), serving(3), serving(4));
    expect(steps.filter(word => word.startsWith('start'))).toEqual(['start 1', 'start 2']);
    expect(steps).toContain('retire 3');
    expect(steps).toContain('retire 4');
  });
});

describe('a standby', () => {
  const both = [serving(1), serving(2)];
  const rolled = ['start 3', 'start 4', 'serve 3', 'drain 1', 'serve 4', 'drain 2', 'retire 1'];

  test('is the last replica that was drained', () => {
    expect(roll(goal({ standbyOf: '1' }), ...both)).toEqual([...rolled, 'stand-by 2', 'promote 2']);
  });

  test('of the release before goes when everything else is done', () => {
    const steps = roll(goal({ standbyOf: '1' }), ...both, standingBy(5, '0'));
    expect(steps).toEqual([...rolled, 'drain 5', 'retire 5', 'stand-by 2', 'promote 2']);
  });

  test('is left alone by a roll to the same release', () => {
    const steps = roll(goal({ generation: '1', standbyOf: '0' }), ...both, standingBy(5, '0'));
    expect(steps).toEqual([...rolled, 'retire 2', 'promote 1']);
  });

  test.each(['rolling', 'blue-green'] as const)('serves at once in a rollback to it, %s', strategy => {
    const to = goal({ generation: '0', standbyOf: '1', surge: strategy === 'rolling' ? 1 : 2, strategy });
    const steps = roll(to, ...both, standingBy(5, '0'));
    expect(steps.slice(0, 2)).toEqual(['serve 5', strategy === 'rolling' ? 'drain 1' : 'start 3']);
    expect(steps.filter(word => word.startsWith('start'))).toHaveLength(1);
    expect(steps.filter(word => word.startsWith('stand-by'))).toHaveLength(1);
  });
});

describe('a blue-green roll', () => {
  const to = goal({ strategy: 'blue-green', surge: 2 });
  const prepared = ['start 3', 'start 4'];

  test('proves all new replicas, switches all requests in one step, and stops the old ones', () => {
    expect(roll(to, serving(1), serving(2))).toEqual([
      ...prepared,
      ...['switch 1,2 -> 3,4', 'retire 1', 'retire 2', 'promote 2'],
    ]);
  });

  test('watches them after the switch', () => {
    const steps = roll({ ...to, bakeMs: 5 }, serving(1), serving(2));
    expect(steps.slice(0, 4)).toEqual([...prepared, 'switch 1,2 -> 3,4', 'bake 3,4']);
  });

  test('has nothing to switch where nothing serves', () => {
    const steps = ['start 1', 'start 2', 'serve 1', 'serve 2', 'promote 2'];
    expect(roll(to)).toEqual(steps);
  });

  test('makes room by what is beyond the wanted number', () => {
    const steps = roll(to, serving(1), serving(2), serving(3), serving(4));
    const room = ['drain 1', 'retire 1', 'start 1', 'drain 2', 'retire 2', 'start 2'];
    expect(steps).toEqual([...room, 'switch 3,4 -> 1,2', 'retire 3', 'retire 4', 'promote 2']);
  });

  test('keeps one of the old ones as the standby', () => {
    const steps = roll(goal({ strategy: 'blue-green', surge: 2, standbyOf: '1' }), serving(1), serving(2));
    expect(steps.slice(-3)).toEqual(['retire 1', 'stand-by 2', 'promote 2']);
  });
});

test('what all replicas share is written before anything else, and the step names what has to change', () => {
  const files = ['/etc/a', '/etc/b'];
  const [first, ...others] = planRoll(goal(), site(serving(1), serving(2)), files);
  expect(first).toEqual({ kind: 'write', generation: '2', release: '/r/2', files });
  expect(others.map(({ kind }) => kind)).not.toContain('write');
});

describe('parked replicas', () => {
  test('are left alone', () => {
    const steps = words(planRoll(goal(), site(serving(1), serving(2), parked(3))));
    expect(steps.filter(word => word.endsWith(' 3'))).toEqual([]);
    expect(steps.at(-1)).toBe('promote 2');
  });

  test.each([
    ['rolling', goal({ replicas: 1 })],
    ['blue-green', goal({ replicas: 1, strategy: 'blue-green' })],
  ])('that have every slot a roll needs refuse it, %s', (_, to) => {
    expect(() => planRoll(to, site(serving(1), parked(2)))).toThrow(
      expect.objectContaining({ code: 'slots-parked', facts: { slots: [2] } }),
    );
  });
});

test('a warm start comes before the proof, and every new replica has one', () => {
  expect(words(planRoll(goal({ replicas: 1 }), site(serving(1))))).toEqual([
    ...['write', 'hold 2', 'pin 2', 'start 2', 'warm 2', 'prove 2', 'serve 2'],
    ...['hold 1', 'drain 1', 'retire 1', 'promote 2'],
  ]);
});

describe('hooks', () => {
  const hooks = ['before_roll', 'before_serve'] as const;
  const prepared = (slot: number) => ['hold', 'pin', 'start', 'warm', 'prove'].map(kind => `${kind} ${slot}`);

  test.each([
    ['rolling', { surge: 1 }, ['before_roll', 'write', ...prepared(3), ...prepared(4), 'before_serve', 'serve 3']],
    ['in place', { surge: 0 }, ['before_roll', 'write', 'before_serve', 'hold 1', 'drain 1']],
  ] as const)('come before all, and before visitors can tell: %s', (_, size, steps) => {
    const plan = words(planRoll(goal({ ...size, hooks }), site(serving(1), serving(2))));
    expect(plan.slice(0, steps.length)).toEqual(steps);
    expect(plan.filter(word => word === 'before_roll' || word === 'before_serve')).toHaveLength(2);
  });

  test('blue-green: before the switch', () => {
    const plan = words(planRoll(goal({ strategy: 'blue-green', surge: 2, hooks }), site(serving(1), serving(2))));
    expect(plan[plan.indexOf('before_serve') + 1]).toBe('switch 1,2 -> 3,4');
  });

  test("a standby that serves at once is visitors' first sight of its release", () => {
    const to = goal({ generation: '0', standbyOf: '1', hooks });
    const plan = words(planRoll(to, site(serving(1), serving(2), standingBy(5, '0'))));
    expect(plan.slice(0, 4)).toEqual(['before_roll', 'write', 'before_serve', 'serve 5']);
  });

  test('those that the site lacks are no steps', () => {
    const plan = words(planRoll(goal({ hooks: ['before_serve'] }), site(serving(1), serving(2))));
    expect(plan.indexOf('before_serve')).toBe(11);
    expect(plan).not.toContain('before_roll');
  });
});
