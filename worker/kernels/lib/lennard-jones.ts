/** Lennard-Jones clusters in units of the well depth and the length sigma, all in f64, x, y, z per atom. */

/** V = 4 sum (r^-12 - r^-6) over pairs. Atoms on the same spot give Infinity or NaN. */
export function lennardJonesEnergy(coordinates: usize, atoms: u32): f64 {
  let energy: f64 = 0;
  for (let i: u32 = 1; i < atoms; i++) {
    for (let j: u32 = 0; j < i; j++) {
      const inverse = 1.0 / squaredDistance(coordinates, i, j);
      const inverse3 = inverse * inverse * inverse;
      energy += 4.0 * inverse3 * (inverse3 - 1.0);
    }
  }
  return energy;
}

/** The largest length of the force on an atom. */
export function lennardJonesForce(coordinates: usize, atoms: u32): f64 {
  let largest: f64 = 0;
  for (let i: u32 = 0; i < atoms; i++) {
    let fx: f64 = 0;
    let fy: f64 = 0;
    let fz: f64 = 0;
    for (let j: u32 = 0; j < atoms; j++) {
      if (j == i) continue;
      const slope = slopeOf(squaredDistance(coordinates, i, j));
      fx -= slope * difference(coordinates, i, j, 0);
      fy -= slope * difference(coordinates, i, j, 1);
      fz -= slope * difference(coordinates, i, j, 2);
    }
    const force = Math.sqrt(fx * fx + fy * fy + fz * fz);
    if (!(force <= largest)) largest = force; // NaN too
  }
  return largest;
}

/** V'(r) / r at a squared distance. */
export function slopeOf(squared: f64): f64 {
  const inverse = 1.0 / squared;
  const inverse3 = inverse * inverse * inverse;
  return inverse * inverse3 * (24.0 - 48.0 * inverse3);
}

/** V''(r) at a squared distance. */
export function bendOf(squared: f64): f64 {
  const inverse = 1.0 / squared;
  const inverse3 = inverse * inverse * inverse;
  return inverse * inverse3 * (624.0 * inverse3 - 168.0);
}

export function squaredDistance(coordinates: usize, i: u32, j: u32): f64 {
  const dx = difference(coordinates, i, j, 0);
  const dy = difference(coordinates, i, j, 1);
  const dz = difference(coordinates, i, j, 2);
  return dx * dx + dy * dy + dz * dz;
}

/** Coordinate `axis` of atom i minus that of atom j. */
export function difference(coordinates: usize, i: u32, j: u32, axis: u32): f64 {
  return load<f64>(coordinates + <usize>(24 * i + 8 * axis)) - load<f64>(coordinates + <usize>(24 * j + 8 * axis));
}
