/** Reading ASCII text without strings: a cursor over bytes. LF and CRLF both end a line. */

export class Text {
  /** Next byte to read. */
  at: usize;
  readonly end: usize;

  constructor(start: usize, length: u32) {
    this.at = start;
    this.end = start + <usize>length;
  }

  /** Another cursor that stands where this one does. */
  copy(): Text {
    return new Text(this.at, <u32>(this.end - this.at));
  }

  get ended(): bool {
    return this.at >= this.end;
  }

  /** The next byte, or 0 at the end. */
  get byte(): u8 {
    return this.at < this.end ? load<u8>(this.at) : 0;
  }

  get atLineEnd(): bool {
    return this.at >= this.end || this.byte == 10 || (this.byte == 13 && (this.at + 1 >= this.end || load<u8>(this.at, 1) == 10));
  }

  skipBlanks(): void {
    while (this.at < this.end && isBlank(load<u8>(this.at))) this.at++;
  }

  /** To the first byte after this line's end. */
  skipLine(): void {
    while (this.at < this.end && load<u8>(this.at) != 10) this.at++;
    if (this.at < this.end) this.at++;
  }

  /** Passes these characters when they come next. */
  take(expected: string): bool {
    const length = expected.length;
    if (this.end - this.at < <usize>length) return false;
    for (let i = 0; i < length; i++) {
      if (load<u8>(this.at + i) != <u8>expected.charCodeAt(i)) return false;
    }
    this.at += length;
    return true;
  }

  /**
   * An optional minus and at most 15 digits, within [least, most]. Returns NO_INTEGER when there is none or it is
   * outside; the cursor then stands anywhere in the line.
   */
  integer(least: i64, most: i64): i64 {
    const negative = this.byte == 45;
    if (negative) this.at++;
    let value: i64 = 0;
    let digits = 0;
    while (isDigit(this.byte)) {
      if (++digits > 15) return NO_INTEGER;
      value = value * 10 + <i64>(this.byte - 48);
      this.at++;
    }
    if (negative) value = -value;
    return digits == 0 || value < least || value > most ? NO_INTEGER : value;
  }

  /**
   * A decimal such as -1, 2.5 or 0.000125 with at most `places` digits after the point (at most 9), as an integer
   * number of 10^-places. NO_INTEGER when it is not one or lies outside [least, most] (in the same unit).
   */
  decimal(places: u32, least: i64, most: i64): i64 {
    const negative = this.byte == 45;
    if (negative) this.at++;
    let value: i64 = 0;
    let digits = 0;
    let after: u32 = 0;
    let point = false;
    for (; ; this.at++) {
      const byte = this.byte;
      if (byte == 46 && !point && digits > 0) {
        point = true;
      } else if (isDigit(byte) && digits < 15 && after < places + (point ? 0 : 1)) {
        value = value * 10 + <i64>(byte - 48);
        digits++;
        if (point) after++;
      } else break;
    }
    if (digits == 0 || (point && after == 0) || isDigit(this.byte)) return NO_INTEGER;
    for (; after < places; after++) value *= 10;
    if (negative) value = -value;
    return value < least || value > most ? NO_INTEGER : value;
  }
}

/** Outside everything `integer` and `decimal` can return. */
export const NO_INTEGER: i64 = i64.MIN_VALUE;

/**
 * The value of the line `key=value` with this key: a cursor from behind the `=` to the line's end without trailing
 * blanks, or null when there is no such line or more than one.
 */
export function valueOf(start: usize, length: u32, key: string): Text | null {
  const text = new Text(start, length);
  let found: Text | null = null;
  while (!text.ended) {
    if (text.take(key) && text.byte == 61) {
      if (found !== null) return null;
      const from = text.at + 1;
      while (!text.atLineEnd) text.at++;
      let to = text.at;
      while (to > from && isBlank(load<u8>(to - 1))) to--;
      found = new Text(from, <u32>(to - from));
    }
    text.skipLine();
  }
  return found;
}

/** An integer `key=value` of the whole text, or NO_INTEGER when missing, repeated, followed by anything, or outside the limits. */
export function integerOf(start: usize, length: u32, key: string, least: i64, most: i64): i64 {
  const value = valueOf(start, length, key);
  if (value === null) return NO_INTEGER;
  const result = value.integer(least, most);
  return value.ended ? result : NO_INTEGER;
}

/** As integerOf, for a decimal in units of 10^-places. */
export function decimalOf(start: usize, length: u32, key: string, places: u32, least: i64, most: i64): i64 {
  const value = valueOf(start, length, key);
  if (value === null) return NO_INTEGER;
  const result = value.decimal(places, least, most);
  return value.ended ? result : NO_INTEGER;
}

// @ts-ignore: decorator
@inline
export function isDigit(byte: u8): bool {
  return byte >= 48 && byte <= 57;
}

// @ts-ignore: decorator
@inline
export function isBlank(byte: u8): bool {
  return byte == 32 || byte == 9 || byte == 13;
}
