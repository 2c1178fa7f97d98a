/**
 * Acts on each item, in order, on up to `width` of them at once. When one fails no other is begun, and the failure is thrown
 * once those under way have ended.
 */
export const eachAtOnce = async <Item>(
  items: readonly Item[],
  width: number,
  act: (item: Item) => Promise<void>,
): Promise<void> => {
  // All workers share one iterator, so no item is taken twice.
  const queue = items.values();
  const failures: unknown[] = [];
  const work = async () => {
    for (const item of queue) {
      if (failures.length > 0) return;
      await act(item).catch(error => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  if (failures.length > 0) throw failures[0];
};

/**
 * The outcomes of what is under way side by side, in order. Rejects when all have ended, with the first failure in this order: which of
 * two is told does not depend on which came first.
 */
export const inOrder = async <Outcomes extends readonly unknown[]>(
  work: {
    readonly [Index in keyof Outcomes]: Promise<Outcomes[Index]>;
  },
): Promise<Outcomes> => {
  await Promise.allSettled(work);
  const outcomes: unknown[] = [];
  for (const each of work) outcomes.push(await each);
  return outcomes as unknown as Outcomes;
};
