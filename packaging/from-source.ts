// Runs the program from source.
import { main } from '../src/main.ts';

await main();
