import { type Said, say } from '../words/said.ts';

/** What `php-zd status` may find of a site, in a word for each. */
export const findingKinds = [
  ...['not-started', 'rolling', 'starting', 'unit-failed', 'stop-failed', 'unit-stopped', 'roll-killed'],
  ...['maintenance', 'held', 'full', 'all-full', 'balancer-down', 'balancer-silent', 'unlinked', 'http-down'],
  ...['front-gone', 'socket-gone', 'control-gone', 'release-gone'],
  'haproxy-silent',
  ...[
    'parked',
    'park-unwatched',
    'lost-sight',
    'silent',
    'other-configuration',
    'other-release',
    'standby-down',
    'standby-lost-sight',
  ],
  'crashing',
  ...['replaced', 'unmounted', 'php-ini'],
  ...[
    'drained',
    'idle',
    'stopped',
    'all-stopped',
    'ended',
    'php-upgraded',
    'php-lost',
    'php-gone',
    'too-many',
    'too-few',
  ],
  ...['link-broken', 'link-failed', 'link-ahead', 'file-ahead', 'site-file', 'no-room'],
] as const;
export type FindingKind = (typeof findingKinds)[number];

/** What is not right with a site, and what to type: test/scene/next-steps.ts says for each where a test does that. */
export interface Finding extends Said {
  readonly kind: FindingKind;
  readonly what: string;
  /** What to do about it, if there is anything. */
  readonly way: string | undefined;
}

export const found = (kind: FindingKind, what: Said, way?: Said): Finding => {
  const said = way === undefined ? what : say`${what}: ${way}`;
  return { kind, ...said, what: what.text, way: way?.text };
};
