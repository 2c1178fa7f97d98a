import { casesOf, STRATEGIES } from '../system/kill-strategies.ts';
import { KILLED_SITE, killRolls } from '../system/kill-table.ts';
import { onEachSuite } from '../system/scene.ts';

onEachSuite('kills', KILLED_SITE, killRolls(STRATEGIES, casesOf));
