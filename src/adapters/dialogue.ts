import { createInterface } from 'node:readline';
import type { Dialogue } from '../ports/dialogue.ts';

/** One reader for all questions: what was typed ahead, or pasted, answers the next ones. */
export const openDialogue = (input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Dialogue => {
  const reader = createInterface({ input, output });
  const lines = reader[Symbol.asyncIterator]();
  let isClosed = false;
  reader.once('close', () => {
    isClosed = true;
  });
  const show = (question: string): void => {
    reader.setPrompt(question);
    reader.prompt();
  };
  return {
    ask: async question => {
      // A prompt after the end of input would begin to read again, and the process would never end (Node.js 20).
      if (!isClosed) show(question);
      const { value, done } = await lines.next();
      return done ? undefined : value;
    },
    close: () => reader.close(),
  };
};
