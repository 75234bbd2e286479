/**
 * What comes after something that may be there already: then it is done at once. A promise costs an object and a turn of the microtask queue, which a
 * request that waits for nothing need not pay a dozen times.
 */

/** Calls `next` with the value, now or when there is one. What a promise rejects with is rejected with; what `next` throws at once is thrown. */
export function whenDone<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
