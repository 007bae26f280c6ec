"use client";

import { useEffect, useRef } from "react";

const SIZE = 320;
/** Two atoms closer than this many sigma are drawn as bonded; the pair minimum is at 2^(1/6) = 1.12. */
const BOND = 1.35;
const TURN_SECONDS = 14;

interface Point {
  x: number;
  y: number;
  z: number;
}

/** A cluster of atoms, turning slowly; it stands still for those who prefer less motion. */
export function ClusterPicture({ coordinates, label }: { coordinates: readonly number[]; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const atoms = centred(coordinates);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    let frame = 0;
    const render = (milliseconds: number) => {
      draw(context, atoms, still ? 0.6 : (milliseconds / 1000 / TURN_SECONDS) * 2 * Math.PI);
      if (!still) frame = requestAnimationFrame(render);
    };
    frame = requestAnimationFrame(render);
    return () => cancelAnimationFrame(frame);
  }, [coordinates]);
  return (
    <figure className="text-center">
      <canvas
        ref={canvas}
        width={SIZE * 2}
        height={SIZE * 2}
        role="img"
        aria-label={label}
        className="mx-auto w-full max-w-80"
      />
      <figcaption className="mt-1 text-sm text-muted">{label}</figcaption>
    </figure>
  );
}

function centred(coordinates: readonly number[]): Point[] {
  const atoms: Point[] = [];
  for (let i = 0; i + 2 < coordinates.length; i += 3)
    atoms.push({ x: coordinates[i] ?? 0, y: coordinates[i + 1] ?? 0, z: coordinates[i + 2] ?? 0 });
  const mean = (axis: keyof Point) => atoms.reduce((sum, atom) => sum + atom[axis], 0) / Math.max(1, atoms.length);
  const [x, y, z] = [mean("x"), mean("y"), mean("z")];
  return atoms.map((atom) => ({ x: atom.x - x, y: atom.y - y, z: atom.z - z }));
}

function draw(context: CanvasRenderingContext2D, atoms: readonly Point[], angle: number): void {
  const style = getComputedStyle(context.canvas);
  const [atomColor, bondColor] = [style.getPropertyValue("--accent"), style.getPropertyValue("--muted")];
  const radius = Math.max(1, ...atoms.map((atom) => Math.hypot(atom.x, atom.y, atom.z)));
  const scale = (SIZE * 0.78) / radius;
  const turned = atoms.map((atom) => ({
    x: SIZE + scale * (atom.x * Math.cos(angle) + atom.z * Math.sin(angle)),
    y: SIZE + scale * (atom.y * 0.95 + (atom.z * Math.cos(angle) - atom.x * Math.sin(angle)) * 0.3),
    z: atom.z * Math.cos(angle) - atom.x * Math.sin(angle),
  }));
  context.clearRect(0, 0, SIZE * 2, SIZE * 2);
  context.lineWidth = 5;
  context.strokeStyle = bondColor;
  context.globalAlpha = 0.55;
  atoms.forEach((a, i) => {
    atoms.slice(i + 1).forEach((b, k) => {
      const [from, to] = [turned[i], turned[i + 1 + k]];
      if (!from || !to || Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z) > BOND) return;
      context.beginPath();
      context.moveTo(from.x, from.y);
      context.lineTo(to.x, to.y);
      context.stroke();
    });
  });
  for (const atom of turned.toSorted((a, b) => a.z - b.z)) {
    const depth = 0.7 + (0.3 * (atom.z + radius)) / (2 * radius);
    context.globalAlpha = depth;
    context.fillStyle = atomColor;
    context.beginPath();
    context.arc(atom.x, atom.y, Math.min(60, scale * 0.28) * depth, 0, 2 * Math.PI);
    context.fill();
  }
  context.globalAlpha = 1;
}
