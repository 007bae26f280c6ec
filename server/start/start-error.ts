/** Something the person at the terminal can put right. The message is one sentence that says how; no stack is shown. */
export class StartError extends Error {
  override name = "StartError";
}
