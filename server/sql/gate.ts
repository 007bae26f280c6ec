/**
 * Lets only so much work through at once, in the order of asking. Transactions that change many results use a processor
 * each and want the same rows at the front of the queue: more of them at once than there are processors only wait for each
 * other, inside PostgreSQL, where waiting costs (measured with 64 hosts and batches of 64 on two cores: a fifth more CPU
 * time per result, and five times the latency of a lock). Small ones pass many at a time, so that their commits share the
 * disk's flush.
 */
export class Gate {
  readonly #capacity: number;
  #used = 0;
  readonly #waiting: { weight: number; enter: () => void }[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /**
   * Runs `work` when there is room for `weight`, at most the whole gate. What waits holds nothing, least of all a
   * connection: so nobody who is inside ever waits for somebody outside.
   */
  async through<T>(weight: number, work: () => Promise<T>): Promise<T> {
    const taken = Math.min(Math.max(1, weight), this.#capacity);
    await this.#enter(taken);
    try {
      return await work();
    } finally {
      this.#used -= taken;
      this.#admit();
    }
  }

  #enter(weight: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ weight, enter: resolve });
      this.#admit();
    });
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#used + next.weight > this.#capacity) return;
      this.#waiting.shift();
      this.#used += next.weight;
      next.enter();
    }
  }
}
