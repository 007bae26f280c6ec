import type { Read } from "./reader.ts";

/** One of many that are good; `number` from 1, among these. */
export type Picked<T> = { number: number; value: T };

/** Places, from 0, of the first, the middle and the last of so many: fewer where there are no three. */
export function placesToTry(count: number): number[] {
  const middle = Math.floor((count - 1) / 2);
  return [...new Set([0, middle, count - 1])].filter((place) => place >= 0 && place < count);
}

/** The good ones at these places of what is read, in order; it is read no further than to the last of them. */
export async function pickAt<T>(reads: AsyncIterable<Read<T>>, places: readonly number[]): Promise<Picked<T>[]> {
  const picked: Picked<T>[] = [];
  if (places.length === 0) return picked;
  let place = 0;
  for await (const read of reads) {
    if ("fault" in read) continue;
    if (places.includes(place)) picked.push({ number: place + 1, value: read.value });
    place += 1;
    if (picked.length === places.length) break;
  }
  return picked;
}
