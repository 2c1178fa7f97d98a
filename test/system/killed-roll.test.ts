import { casesByTurns, STRATEGIES } from '../scene/kill-strategies.ts';
import { KILLED_SITE, killRolls } from '../scene/kill-table.ts';
import { onOneSuite } from '../scene/scene.ts';

// The strategy with most kinds of step; `make test-long` has all of them, with every case on both suites.
const strategies = STRATEGIES.filter(({ name }) => name === 'rolling, with standby');
onOneSuite('bookworm', 'killed', KILLED_SITE, killRolls(strategies, casesByTurns));
