/** How many values an object may have, whichever way it comes. */

/** Members and items of one object: each is looked at in some ten steps, so more of them would hold up everybody. */
export const VALUES_MAX = 30_000;

/** Whether there are more than `max` members and items in it, at any depth; looks no further than that. */
export function hasMoreValues(value: unknown, max: number): boolean {
  const waiting = [value];
  let values = 0;
  for (let next = waiting.pop(); waiting.length > 0 || next !== undefined; next = waiting.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    for (const item of Array.isArray(next) ? next : Object.values(next)) {
      if (++values > max) return true;
      if (typeof item === 'object') waiting.push(item);
    }
  }
  return false;
}
