import { formatTimeSpan } from '../../base/time-span.ts';
import type { Step, StepKind, StepOf } from '../../plan/step.ts';

interface Words {
  /** Present participle, while it runs. */
  readonly doing: string;
  /** Imperative, in a plan. */
  readonly todo: string;
}

const list = (slots: readonly number[]): string => `${slots.length === 1 ? 'replica' : 'replicas'} ${slots.join(', ')}`;

const words: { readonly [Kind in StepKind]: (step: StepOf<Kind>) => Words } = {
  hook: ({ hook }) => ({ doing: `running the hook ${hook}`, todo: `run the hook ${hook}` }),
  write: ({ files }) => ({
    doing: 'writing the configuration',
    todo: `write the configuration of the new replicas${files.map(file => `, ${file}`).join('')}`,
  }),
  hold: ({ slot }) => ({
    doing: `holding replica ${slot}`,
    todo: `hold replica ${slot}: its unit leaves the balancer alone`,
  }),
  pin: ({ slot, release }) => ({
    doing: `pinning replica ${slot} to ${release}`,
    todo: `pin replica ${slot} to ${release}`,
  }),
  start: ({ slot }) => ({ doing: `starting replica ${slot}`, todo: `start replica ${slot}` }),
  warm: ({ slot }) => ({ doing: `warming replica ${slot}`, todo: `warm replica ${slot}` }),
  prove: ({ slot, release }) => ({
    doing: `proving replica ${slot}`,
    todo: `prove that replica ${slot} runs ${release} and is healthy`,
  }),
  serve: ({ slot }) => ({
    doing: `giving requests to replica ${slot}`,
    todo: `give requests to replica ${slot}, until HAProxy says UP`,
  }),
  switch: ({ to, from }) => ({
    doing: `switching all requests to ${list(to)}`,
    todo: `switch all requests to ${list(to)}${from.length === 0 ? '' : `, away from ${list(from)}`}`,
  }),
  bake: ({ slots, ms, against }) => {
    const words = `${list(slots)} for ${formatTimeSpan(ms)}${against === undefined ? '' : `, beside ${list(against)}`}`;
    return { doing: `watching ${words}`, todo: `watch ${words}` };
  },
  drain: ({ slot, mustServe }) => ({
    doing: `draining replica ${slot}`,
    todo: `drain replica ${slot}${mustServe === 0 ? '' : ` (at least ${mustServe} ${mustServe === 1 ? 'other' : 'others'} must serve)`}`,
  }),
  retire: ({ slot }) => ({
    doing: `waiting for the requests of replica ${slot}, to stop it`,
    todo: `stop replica ${slot} once it has nothing left to do`,
  }),
  'stand-by': ({ slot }) => ({ doing: `keeping replica ${slot} as standby`, todo: `keep replica ${slot} as standby` }),
  promote: ({ release }) => ({ doing: `promoting ${release}`, todo: `promote ${release}` }),
};

const describeStep = <Kind extends StepKind>(step: StepOf<Kind> & { readonly kind: Kind }): Words => {
  const describe: (step: StepOf<Kind>) => Words = words[step.kind];
  return describe(step);
};

export const stepWords = (step: Step): Words => describeStep(step);
