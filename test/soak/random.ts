/** Numbers that look random, the same ones for the same seed. */
export interface Random {
  /** A whole number from the first to the last. */
  between(first: number, last: number): number;
  pick<const Choice>(choices: readonly [Choice, ...Choice[]]): Choice;
  /** True so often in a hundred times. */
  chance(percent: number): boolean;
}

export const randomOf = (seed: number): Random => {
  const next = mulberry32(seed);
  const between = (first: number, last: number) => first + Math.floor(next() * (last - first + 1));
  return {
    between,
    pick: choices => choices[between(0, choices.length - 1)] ?? choices[0],
    chance: percent => next() * 100 < percent,
  };
};

/** From 0 to 1; Tommy Ettinger's mulberry32, 32 bits of state. */
const mulberry32 = (seed: number) => {
  let state = seed | 0;
  return (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};
