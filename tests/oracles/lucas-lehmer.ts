/** The Lucas-Lehmer test with BigInt: an independent reference for kernels that look for Mersenne primes. */

/** Exponents of the first 30 Mersenne primes (OEIS A000043). */
export const MERSENNE_EXPONENTS: readonly number[] = [
  2, 3, 5, 7, 13, 17, 19, 31, 61, 89, 107, 127, 521, 607, 1279, 2203, 2281, 3217, 4253, 4423, 9689, 9941, 11213, 19937,
  21701, 23209, 44497, 86243, 110503, 132049,
];

/**
 * s(p-2) modulo 2^p - 1, where s(0) = 4 and s(n+1) = s(n)^2 - 2; 0 <= residue < 2^p - 1. For an odd prime p it is 0 exactly
 * when 2^p - 1 is prime (Lehmer 1930).
 * @throws Error when p is not an odd number above 2
 */
export function lucasLehmerResidue(p: number): bigint {
  if (!Number.isInteger(p) || p < 3 || p % 2 === 0) throw new Error("the exponent must be an odd number above 2");
  const modulus = 2n ** BigInt(p) - 1n;
  let s = 4n;
  for (let n = 0; n < p - 2; n++) s = (s * s - 2n + modulus) % modulus;
  return s;
}

/** The lowest 64 bits of the residue as 16 upper-case hex digits, the form in which GIMPS publishes residues. */
export function lucasLehmerRes64(p: number): string {
  return BigInt.asUintN(64, lucasLehmerResidue(p)).toString(16).toUpperCase().padStart(16, "0");
}

/** Whether 2^p - 1 is prime, for any p >= 2. */
export function isMersennePrime(p: number): boolean {
  if (p === 2) return true; // 3; the test itself is for odd p
  return isPrime(p) && lucasLehmerResidue(p) === 0n;
}

function isPrime(n: number): boolean {
  if (!Number.isInteger(n) || n < 2) return false;
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return true;
}
