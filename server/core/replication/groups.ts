/**
 * Agreeing groups of outputs (S14, S15). A group is a maximal set in which every pair agrees: complete linkage, so that an
 * agreement which is not transitive (tolerances) cannot make the outcome depend on the order of reports.
 */

export type Groups = {
  /** Indexes of one largest group, ascending. */
  leader: number[];
  /** Size of the largest group that holds anything outside the leader; equal to the leader's: there is no winner. */
  runnerUp: number;
};

export function largestGroups(count: number, agree: (a: number, b: number) => boolean): Groups {
  const neighbours = Array.from({ length: count }, (_, a) =>
    Array.from({ length: count }, (_, b) => a !== b && agree(a, b)),
  );
  const all = Array.from({ length: count }, (_, index) => index);
  const leader = largestClique(all, neighbours, 0).sort((a, b) => a - b);
  let runnerUp = 0;
  for (const outsider of all.filter((index) => !leader.includes(index))) {
    const friends = all.filter((index) => neighbours[outsider]?.[index]);
    // Only groups larger than the best so far matter: one that is not found has length 0.
    const others = largestClique(friends, neighbours, Math.max(0, runnerUp - 1));
    runnerUp = Math.max(runnerUp, others.length + 1);
    if (runnerUp === leader.length) break;
  }
  return { leader, runnerUp };
}

/** Groups under equality: one pass, for digests, where agreement is transitive. */
export function equalityGroups(keys: readonly string[]): Groups {
  const members = new Map<string, number[]>();
  keys.forEach((key, index) => {
    const group = members.get(key);
    if (group) group.push(index);
    else members.set(key, [index]);
  });
  let leader: number[] = [];
  let runnerUp = 0;
  for (const group of members.values()) {
    if (group.length > leader.length) {
      runnerUp = leader.length;
      leader = group;
    } else runnerUp = Math.max(runnerUp, group.length);
  }
  return { leader, runnerUp };
}

/**
 * A largest clique with more than `atLeast` vertices, else []. Branch and bound with greedy colouring (Tomita and Seki 2003):
 * a set that needs k colours has no clique above k. Up to 100 vertices, even the many equal cliques of an adversary's graph.
 */
function largestClique(vertices: readonly number[], neighbours: readonly boolean[][], atLeast: number): number[] {
  let best: number[] = [];
  let bound = atLeast;
  const expand = (clique: number[], candidates: readonly number[]): void => {
    const coloured = colour(candidates, neighbours);
    for (let index = coloured.length - 1; index >= 0; index -= 1) {
      const next = coloured[index];
      if (!next || clique.length + next.colour <= bound) return;
      clique.push(next.vertex);
      const rest = coloured.slice(0, index).filter(({ vertex }) => neighbours[next.vertex]?.[vertex]);
      if (rest.length > 0) {
        expand(
          clique,
          rest.map(({ vertex }) => vertex),
        );
      } else if (clique.length > bound) {
        best = [...clique];
        bound = clique.length;
      }
      clique.pop();
    }
  };
  expand([], vertices);
  return best;
}

/** Vertices in ascending colour; no two neighbours share one. */
function colour(vertices: readonly number[], neighbours: readonly boolean[][]): { vertex: number; colour: number }[] {
  const classes: number[][] = [];
  for (const vertex of vertices) {
    const free = classes.find((members) => !members.some((other) => neighbours[vertex]?.[other]));
    if (free) free.push(vertex);
    else classes.push([vertex]);
  }
  return classes.flatMap((members, index) => members.map((vertex) => ({ vertex, colour: index + 1 })));
}
