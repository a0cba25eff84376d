// Markdown to a closed set of nodes. What the set lacks (HTML, reference definitions) comes out as
// the characters that were written; links and images keep their words and lose their reach.
import { Lexer, type Token, type Tokens } from "marked";
import { placedOnce } from "./placed";
import { pieces, plant, strip } from "./sentinels";

export type Block = { raw: string } & (
  | { type: "paragraph"; inlines: Inline[] }
  | { type: "heading"; level: number; inlines: Inline[] }
  | { type: "list"; ordered: boolean; start: number; items: Item[] }
  | { type: "code"; text: string }
  | { type: "quote"; blocks: Block[] }
  | { type: "table"; align: Align[]; header: Inline[][]; rows: Inline[][][] }
  | { type: "rule" }
);

export type Item = { checked: boolean | null; blocks: Block[] };
export type Align = "left" | "center" | "right" | null;

export type Inline =
  | { type: "text"; text: string }
  | { type: "strong" | "emphasis" | "struck"; inlines: Inline[] }
  | { type: "code"; text: string }
  | { type: "link"; inlines: Inline[]; address: string }
  | { type: "image"; description: string }
  | { type: "break" }
  | { type: "citation"; index: number };

/** Quotes in quotes in lists… beyond this depth come out as written. */
const DEEPEST = 12;

/** The blocks of `text`; each offset (UTF-16) becomes a citation node carrying its index, exactly once. */
export function parse(text: string, citations: readonly number[] = []): Block[] {
  const planted = plant(text, citations);
  try {
    return placedOnce(ranked(blocks(new Lexer().lex(planted), 0)), citations.length);
  } catch {
    // The parser gave up on hostile nesting: the characters are still the answer.
    return placedOnce([paragraph(planted, inlinesOf(planted))], citations.length);
  }
}

/** `next`, with every block that did not change taken from `previous`: the same object draws nothing again. */
export function reuse(previous: readonly Block[], next: Block[]): Block[] {
  return next.map((block, i) => {
    const before = previous[i];
    return before && before.raw === block.raw && before.type === block.type ? before : block;
  });
}

/** Headings in an unbroken order from 1, whatever depths were written: a reader by headings misses no step. */
function ranked(parsed: Block[]): Block[] {
  const above: number[] = [];
  for (const node of parsed) {
    if (node.type !== "heading") continue;
    while ((above.at(-1) ?? 0) >= node.level) above.pop();
    above.push(node.level);
    node.level = above.length;
  }
  return parsed;
}

function blocks(tokens: readonly Token[], depth: number): Block[] {
  return tokens.flatMap((token) => block(token, depth));
}

function block(token: Token, depth: number): Block[] {
  const { raw } = token;
  if (depth > DEEPEST) return [paragraph(raw, inlinesOf(raw))];
  switch (token.type) {
    case "space":
      return [];
    case "hr":
      return [{ type: "rule", raw }];
    case "heading":
      return [{ type: "heading", raw, level: (token as Tokens.Heading).depth, inlines: inlines(token.tokens, depth) }];
    case "code":
      return code(token as Tokens.Code);
    case "blockquote":
      return [{ type: "quote", raw, blocks: blocks(token.tokens ?? [], depth + 1) }];
    case "list":
      return [list(token as Tokens.List, depth)];
    case "table":
      return [table(token as Tokens.Table, depth)];
    case "paragraph":
    case "text":
      return [paragraph(raw, token.tokens ? inlines(token.tokens, depth) : inlinesOf((token as Tokens.Text).text))];
    case "checkbox":
      return [];
    default:
      return [paragraph(raw, inlinesOf(raw.trimEnd()))];
  }
}

function list(token: Tokens.List, depth: number): Block {
  const items = token.items.map((item) => ({
    checked: item.task ? item.checked === true : null,
    blocks: blocks(item.tokens, depth + 1),
  }));
  return { type: "list", raw: token.raw, ordered: token.ordered, start: token.start === "" ? 1 : token.start, items };
}

/** Citations planted in code are shown under it: the code itself stays as written. */
function code(token: Tokens.Code): Block[] {
  const cited = citationsIn(`${token.lang ?? ""}${token.text}`);
  const self: Block = { type: "code", raw: token.raw, text: strip(token.text) };
  return cited.length > 0 ? [self, paragraph(`${token.raw}\u0000`, cited)] : [self];
}

function table(token: Tokens.Table, depth: number): Block {
  const cells = (row: Tokens.TableCell[]) => row.map((cell) => inlines(cell.tokens, depth));
  return { type: "table", raw: token.raw, align: token.align, header: cells(token.header), rows: token.rows.map(cells) };
}

function paragraph(raw: string, content: Inline[]): Block {
  return { type: "paragraph", raw, inlines: content };
}

function inlines(tokens: readonly Token[] | undefined, depth: number): Inline[] {
  return (tokens ?? []).flatMap((token) => inline(token, depth));
}

function inline(token: Token, depth: number): Inline[] {
  if (depth > DEEPEST) return inlinesOf(token.raw);
  switch (token.type) {
    case "strong":
      return [{ type: "strong", inlines: inlines(token.tokens, depth + 1) }];
    case "em":
      return [{ type: "emphasis", inlines: inlines(token.tokens, depth + 1) }];
    case "del":
      return [{ type: "struck", inlines: inlines(token.tokens, depth + 1) }];
    case "codespan":
      return [{ type: "code", text: strip((token as Tokens.Codespan).text) }, ...citationsIn(token.raw)];
    case "br":
      return [{ type: "break" }];
    case "checkbox":
      return [];
    case "link":
      return link(token as Tokens.Link, depth);
    case "image":
      return [{ type: "image", description: strip((token as Tokens.Image).text) }, ...citationsIn(token.raw)];
    case "escape":
      return inlinesOf((token as Tokens.Escape).text);
    case "text":
      return token.tokens ? inlines(token.tokens, depth) : inlinesOf(decode((token as Tokens.Text).text));
    default:
      return inlinesOf(token.raw);
  }
}

/** Citations planted in the address are shown after the link. */
function link(token: Tokens.Link, depth: number): Inline[] {
  const content = inlines(token.tokens, depth + 1);
  return [{ type: "link", inlines: content, address: strip(token.href) }, ...citationsIn(token.href)];
}

/** Plain characters, cut at their citations. */
function inlinesOf(text: string): Inline[] {
  return pieces(text).map((piece) => (typeof piece === "number" ? { type: "citation", index: piece } : { type: "text", text: piece }));
}

function citationsIn(text: string): Inline[] {
  return inlinesOf(text).filter((node) => node.type === "citation");
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: "\u00A0" };

function decode(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (whole, name: string) => ENTITIES[name] ?? whole);
}
