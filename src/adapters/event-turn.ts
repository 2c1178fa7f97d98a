/**
 * Asks once in each turn of the event loop: what is asked several times in one, as of each of many sites, would be the same, since nobody
 * can have told this process of a change meanwhile.
 */
export const onceInTurn = <Value>(ask: () => Value): (() => Value) => {
  let known: { readonly value: Value } | undefined;
  return () => {
    if (known === undefined) {
      known = { value: ask() };
      setImmediate(() => {
        known = undefined;
      });
    }
    return known.value;
  };
};
