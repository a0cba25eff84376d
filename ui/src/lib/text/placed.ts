// Citations in parsed Markdown: each is there exactly once, whatever syntax its offset fell in.
import type { Block, Inline } from "./markdown";

/** The blocks, without the citations that some syntax repeated, and with those it swallowed put at the end. */
export function placedOnce(parsed: Block[], count: number): Block[] {
  const seen = new Set<number>();
  const first = (nodes: Inline[]): Inline[] =>
    nodes.filter((node) => {
      if (node.type === "citation") {
        const known = seen.has(node.index);
        seen.add(node.index);
        return !known;
      }
      if ("inlines" in node) node.inlines = first(node.inlines);
      return true;
    });
  if (count > 0) eachLine(parsed, first);
  const lost = Array.from({ length: count }, (_, index) => index).filter((index) => !seen.has(index));
  if (lost.length === 0) return parsed;
  return [...parsed, { type: "paragraph", raw: "\u0000", inlines: lost.map((index) => ({ type: "citation", index })) }];
}

/** The indices of all citation nodes, in reading order. */
export function citationOrder(parsed: readonly Block[]): number[] {
  const found: number[] = [];
  const within = (nodes: Inline[]): Inline[] => {
    for (const node of nodes) {
      if (node.type === "citation") found.push(node.index);
      else if ("inlines" in node) within(node.inlines);
    }
    return nodes;
  };
  eachLine(parsed, within);
  return found;
}

/** Passes every line of inlines through `change`, in reading order. */
function eachLine(parsed: readonly Block[], change: (nodes: Inline[]) => Inline[]): void {
  for (const node of parsed) {
    switch (node.type) {
      case "paragraph":
      case "heading":
        node.inlines = change(node.inlines);
        break;
      case "list":
        for (const item of node.items) eachLine(item.blocks, change);
        break;
      case "quote":
        eachLine(node.blocks, change);
        break;
      case "table":
        node.header = node.header.map(change);
        node.rows = node.rows.map((row) => row.map(change));
        break;
    }
  }
}
