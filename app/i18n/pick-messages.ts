/** Messages as files hold them: words, or a group of messages. */
export type MessageTree = { readonly [key: string]: string | MessageTree };

/** The parts of `messages` at these paths ("volunteer.phase"), in their places. @throws when a path leads nowhere. */
export function pickMessages(messages: MessageTree, paths: readonly string[]): MessageTree {
  return paths.reduce<MessageTree>((picked, path) => {
    const part = path
      .split(".")
      .reduce<string | MessageTree | undefined>(
        (tree, key) => (typeof tree === "object" ? tree[key] : undefined),
        messages,
      );
    if (part === undefined) throw new Error(`there are no messages at ${path}`);
    const placed = path.split(".").reduceRight<string | MessageTree>((inner, key) => ({ [key]: inner }), part);
    return mergeMessages(picked, placed as MessageTree);
  }, {});
}

/** Both trees in one; where both have words, those of `b`. */
export function mergeMessages(a: MessageTree, b: MessageTree): MessageTree {
  const merged: Record<string, string | MessageTree> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const before = merged[key];
    merged[key] = typeof before === "object" && typeof value === "object" ? mergeMessages(before, value) : value;
  }
  return merged;
}
