import { casesByTurns, STRATEGIES } from './kill-strategies.ts';
import { killRolls } from './kill-table.ts';

// The strategy with most kinds of step; `make test-long` has all of them, with every case on both suites.
killRolls(
  'killed',
  STRATEGIES.filter(({ name }) => name === 'rolling, with standby'),
  casesByTurns,
);
