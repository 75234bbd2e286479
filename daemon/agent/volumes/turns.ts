/**
 * Work on one directory at a time: what is asked for the same key runs one after the other, in the order of asking.
 */

export interface Turns {
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** Resolves when nothing asked for so far is left to do at keys that `matches`; whether it went well is for those who asked. */
  idle(matches: (key: string) => boolean): Promise<void>;
}

export function createTurns(): Turns {
  const last = new Map<string, Promise<void>>();
  return {
    run<T>(key: string, work: () => Promise<T>): Promise<T> {
      const mine = (last.get(key) ?? Promise.resolve()).then(work);
      const settled = mine.then(
        () => {},
        () => {},
      );
      last.set(key, settled);
      void settled.then(() => {
        if (last.get(key) === settled) last.delete(key);
      });
      return mine;
    },
    async idle(matches) {
      await Promise.all([...last].filter(([key]) => matches(key)).map(([, settled]) => settled));
    },
  };
}
