// php-zd.cjs: runs the program.
import { compile } from './program.ts';

void compile(true).program().main();
