import type { StepKind, StepOf } from '../../plan/step.ts';
import { START_TIMEOUT_S } from '../../render/replica-unit.ts';
import type { Site } from '../../site/site.ts';
import { SERVING_DEADLINE_MS } from '../gate/gate.ts';
import { healthDeadlineMs } from '../proof/prove.ts';

type Bound<Kind extends StepKind> = (site: Site, step: StepOf<Kind>) => number;

/** How long a step may take, for the kinds that may take so long that a reader wants to know. */
const bounds: { readonly [Kind in StepKind]?: Bound<Kind> } = {
  hook: ({ hooks }) => hooks.timeoutMs,
  start: () => START_TIMEOUT_S * 1000,
  warm: ({ warmup }) => warmup.deadlineMs,
  prove: site => healthDeadlineMs(site),
  serve: () => SERVING_DEADLINE_MS,
  switch: ({ web }) => SERVING_DEADLINE_MS + (web.sticky?.graceMs ?? 0),
  bake: (_, { ms }) => ms,
  retire: ({ drain }) => drain.timeoutMs,
};

/** How long this step may take. Undefined for one that takes an instant, and for one without a bound: JSON has no infinity. */
export const stepDeadlineMs = <Kind extends StepKind>(
  site: Site,
  step: StepOf<Kind> & { readonly kind: Kind },
): number | undefined => {
  const bound: Bound<Kind> | undefined = bounds[step.kind];
  const ms = bound?.(site, step);
  return ms !== undefined && Number.isFinite(ms) ? ms : undefined;
};
