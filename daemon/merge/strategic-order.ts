/**
 * The order of a list after a strategic merge: items that the patch (or its `$setElementOrder`) names keep that order,
 * the server's other items keep the live order, and the two are interleaved by the live order where it decides.
 */

/** What identifies an item: its merge key's value, or the scalar itself. */
export type ItemKey = (item: unknown) => unknown;

function positions(items: readonly unknown[], keyOf: ItemKey): Map<unknown, number> {
  const out = new Map<unknown, number>();
  for (const [index, item] of items.entries()) {
    const key = keyOf(item);
    if (!out.has(key)) out.set(key, index);
  }
  return out;
}

function sortBy(items: readonly unknown[], order: ReadonlyMap<unknown, number>, keyOf: ItemKey): unknown[] {
  // Items that the order does not know keep their place among themselves, after those it knows.
  const rank = (item: unknown) => order.get(keyOf(item)) ?? Number.MAX_SAFE_INTEGER;
  return [...items].sort((a, b) => rank(a) - rank(b));
}

/**
 * @param merged all items of the result, in any order
 * @param order the items (or bare keys' holders) whose relative order is wanted
 * @param live the list before the patch
 */
export function orderElements(
  merged: readonly unknown[],
  order: readonly unknown[],
  live: readonly unknown[],
  keyOf: ItemKey,
): unknown[] {
  const wanted = positions(order, keyOf);
  const before = positions(live, keyOf);
  const named = sortBy(
    merged.filter((item) => wanted.has(keyOf(item))),
    wanted,
    keyOf,
  );
  const others = sortBy(
    merged.filter((item) => !wanted.has(keyOf(item))),
    before,
    keyOf,
  );
  const out: unknown[] = [];
  let next = 0;
  for (const item of named) {
    const place = before.get(keyOf(item));
    // An item that is new to the list has no place in the live order, so it does not wait for the server's items.
    while (place !== undefined && next < others.length && (before.get(keyOf(others[next])) ?? Infinity) < place) {
      out.push(others[next]);
      next++;
    }
    out.push(item);
  }
  return [...out, ...others.slice(next)];
}
