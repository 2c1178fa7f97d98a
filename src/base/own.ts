/** What a table holds for a word that somebody else wrote: never what every object has, such as `constructor` and `__proto__`. */
export const ownValue = <Value>(table: { readonly [Word in string]?: Value }, word: string): Value | undefined =>
  Object.hasOwn(table, word) ? table[word] : undefined;
