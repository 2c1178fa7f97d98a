import type { Step, StepKind, StepOf } from '../plan/step.ts';

interface Words {
  /** Present participle, while it runs. */
  readonly doing: string;
  /** Imperative, in a plan. */
  readonly todo: string;
}

const words: { readonly [Kind in StepKind]: (step: StepOf<Kind>) => Words } = {
  hold: ({ slot }) => ({ doing: `holding replica ${slot}`, todo: `hold replica ${slot} out of the balancer's reach` }),
  drain: ({ slot, mustServe }) => ({
    doing: `draining replica ${slot}`,
    todo: `drain replica ${slot} (at least ${mustServe} other must serve)`,
  }),
  'await-idle': ({ slot }) => ({
    doing: `waiting for the requests of replica ${slot}`,
    todo: `wait until replica ${slot} has nothing left to do`,
  }),
  pin: ({ slot, release }) => ({
    doing: `pinning replica ${slot} to ${release}`,
    todo: `pin replica ${slot} to ${release}`,
  }),
  restart: ({ slot }) => ({ doing: `starting replica ${slot}`, todo: `start replica ${slot} anew` }),
  stop: ({ slot }) => ({ doing: `stopping replica ${slot}`, todo: `stop replica ${slot}` }),
  prove: ({ slot, release }) => ({
    doing: `proving replica ${slot}`,
    todo: `prove that replica ${slot} runs ${release} and is healthy`,
  }),
  serve: ({ slot }) => ({
    doing: `giving requests to replica ${slot}`,
    todo: `give requests to replica ${slot}, until HAProxy says UP`,
  }),
  promote: ({ release }) => ({ doing: `promoting ${release}`, todo: `promote ${release}` }),
};

const describeStep = <Kind extends StepKind>(step: StepOf<Kind> & { readonly kind: Kind }): Words => {
  const describe: (step: StepOf<Kind>) => Words = words[step.kind];
  return describe(step);
};

export const stepWords = (step: Step): Words => describeStep(step);
