import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** In this order; the rest follow by size, as vitest has it of files that it has not seen run. */
const LONGEST = [
  ...[
    'links',
    'environment',
    'strategies',
    'view',
    'config',
    'shared',
    'proof',
    'killed-roll',
    'proof-real',
    'rollback',
  ],
  ...[
    'doctor',
    'drain-timeout',
    'failed-roll',
    'roll',
    'inputs',
    'deploy',
    'follow',
    'answers',
    'processes',
    'balancer',
  ],
  ...['paths', 'replica', 'isolation', 'install', 'as-written', 'hooks', 'boot'],
];

/** A long file that begins last is waited for alone. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.indexOf(basename(moduleId, '.test.ts'));
      return index === -1 ? LONGEST.length : index;
    };
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}
