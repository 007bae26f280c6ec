import { expect, test } from "vitest";
import {
  isMersennePrime,
  lucasLehmerRes64,
  lucasLehmerResidue,
  MERSENNE_EXPONENTS,
} from "../../oracles/lucas-lehmer.ts";

test("the worked examples of the literature: residue of 2^7 - 1 is 0, of 2^11 - 1 is 1736", () => {
  expect(lucasLehmerResidue(3)).toBe(0n);
  expect(lucasLehmerResidue(7)).toBe(0n);
  expect(lucasLehmerResidue(11)).toBe(1736n);
  expect(lucasLehmerRes64(11)).toBe("00000000000006C8");
});

test("below 1000 exactly the listed exponents give primes", () => {
  const found = Array.from({ length: 999 }, (_, index) => index + 2).filter(isMersennePrime);
  expect(found).toEqual(MERSENNE_EXPONENTS.filter((p) => p < 1000));
});

test("the list has 30 exponents, and a few larger ones pass while their neighbours fail", () => {
  expect(MERSENNE_EXPONENTS).toHaveLength(30);
  for (const p of [1279, 2203, 2281]) expect(isMersennePrime(p)).toBe(true);
  for (const p of [1283, 2207, 2287]) expect(lucasLehmerResidue(p)).not.toBe(0n);
});

test("exponents without a meaning are refused", () => {
  for (const p of [2, 4, 1, 0, -3, 3.5, Number.NaN]) expect(() => lucasLehmerResidue(p)).toThrow("odd number");
});
