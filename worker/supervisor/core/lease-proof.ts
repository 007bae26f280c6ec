/** What proves to the server that a lease is one's own. */
export interface LeaseProof {
  readonly resultId: string;
  readonly leaseToken: string;
}

/** Of something that knows more: nothing else is said to the server. */
export function proofOf({ resultId, leaseToken }: LeaseProof): LeaseProof {
  return { resultId, leaseToken };
}
