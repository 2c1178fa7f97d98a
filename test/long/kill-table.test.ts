import { casesOf, STRATEGIES } from '../system/kill-strategies.ts';
import { killRolls } from '../system/kill-table.ts';

killRolls('kills', STRATEGIES, casesOf);
