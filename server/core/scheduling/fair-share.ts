/** Which project a host works for next. FLOPs are those of results handed out in the last day. */
export type QueuedProject = {
  projectId: string;
  /** The operator's weight, > 0. */
  share: number;
  flopsLastDay: number;
  /** The volunteer's own weight; null when this volunteer set no shares at all. */
  ownShare: number | null;
  /** Of that, this volunteer's. */
  ownFlopsLastDay: number;
};

/**
 * S74: weighted fair queueing: the project that had the least per weight comes first. A volunteer's own shares rule, over the
 * volunteer's own work; a share of 0 leaves a project out. Ties go by the site's shares, then by id.
 */
export function projectOrder(projects: readonly QueuedProject[]): string[] {
  const hasShares = projects.some((project) => project.ownShare !== null);
  const key = (project: QueuedProject) => ({
    id: project.projectId,
    own: hasShares ? project.ownFlopsLastDay / (project.ownShare ?? 0) : 0,
    site: project.flopsLastDay / project.share,
  });
  return projects
    .filter((project) => !hasShares || (project.ownShare ?? 0) > 0)
    .map(key)
    .sort((a, b) => a.own - b.own || a.site - b.site || compareIds(a.id, b.id))
    .map(({ id }) => id);
}

/** Decimal ids in numeric order. */
export function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
