import type { StepKind } from '../../src/plan/step.ts';
import type { Trap } from './trap.ts';

/** A way to bring a release, and the kinds of step that it takes. */
export interface Strategy {
  readonly name: string;
  readonly ini: string;
  readonly hasStandby?: true;
  /** By `php-zd rollback`. */
  readonly isRollback?: true;
  readonly kinds: readonly StepKind[];
}

export const STRATEGIES: readonly Strategy[] = [
  {
    name: 'in place',
    ini: 'surge = 0\n',
    kinds: ['write', 'hold', 'drain', 'retire', 'pin', 'start', 'warm', 'prove', 'serve', 'promote'],
  },
  {
    name: 'rolling, with bake',
    ini: 'bake = 100ms\n',
    kinds: ['write', 'hold', 'pin', 'start', 'warm', 'prove', 'serve', 'bake', 'drain', 'retire', 'promote'],
  },
  {
    name: 'blue-green',
    ini: 'strategy = blue-green\n[hooks]\nbefore_serve = true\nafter_roll = true\non_failure = true\n',
    kinds: ['write', 'hold', 'pin', 'start', 'warm', 'prove', 'hook', 'switch', 'retire', 'promote'],
  },
  {
    name: 'rolling, with standby',
    ini: 'standby = yes\n',
    hasStandby: true,
    kinds: ['write', 'hold', 'pin', 'start', 'warm', 'prove', 'serve', 'drain', 'retire', 'stand-by', 'promote'],
  },
  {
    name: 'rollback',
    ini: 'standby = yes\n',
    hasStandby: true,
    isRollback: true,
    kinds: ['write', 'serve', 'hold', 'pin', 'start', 'warm', 'prove', 'drain', 'retire', 'stand-by', 'promote'],
  },
];

/** How far into a step of the kind a roll is killed: where it is most likely half done. Milliseconds. */
const WITHIN_MS: { readonly [Kind in StepKind]: number } = {
  hook: 40,
  write: 20,
  hold: 3,
  pin: 3,
  start: 40,
  warm: 10,
  prove: 10,
  serve: 40,
  switch: 3,
  bake: 40,
  drain: 3,
  retire: 40,
  'stand-by': 3,
  promote: 1,
};

export interface KillCase {
  readonly title: string;
  readonly kind: StepKind;
  readonly moment: Trap['moment'];
}

/** Before a step of each kind and within it; a promotion also between its two links, and after the second, before the roll ends. */
export const casesOf = ({ kinds }: Strategy): readonly KillCase[] => [
  ...kinds.flatMap(kind => [before(kind), within(kind)]),
  ...PROMOTIONS,
];

/** Before or within, by turns. After a step is before the next one. */
export const casesByTurns = ({ kinds }: Strategy): readonly KillCase[] => [
  ...kinds.map((kind, index) => (index % 2 === 0 ? within(kind) : before(kind))),
  ...PROMOTIONS,
];

const before = (kind: StepKind): KillCase => ({ title: `before its step ${kind}`, kind, moment: 'before' });
const within = (kind: StepKind): KillCase => ({ title: `within its step ${kind}`, kind, moment: WITHIN_MS[kind] });

const PROMOTIONS: readonly KillCase[] = [
  { title: 'as soon as its release is promoted', kind: 'promote', moment: 'promoted' },
  { title: 'after its last step', kind: 'promote', moment: 'previous' },
];
