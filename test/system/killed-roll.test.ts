import { casesByTurns, STRATEGIES } from './kill-strategies.ts';
import { KILLED_SITE, killRolls } from './kill-table.ts';
import { onOneSuite } from './scene.ts';

// The strategy with most kinds of step; `make test-long` has all of them, with every case on both suites.
const strategies = STRATEGIES.filter(({ name }) => name === 'rolling, with standby');
onOneSuite('bookworm', 'killed', KILLED_SITE, killRolls(strategies, casesByTurns));
