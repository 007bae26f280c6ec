import type { Viewer } from "../../server/account/viewer.ts";

/** Somebody who is signed in. */
export const accountViewer = (userId: number, more: Partial<Viewer> = {}): Viewer => ({
  userId,
  kind: "account",
  via: "session",
  hostId: null,
  scopes: "all",
  onlyProjectId: null,
  isOperator: false,
  name: null,
  ...more,
});
