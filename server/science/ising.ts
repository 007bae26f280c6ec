import type { Confirmed } from "./confirmed-outputs.ts";
import { keyValues } from "./key-values.ts";

interface Quantity {
  mean: number;
  /** One standard error. */
  error: number;
}

export interface IsingPoint {
  size: number;
  temperature: number;
  simulations: number;
  magnetisation: Quantity;
  energy: Quantity;
}

export type IsingPicture = Map<string, IsingPoint>;

/** Header of the app's output: four estimates with their standard errors, f64 little-endian. */
const MAGNETISATION = 0;
const ENERGY = 16;

/** Adds one confirmed simulation to the inverse-variance weighted mean of its lattice size and temperature. */
export function addIsing(picture: IsingPicture, { input, output }: Confirmed): void {
  if (input === null || output.length < 64) return;
  const parameters = keyValues(input);
  const [size, temperature] = [Number(parameters.get("size")), Number(parameters.get("temperature"))];
  if (!(size > 0) || !(temperature > 0)) return;
  const read = (offset: number): Quantity => ({
    mean: output.readDoubleLE(offset),
    error: output.readDoubleLE(offset + 8),
  });
  const key = `${size} ${temperature}`;
  const known = picture.get(key);
  const [magnetisation, energy] = [read(MAGNETISATION), read(ENERGY)];
  picture.set(key, {
    size,
    temperature,
    simulations: (known?.simulations ?? 0) + 1,
    magnetisation: known ? combine(known.magnetisation, magnetisation) : magnetisation,
    energy: known ? combine(known.energy, energy) : energy,
  });
}

function combine(a: Quantity, b: Quantity): Quantity {
  // A simulation that never left its state reports an error of 0; it must not outweigh all others.
  const weight = (quantity: Quantity) => 1 / Math.max(quantity.error, 1e-9) ** 2;
  const [wa, wb] = [weight(a), weight(b)];
  return { mean: (a.mean * wa + b.mean * wb) / (wa + wb), error: Math.sqrt(1 / (wa + wb)) };
}
