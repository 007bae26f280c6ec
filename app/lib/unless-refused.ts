const REFUSED = new Set(["UNAUTHORIZED", "FORBIDDEN", "NOT_FOUND"]);

/** What a page asked for as its visitor; null where this visitor may not have it. Everything else stays an error. */
export async function unlessRefused<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    // The page's own copy of tRPC is another than the server's: its class says nothing here.
    if (REFUSED.has((error as { code?: string }).code ?? "")) return null;
    throw error;
  }
}
