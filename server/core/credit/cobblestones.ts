/**
 * Credit. 1 cobblestone = 1/200 day of a machine that does 1 GFLOPS, so 86400e9/200 = 432e9 floating point operations;
 * one micro-cobblestone is 432 000 of them. Amounts are whole micro-cobblestones.
 */
export const FLOPS_PER_MICRO_COBBLESTONE = 432_000;
/** Above this the amount would leave the safe integers; create.ts refuses such workunits. */
export const FLOPS_MAX = 1e21;

/**
 * S63: credit of one valid result, in micro-cobblestones, rounded half up.
 * @param flops the workunit's estimate in floating point operations, 0..FLOPS_MAX
 */
export function creditMicro(flops: number): number {
  const whole = Math.floor(flops / FLOPS_PER_MICRO_COBBLESTONE);
  // The remainder is taken in integers: adding 0.5 to a quotient rounds 0.49999999999999994 up.
  const remainder = BigInt(Math.floor(flops)) - BigInt(whole) * BigInt(FLOPS_PER_MICRO_COBBLESTONE);
  return remainder >= BigInt(FLOPS_PER_MICRO_COBBLESTONE / 2) ? whole + 1 : whole;
}

/** For pages and traces: micro-cobblestones as cobblestones. */
export function cobblestones(micro: number): number {
  return micro / 1e6;
}
