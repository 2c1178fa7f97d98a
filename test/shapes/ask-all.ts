import { ask, type Question, type Reply } from './ask.ts';

// One after the other: what one request writes is there for the next.
const questions: readonly Question[] = JSON.parse(process.argv[2] ?? '[]');
const replies: Reply[] = [];
for (const question of questions) replies.push(await ask(question));
process.stdout.write(JSON.stringify(replies));
