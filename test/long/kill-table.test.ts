import { casesOf, STRATEGIES } from '../scene/kill-strategies.ts';
import { KILLED_SITE, killRolls } from '../scene/kill-table.ts';
import { onEachSuite } from '../scene/scene.ts';

onEachSuite('kills', KILLED_SITE, killRolls(STRATEGIES, casesOf));
