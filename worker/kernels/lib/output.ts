/** Writes an output into a block of fixed size; the kernel knows an upper bound when it has read its input. */

export class Output {
  readonly start: usize;
  /** Next byte to write. */
  at: usize;

  constructor(capacity: u32) {
    this.start = heap.alloc(<usize>capacity);
    this.at = this.start;
  }

  /** Begin again: `output` may be called more than once. */
  clear(): void {
    this.at = this.start;
  }

  get length(): u32 {
    return <u32>(this.at - this.start);
  }

  byte(value: u8): void {
    store<u8>(this.at++, value);
  }

  u32(value: u32): void {
    store<u32>(this.at, value);
    this.at += 4;
  }

  i32(value: i32): void {
    this.u32(<u32>value);
  }

  f64(value: f64): void {
    store<f64>(this.at, value);
    this.at += 8;
  }

  bytes(from: usize, length: u32): void {
    memory.copy(this.at, from, <usize>length);
    this.at += <usize>length;
  }

  /** ASCII only. */
  text(value: string): void {
    for (let i = 0; i < value.length; i++) this.byte(<u8>value.charCodeAt(i));
  }

  /** Decimal digits of an unsigned number. */
  decimal(value: u32): void {
    let divisor: u32 = 1;
    while (value / divisor >= 10) divisor *= 10;
    for (; divisor > 0; divisor /= 10) this.byte(<u8>(48 + ((value / divisor) % 10)));
  }
}
