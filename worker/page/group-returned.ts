/** A line of a list of results: one of them, or several in a row that were handed back. */
export type Line<Item> = { kind: "one"; item: Item } | { kind: "returned"; items: [Item, ...Item[]] };

/** Stop hands back everything that was not begun; such a row of equal words is one line. The order stays. */
export function groupReturned<Item extends { fate: string }>(items: readonly Item[]): Line<Item>[] {
  const lines: Line<Item>[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (item.fate !== "returned" || last === undefined) lines.push({ kind: "one", item });
    else if (last.kind === "returned") last.items.push(item);
    else if (last.item.fate === "returned") lines[lines.length - 1] = { kind: "returned", items: [last.item, item] };
    else lines.push({ kind: "one", item });
  }
  return lines;
}
