/** A place in the order in which results came to be there: by the second, then by the workunit. */
export type Place = { seconds: number; workunitId: number };

export const BEGINNING: Place = { seconds: 0, workunitId: 0 };

/** As a download says it. */
export function placeText({ seconds, workunitId }: Place): string {
  return `${seconds}-${workunitId}`;
}

/** Reads what a download said; null when it is none of ours. */
export function readPlace(text: string): Place | null {
  const [, seconds, workunitId] = /^(\d{1,12})-(\d{1,15})$/.exec(text) ?? [];
  return seconds === undefined || workunitId === undefined
    ? null
    : { seconds: Number(seconds), workunitId: Number(workunitId) };
}
