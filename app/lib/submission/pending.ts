import type { BatchOptions } from "../../../server/core/submission/draft.ts";
import type { OpenBatch } from "../trpc.tsx";
import type { SubmitForm } from "./form.ts";

/** A submission that was begun and is not finished: what this browser needs to go on with it after a reload. */
export type Pending = {
  open: OpenBatch & { options: BatchOptions };
  form: SubmitForm;
  /** Files that were chosen; a page cannot keep them, so they are chosen again. */
  files: { name: string; size: number; lastModified: number }[];
  workunits: number;
};

const keyOf = (slug: string) => `quorate-submission:${slug}`;

export function readPending(slug: string): Pending | null {
  try {
    const text = localStorage.getItem(keyOf(slug));
    return text === null ? null : (JSON.parse(text) as Pending);
  } catch {
    return null;
  }
}

/** @returns false: this browser keeps nothing (or not so much), and the submission cannot go on after a reload. */
export function keepPending(slug: string, pending: Pending): boolean {
  try {
    localStorage.setItem(keyOf(slug), JSON.stringify(pending));
    return true;
  } catch {
    return false;
  }
}

export function forgetPending(slug: string): void {
  try {
    localStorage.removeItem(keyOf(slug));
  } catch {
    // Nothing is kept here, so nothing is left.
  }
}

export function isSameFile(kept: Pending["files"][number], { name, size, lastModified }: File): boolean {
  return kept.name === name && kept.size === size && kept.lastModified === lastModified;
}

/** The submitter's own name for one submission: sent twice, it is one batch. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `web-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
