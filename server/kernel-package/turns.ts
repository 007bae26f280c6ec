/** So many at once; the others wait in order, and when many wait, nobody else is let in. */
export type Turns = {
  /** Resolves when it is this one's turn, with what ends it; null when too many wait. */
  take(): Promise<(() => void) | null>;
};

export function createTurns({ atOnce, waitingMax }: { atOnce: number; waitingMax: number }): Turns {
  const waiting: (() => void)[] = [];
  let running = 0;

  /** Once: ending a turn twice must not let two in. */
  function ending(): () => void {
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    };
  }

  return {
    async take() {
      if (running < atOnce) {
        running += 1;
        return ending();
      }
      if (waiting.length >= waitingMax) return null;
      // The place of the one that ends becomes this one's.
      await new Promise<void>((resolve) => waiting.push(resolve));
      return ending();
    },
  };
}
