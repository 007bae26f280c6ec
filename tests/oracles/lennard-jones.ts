/** Lennard-Jones clusters in f64, units of the well depth and sigma: a plain reference for the cluster kernels. */

export type Point = readonly [number, number, number];

/** V = 4 sum (r^-12 - r^-6) over pairs. */
export function energyOf(points: readonly Point[]): number {
  let energy = 0;
  for (const [i, a] of points.entries()) {
    for (const b of points.slice(0, i)) {
      const r = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
      energy += 4 * (r ** -12 - r ** -6);
    }
  }
  return energy;
}

/** The largest force on an atom, by central differences of the energy: no formula shared with the kernels. */
export function largestForce(points: readonly Point[]): number {
  const h = 1e-5;
  const forces = points.map((_, atom) => {
    const shifted = (axis: number, by: number) =>
      points.map((point, i): Point => {
        const [x, y, z] = point;
        if (i !== atom) return point;
        return [x + (axis === 0 ? by : 0), y + (axis === 1 ? by : 0), z + (axis === 2 ? by : 0)];
      });
    const slope = (axis: number) => (energyOf(shifted(axis, h)) - energyOf(shifted(axis, -h))) / (2 * h);
    return Math.hypot(slope(0), slope(1), slope(2));
  });
  return Math.max(...forces);
}

/** Forces on all atoms from the formula. */
export function forcesOn(points: readonly Point[]): Point[] {
  return points.map((a, i): Point => {
    const sum: [number, number, number] = [0, 0, 0];
    for (const [j, b] of points.entries()) {
      if (i === j) continue;
      const r = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
      const pull = (24 * r ** -6 - 48 * r ** -12) / (r * r);
      sum[0] -= pull * (a[0] - b[0]);
      sum[1] -= pull * (a[1] - b[1]);
      sum[2] -= pull * (a[2] - b[2]);
    }
    return sum;
  });
}

/** The largest force on an atom from the formula, for claims that must hold to the last digits. */
export function exactForce(points: readonly Point[]): number {
  return Math.max(...forcesOn(points).map((force) => Math.hypot(...force)));
}

/** The minimum that steepest descent reaches from here. */
export function descend(points: readonly Point[]): Point[] {
  let now = [...points];
  for (let step = 0; step < 20_000 && exactForce(now) > 1e-9; step++) {
    const forces = forcesOn(now);
    now = now.map(([x, y, z], i): Point => {
      const [fx, fy, fz] = forces[i] ?? [0, 0, 0];
      return [x + 0.001 * fx, y + 0.001 * fy, z + 0.001 * fz];
    });
  }
  return now;
}
