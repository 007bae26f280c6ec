import type { AppSettings } from "../core/wire/app-settings.ts";

/** What the bundled example projects say about themselves and how their work is confirmed. Data, no code. */
export interface ExampleProject {
  slug: string;
  name: string;
  organisation: string;
  summary: string;
  /** Paragraphs separated by an empty line. */
  description: string;
  /** Folder of the kernel in worker/kernels, and name of the app. */
  kernel: "align" | "atlas" | "ising" | "cluster";
  title: string;
  appSummary: string;
  settings: Pick<AppSettings, "policy"> & { parameters: Partial<AppSettings["parameters"]> };
}

export const EXAMPLE_PROJECTS: readonly ExampleProject[] = [
  {
    slug: "lambda-reads",
    name: "Reads of a phage",
    organisation: "Quorate examples",
    summary: "Finds where short pieces of DNA belong in a genome, and how much that depends on the way of scoring.",
    description: `Sequencing machines do not read a genome from end to end. They read millions of short pieces, with errors, and in both directions. The first question is always the same: where in the genome does each piece belong?

The most careful answer comes from the method of Smith and Waterman: it looks at every way of laying a piece along the genome, with every possible gap, and finds the best one for certain. It is slow, and that is why your computer helps.

What is best is a matter of points: so many for two letters that agree, so many off for two that do not, and for a gap. Nobody can say which points are right, and programs differ in them. So here the same pieces are laid along the genome again and again, each time with other points, some two thousand ways in all. How much does the answer depend on the way of scoring? Where every way gives the same place, it can be trusted.

The pieces here were made from the real genome of the phage lambda (NC_001416.1, 48 502 letters), a virus that lives in bacteria and with which much of molecular biology was worked out. Letters were changed, lost and added as a machine would, and some pieces are random: those must not be found. So everybody can see whether the answers are right.`,
    kernel: "align",
    title: "Smith-Waterman alignment",
    appSummary: "Best local alignment with affine gaps of DNA reads, both strands, against one genome. Exact.",
    settings: { policy: { type: "full" }, parameters: { minQuorum: 2 } },
  },
  {
    slug: "mandelbrot-atlas",
    name: "Mandelbrot atlas",
    organisation: "Quorate examples",
    summary: "Draws an atlas of the Mandelbrot set, one square after the other, deeper with every level.",
    description: `The Mandelbrot set is the best known picture of mathematics: a simple rule, applied again and again, draws a coast that is never smooth however closely one looks.

This atlas looks very closely. It computes with 128-bit fixed-point numbers, far beyond what a processor does by itself, so that every device on earth must give exactly the same bytes. Each piece of work is one square of the map; a square appears here as soon as two different people computed the same.

When a level is complete, the next one goes deeper, so there is always work.`,
    kernel: "atlas",
    title: "Mandelbrot tiles in fixed point",
    appSummary: "Iteration counts of a square tile in Q8.120 fixed-point arithmetic. Exact on every device.",
    settings: { policy: { type: "full" }, parameters: { minQuorum: 2 } },
  },
  {
    slug: "ising-magnet",
    name: "A magnet in two dimensions",
    organisation: "Quorate examples",
    summary: "Simulates the simplest magnet there is and compares it with its exact solution.",
    description: `The Ising model is a sheet of tiny magnets, each pointing up or down, each wanting to agree with its neighbours while heat shakes them. Cold, they all agree; hot, they do not; and at one temperature in between the sheet changes its mind all at once. It is the textbook case of a phase transition.

Lars Onsager solved it exactly in 1944. That makes it a fair test for computing by volunteers: the answer is random, no two simulations are the same, and still we can say what must come out. Every volunteer here rolls dice of their own, and a statistical test decides whether two simulations agree.`,
    kernel: "ising",
    title: "Ising model, Metropolis sampling",
    appSummary:
      "Magnetisation and energy of the square-lattice Ising model. Replicas use different random numbers and are compared statistically.",
    settings: { policy: { type: "full" }, parameters: { minQuorum: 2 } },
  },
  {
    slug: "atom-clusters",
    name: "Smallest clusters of atoms",
    organisation: "Quorate examples",
    summary: "Looks for the arrangement of a few atoms that has the lowest energy.",
    description: `A handful of noble-gas atoms, left alone in the cold, settles into the arrangement with the lowest energy. Which one that is, is hard to find: the number of arrangements that look good from close by grows enormously with every atom. Thirteen atoms make a perfect icosahedron.

Each piece of work searches from another random start. Finding a good arrangement is hard, but checking one is easy: the server computes the energy and the forces again and believes nothing else. The best that were ever published stand beside what volunteers found.`,
    kernel: "cluster",
    title: "Lennard-Jones cluster search",
    appSummary:
      "Minimum-energy search of Lennard-Jones clusters. Every answer is checked by recomputing energy and forces.",
    settings: {
      policy: { type: "hybrid", level: 2, sampleRate: 0.1 },
      parameters: { minQuorum: 1 },
    },
  },
];
