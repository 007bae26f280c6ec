import { describe, expect, test } from "vitest";
import { atlasOracle, floorProduct, iterations } from "../../oracles/atlas.ts";

const ONE = 1n << 120n;

function hex(value: bigint): string {
  return BigInt.asUintN(128, value).toString(16).padStart(32, "0");
}

function tile(values: {
  left: bigint;
  top: bigint;
  step: bigint;
  width: number;
  height: number;
  max: number;
}): number[] {
  const input = [
    `left=${hex(values.left)}`,
    `top=${hex(values.top)}`,
    `step=${hex(values.step)}`,
    `width=${values.width}`,
    `height=${values.height}`,
    `max_iterations=${values.max}`,
  ].join("\n");
  const bytes = atlasOracle(input);
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(index * 4, true));
}

describe("points known on paper", () => {
  test("members of the set never escape: 0, -1, -2, i, 1/4, -3/4, -1.75", () => {
    for (const [cx, cy] of [
      [0n, 0n],
      [-ONE, 0n],
      [-2n * ONE, 0n], // 0, -2, 2, 2, ...: |z| = 2 exactly is no escape
      [0n, ONE],
      [ONE / 4n, 0n],
      [(-3n * ONE) / 4n, 0n],
      [(-7n * ONE) / 4n, 0n], // period 3
    ] as const) {
      expect(iterations(cx, cy, 500)).toBe(500);
    }
  });

  test("outside points escape when arithmetic on paper says so", () => {
    expect(iterations(2n * ONE, 0n, 100)).toBe(2); // 0, 2 (|z|^2 = 4), 6
    expect(iterations(ONE, 0n, 100)).toBe(3); // 0, 1, 2, 5
    expect(iterations(2n * ONE, 2n * ONE, 100)).toBe(1); // |c|^2 = 8
    expect(iterations(ONE, ONE, 100)).toBe(2); // 0, 1+i, 1+3i
    expect(iterations(ONE / 2n, 0n, 100)).toBe(5); // .5 .75 1.0625 1.6289 3.1533
    expect(iterations(0n, 2n * ONE, 100)).toBe(2); // 2i, -4+2i
    expect(iterations(2n * ONE, 0n, 1)).toBe(1);
    expect(iterations(2n * ONE, 0n, 0)).toBe(0);
  });

  test("one unit beyond -2 is outside at once, -2 and one unit inside are not", () => {
    expect(iterations(-2n * ONE - 1n, 0n, 1000)).toBe(1); // |c|^2 = 4 + 4*2^-120 + 2^-240
    expect(iterations(-2n * ONE, 0n, 1000)).toBe(1000);
    expect(iterations(-2n * ONE + 1n, 0n, 1000)).toBe(1000);
  });

  test("pi from the neck of the set: at c = -3/4 + i*h the count times h tends to pi (Boll 1991)", () => {
    expect(iterations((-3n * ONE) / 4n, ONE / 10n, 1000)).toBe(33);
    expect(iterations((-3n * ONE) / 4n, ONE / 100n, 1000)).toBe(315);
    expect(iterations((-3n * ONE) / 4n, ONE / 1000n, 10000)).toBe(3143);
  });

  test("a far point escapes although its square does not fit in Q8.120", () => {
    expect(iterations(16n * ONE, 0n, 100)).toBe(1); // 16^2 = 256 would wrap to 0
    expect(iterations(-128n * ONE, 0n, 100)).toBe(1);
  });
});

describe("the tile", () => {
  test("rows run down from the top, columns right from the left, u32 little-endian", () => {
    expect(tile({ left: -2n * ONE, top: ONE, step: ONE, width: 4, height: 3, max: 50 })).toEqual([
      1, 3, 50, 2, 50, 50, 50, 3, 1, 3, 50, 2,
    ]);
  });

  test("products round toward minus infinity, not toward zero", () => {
    expect(floorProduct(-ONE / 2n, 1n)).toBe(-1n);
    expect(floorProduct(ONE / 2n, 1n)).toBe(0n);
    expect(floorProduct(-ONE / 2n, -1n)).toBe(0n);
    expect(floorProduct(-3n * ONE, ONE / 2n)).toBe((-3n * ONE) / 2n);
  });

  test("coordinates wrap at 128 bits", () => {
    expect(tile({ left: 127n * ONE, top: 0n, step: ONE, width: 2, height: 1, max: 9 })).toEqual([1, 1]);
    expect(tile({ left: 127n * ONE, top: 0n, step: 127n * ONE, width: 2, height: 1, max: 9 })).toEqual([1, 9]); // 254 is -2
  });

  test("input that does not have the agreed form is refused", () => {
    expect(() => atlasOracle("left=0")).toThrow("missing");
    expect(() => atlasOracle("colour=1")).toThrow("not expected");
  });
});
