import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareTolerant,
  isNear,
  type TolerantComparator,
  ulpDistance,
} from "../../../../server/core/replication/comparators/tolerant.ts";
import type { OutputSchema } from "../../../../server/core/wire/kernel-manifest.ts";
import { type BinaryOutput, binary, binarySchema, text } from "./outputs.ts";

const comparator = (bounds: Partial<TolerantComparator>): TolerantComparator => ({
  type: "tolerant",
  nanEqualsNan: false,
  ...bounds,
});

const agree = (bounds: Partial<TolerantComparator>, a: BinaryOutput, b: BinaryOutput): boolean =>
  compareTolerant(comparator(bounds), binarySchema, { first: binary(a), second: binary(b) }).agree;

describe("[R000.6] tolerant comparison, both sides of every bound", () => {
  it.each([
    ["absolute", { absolute: 0.5 }, 10, 10.5, true],
    ["absolute", { absolute: 0.5 }, 10, 10.5000001, false],
    ["relative to the larger", { relative: 0.5 }, 1, 2, true],
    ["relative to the larger", { relative: 0.5 }, 0.99, 2, false],
    ["relative, other sign", { relative: 1 }, -1, 2, false],
    ["ULP", { ulp: 1 }, 1, 1 + 2 ** -52, true],
    ["ULP", { ulp: 1 }, 1, 1 + 2 ** -51, false],
    ["no bound", {}, 1, 1, true],
    ["no bound", {}, 1, 1 + 2 ** -52, false],
    ["any of several bounds", { absolute: 1e-9, relative: 1e-3 }, 1000, 1000.5, true],
    ["zero and minus zero", {}, 0, -0, true],
    ["equal infinities", {}, Infinity, Infinity, true],
    ["an infinity and anything", { relative: 1, absolute: 1e308, ulp: 9e15 }, Infinity, 1e308, false],
    ["opposite infinities", { relative: 1, absolute: 1e308 }, Infinity, -Infinity, false],
    ["NaN, not stated", { relative: 1, absolute: 1e308 }, Number.NaN, Number.NaN, false],
    ["NaN, stated", { nanEqualsNan: true }, Number.NaN, Number.NaN, true],
    ["NaN and a number", { nanEqualsNan: true, absolute: 1e308 }, Number.NaN, 1, false],
  ])("%s %o: %d and %d -> %s", (_what, bounds, a, b, expected) => {
    expect(agree(bounds, { energy: a }, { energy: b })).toBe(expected);
  });

  it("counts ULP in the declared type", () => {
    const next = 1 + 2 ** -23; // the f32 after 1
    expect(agree({ ulp: 1 }, { records: [[1, 0]] }, { records: [[next, 0]] })).toBe(true);
    expect(agree({ ulp: 0 }, { records: [[1, 0]] }, { records: [[next, 0]] })).toBe(false);
    expect(agree({ ulp: 3 }, { records: [[1, -1]] }, { records: [[1, 2]] })).toBe(true);
    expect(agree({ ulp: 2 }, { records: [[1, -1]] }, { records: [[1, 2]] })).toBe(false);
  });

  it("compares only the named fields", () => {
    expect(agree({ fields: ["energy"] }, { energy: 1, error: 2 }, { energy: 1, error: 3 })).toBe(true);
    expect(agree({ fields: ["error"] }, { energy: 1, error: 2 }, { energy: 1, error: 3 })).toBe(false);
    expect(agree({ fields: ["missing"] }, { energy: 1 }, { energy: 1 })).toBe(false);
  });

  it("compares every record and their number", () => {
    const records: [number, number][] = [
      [1, 1],
      [2, 2],
    ];
    expect(
      agree(
        { absolute: 1 },
        { records },
        {
          records: [
            [1, 1],
            [2, 4],
          ],
        },
      ),
    ).toBe(false);
    expect(
      agree(
        { absolute: 1 },
        { records },
        {
          records: [
            [1, 1],
            [2, 3],
          ],
        },
      ),
    ).toBe(true);
    expect(agree({ absolute: 1, fields: ["energy"] }, { records }, { records: [[1, 1]] })).toBe(false);
  });

  it("compares csv numbers within the bound and texts exactly", () => {
    const schema: OutputSchema = {
      format: "csv",
      columns: [
        { name: "name", type: "text" },
        { name: "value", type: "number" },
      ],
    };
    const compare = (a: string, b: string) =>
      compareTolerant(comparator({ absolute: 0.1 }), schema, {
        first: text(["name,value", a]),
        second: text(["name,value", b]),
      });
    expect(compare("r,1.0", "r,1.05").agree).toBe(true);
    expect(compare("r,1.0", "r,1.2")).toMatchObject({
      agree: false,
      reason: { code: "value_apart", field: "value", values: [1, 1.2] },
    });
    expect(compare("r,1.0", "s,1.0").agree).toBe(false);
  });

  it("says which output is malformed", () => {
    const good = binary({});
    const bad = good.subarray(1);
    const verdict = (first: Uint8Array, second: Uint8Array) =>
      compareTolerant(comparator({ relative: 1 }), binarySchema, { first, second });
    expect(verdict(bad, good)).toMatchObject({ agree: false, malformed: ["first"] });
    expect(verdict(good, bad)).toMatchObject({ agree: false, malformed: ["second"] });
    expect(verdict(bad, bad)).toMatchObject({ agree: false, malformed: ["first", "second"] });
    expect(compareTolerant(comparator({}), { format: "bytes" }, { first: good, second: good }).agree).toBe(false);
  });
});

describe("ULP distance", () => {
  it.each([
    ["f64", 0, Number.MIN_VALUE, 1n],
    ["f64", -Number.MIN_VALUE, Number.MIN_VALUE, 2n],
    ["f64", 0, -0, 0n],
    ["f64", 1, 2, 2n ** 52n],
    ["f64", 0.1 + 0.2, 0.3, 1n],
    ["f32", 1, 2, 2n ** 23n],
    ["f32", -(2 ** -149), 2 ** -149, 2n],
    ["i32", -(2 ** 31), 2 ** 31 - 1, 2n ** 32n - 1n],
  ] as const)("%s: %d to %d is %d", (type, a, b, expected) => {
    expect(ulpDistance(type, a, b)).toBe(expected);
  });
});

describe("properties", () => {
  const bounds = fc.record({
    absolute: fc.double({ min: 0, max: 10, noNaN: true }),
    relative: fc.double({ min: 0, max: 1, noNaN: true }),
    ulp: fc.nat(100),
    nanEqualsNan: fc.boolean(),
  });

  it("[R003.13] does not depend on the order of the two outputs", () => {
    fc.assert(
      fc.property(bounds, fc.double(), fc.double(), (bound, a, b) => {
        expect(isNear(comparator(bound), "f64", [a, b])).toBe(isNear(comparator(bound), "f64", [b, a]));
      }),
    );
  });

  it("an output agrees with itself unless it has a NaN that the comparator does not equate", () => {
    fc.assert(
      fc.property(bounds, fc.double(), (bound, value) => {
        const expected = !Number.isNaN(value) || bound.nanEqualsNan;
        expect(agree(bound, { energy: value }, { energy: value })).toBe(expected);
      }),
    );
  });
});
