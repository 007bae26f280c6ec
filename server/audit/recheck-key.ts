/** Key of the message that a result was a caught lie; `again` where an audit found it after it had been valid. */
export function recheckKey(resultId: number, again = false): string {
  return again ? `recheck:recall:${resultId}` : `recheck:${resultId}`;
}

export function resultOfRecheck(key: string): number {
  return Number(key.slice(key.lastIndexOf(":") + 1));
}
