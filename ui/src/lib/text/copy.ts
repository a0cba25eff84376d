// An answer as it leaves for Word, Writer or a message: clean HTML and plain text from the same nodes.
import type { Block, Inline, Item } from "./markdown";

/** Words a citation's index, as `(Délibération, p. 2)`. */
export type Cite = (index: number) => string;

export type Copied = { html: string; plain: string };

/** The two forms that go to the clipboard. */
export function copied(blocks: readonly Block[], cite: Cite): Copied {
  return { html: blocks.map((block) => html(block, cite)).join("\n"), plain: plainBlocks(blocks, cite) };
}

function html(block: Block, cite: Cite): string {
  const inner = (nodes: readonly Inline[]) => nodes.map((node) => inlineHtml(node, cite)).join("");
  const all = (nodes: readonly Block[]) => nodes.map((node) => html(node, cite)).join("");
  switch (block.type) {
    case "paragraph":
      return `<p>${inner(block.inlines)}</p>`;
    case "heading":
      return `<h${block.level}>${inner(block.inlines)}</h${block.level}>`;
    case "list": {
      const items = block.items.map((item) => `<li>${box(item)}${only(item) ? inner(only(item) ?? []) : all(item.blocks)}</li>`);
      return block.ordered ? `<ol start="${block.start}">${items.join("")}</ol>` : `<ul>${items.join("")}</ul>`;
    }
    case "code":
      return `<pre>${escape(block.text)}</pre>`;
    case "quote":
      return `<blockquote>${all(block.blocks)}</blockquote>`;
    case "table": {
      const row = (cells: Inline[][], tag: string) => `<tr>${cells.map((cell) => `<${tag}>${inner(cell)}</${tag}>`).join("")}</tr>`;
      return `<table border="1">${row(block.header, "th")}${block.rows.map((cells) => row(cells, "td")).join("")}</table>`;
    }
    case "rule":
      return "<hr>";
  }
}

function inlineHtml(node: Inline, cite: Cite): string {
  const tags = { strong: "strong", emphasis: "em", struck: "s" } as const;
  switch (node.type) {
    case "text":
      return escape(node.text);
    case "strong":
    case "emphasis":
    case "struck":
      return `<${tags[node.type]}>${node.inlines.map((child) => inlineHtml(child, cite)).join("")}</${tags[node.type]}>`;
    case "code":
      return `<code>${escape(node.text)}</code>`;
    case "break":
      return "<br>";
    default:
      return escape(plainInline(node, cite));
  }
}

function plainBlocks(blocks: readonly Block[], cite: Cite): string {
  return blocks.map((block) => plain(block, cite)).join("\n\n");
}

function plain(block: Block, cite: Cite): string {
  const inner = (nodes: readonly Inline[]) => nodes.map((node) => plainInline(node, cite)).join("");
  switch (block.type) {
    case "paragraph":
    case "heading":
      return inner(block.inlines);
    case "list":
      return block.items
        .map((item, i) => {
          const marker = block.ordered ? `${block.start + i}. ` : "- ";
          return `${marker}${box(item)}${plainBlocks(item.blocks, cite).replace(/\n+/g, `\n${" ".repeat(marker.length)}`)}`;
        })
        .join("\n");
    case "code":
      return block.text;
    case "quote":
      return plainBlocks(block.blocks, cite);
    case "table":
      return [block.header, ...block.rows].map((cells) => cells.map(inner).join("\t")).join("\n");
    case "rule":
      return "—";
  }
}

function plainInline(node: Inline, cite: Cite): string {
  switch (node.type) {
    case "text":
    case "code":
      return node.text;
    case "break":
      return "\n";
    case "image":
      return node.description;
    case "citation":
      return `\u00A0${cite(node.index)}`;
    case "link": {
      const words = node.inlines.map((child) => plainInline(child, cite)).join("");
      return words === node.address ? words : `${words} (${node.address})`;
    }
    default:
      return node.inlines.map((child) => plainInline(child, cite)).join("");
  }
}

/** The inlines of an item that is one paragraph: no `<p>` inside, which Word would space out. */
function only(item: Item): Inline[] | null {
  const [first, ...rest] = item.blocks;
  return rest.length === 0 && first?.type === "paragraph" ? first.inlines : null;
}

function box(item: Item): string {
  return item.checked === null ? "" : item.checked ? "☑ " : "☐ ";
}

function escape(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
