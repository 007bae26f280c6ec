/** Events in order of time; those of one second in the order they were added. A binary heap. */
export class EventQueue<T> {
  readonly #heap: { seconds: number; order: number; event: T }[] = [];
  #added = 0;

  add(seconds: number, event: T): void {
    const entry = { seconds, order: this.#added, event };
    this.#added += 1;
    let index = this.#heap.length;
    this.#heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#heap[parent];
      if (!above || !isBefore(entry, above)) break;
      this.#heap[index] = above;
      index = parent;
    }
    this.#heap[index] = entry;
  }

  /** Undefined when there is nothing left. */
  next(): { seconds: number; event: T } | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (!first || !last || first === last) return first;
    let index = 0;
    for (;;) {
      const left = this.#heap[2 * index + 1];
      const right = this.#heap[2 * index + 2];
      const rightFirst = left !== undefined && right !== undefined && isBefore(right, left);
      const child = rightFirst ? right : left;
      if (!child || !isBefore(child, last)) break;
      this.#heap[index] = child;
      index = 2 * index + (rightFirst ? 2 : 1);
    }
    this.#heap[index] = last;
    return first;
  }
}

type Timed = { seconds: number; order: number };
const isBefore = (a: Timed, b: Timed): boolean =>
  a.seconds < b.seconds || (a.seconds === b.seconds && a.order < b.order);
