// php-zd.cjs: runs the program.
import { start } from './program.ts';

void start(require);
