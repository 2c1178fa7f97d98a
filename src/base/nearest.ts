/** The candidate that a mistyped word most likely meant; undefined when none is near enough to be worth naming. */
export const nearest = (word: string, candidates: Iterable<string>): string | undefined => {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = countEdits(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance && distance <= toleratedEdits(word, candidate)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
};

/** A third of the longer word may be wrong; one letter always, but never the whole of a word. */
const toleratedEdits = (word: string, candidate: string): number => {
  const longer = Math.max(word.length, candidate.length);
  return Math.min(Math.max(1, Math.floor(longer / 3)), longer - 1);
};

/** Letters to insert, delete, change or swap with their neighbour (optimal string alignment). */
const countEdits = (a: string, b: string): number => {
  // A line of thousands of letters is no typing error, and comparing it would take time by the square of its length.
  if (Math.abs(a.length - b.length) > 20) return Number.POSITIVE_INFINITY;
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(
        Math.min(
          at(last, column) + 1,
          at(current, column - 1) + 1,
          at(last, column - 1) + (isSame ? 0 : 1),
          isSwap ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
};

const at = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY;
