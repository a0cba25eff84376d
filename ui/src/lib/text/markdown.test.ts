import { describe, expect, test } from "vitest";
import { parse, reuse, type Block, type Inline } from "./markdown";
import { citationOrder } from "./placed";

const BLOCKS = new Set(["paragraph", "heading", "list", "code", "quote", "table", "rule"]);
const INLINES = new Set(["text", "strong", "emphasis", "struck", "code", "link", "image", "break", "citation"]);

/** Every node of the tree; fails on one outside the closed set. */
function all(blocks: readonly Block[]): (Block | Inline)[] {
  const within = (inlines: readonly Inline[]): Inline[] =>
    inlines.flatMap((node) => {
      expect(INLINES).toContain(node.type);
      return [node, ...("inlines" in node ? within(node.inlines) : [])];
    });
  return blocks.flatMap((block) => {
    expect(BLOCKS).toContain(block.type);
    const inside: (Block | Inline)[] =
      block.type === "list" ? block.items.flatMap((item) => all(item.blocks))
      : block.type === "quote" ? all(block.blocks)
      : block.type === "table" ? [...block.header, ...block.rows.flat()].flatMap(within)
      : "inlines" in block ? within(block.inlines)
      : [];
    return [block, ...inside];
  });
}

/** The characters a reader sees. */
function seen(blocks: readonly Block[]): string {
  return all(blocks).map((node) => ("text" in node ? node.text : node.type === "image" ? node.description : "")).join("");
}

describe("the closed set", () => {
  test("holds what an answer is made of", () => {
    const types = parse("# T\n\np **b** *i* `c` ~~s~~\n\n1. a\n   - b\n\n> q\n\n```\nx\n```\n\n|a|b|\n|-|-:|\n|1|2|\n\n---").map((block) => block.type);
    expect(types).toEqual(["heading", "paragraph", "list", "quote", "code", "table", "rule"]);
  });

  test("task items keep their state and not their brackets", () => {
    const [list] = parse("- [x] fait\n- [ ] à faire");
    expect(list?.type === "list" && list.items.map((item) => item.checked)).toEqual([true, false]);
    expect(seen(list ? [list] : [])).toBe("faità faire");
  });

  test("headings rise by one step at most, whatever depths were written", () => {
    const levels = parse("### a\n\n##### b\n\n### c\n\n# d\n\n## e").map((block) => block.type === "heading" && block.level);
    expect(levels).toEqual([1, 2, 1, 1, 2]);
  });

  test.each([
    ["a script", "<script>alert(1)</script>"],
    ["a handler", '<img src=x onerror="alert(1)">'],
    ["a style", "<style>*{display:none}</style>texte"],
    ["an open tag", "<div <b> x"],
    ["an iframe in a list", "- a\n- <iframe src=//x></iframe>"],
    ["a definition", '[a]: javascript:alert(1) "x"'],
  ])("shows %s as the characters that were written", (_, text) => {
    const letters = (from: string) => from.replace(/[\s-]/g, "");
    expect(letters(seen(parse(text)))).toBe(letters(text));
  });

  test("a link keeps its words and its address, and is no anchor", () => {
    const nodes = all(parse("[cliquez](javascript:alert(1)) et ![alt](http://x.fr/p.png) et http://a.fr"));
    expect(nodes.filter((node) => node.type === "link").map((node) => node.type === "link" && node.address)).toEqual(["javascript:alert(1)", "http://a.fr"]);
    expect(nodes.filter((node) => node.type === "image")).toEqual([{ type: "image", description: "alt" }]);
  });

  test.each([
    ["quotes", ">".repeat(20_000)],
    ["lists", "- ".repeat(3_000) + "x"],
    ["emphasis", "*a ".repeat(5_000)],
    ["brackets", "[".repeat(5_000) + "]".repeat(5_000)],
    ["backticks", "`".repeat(10_001)],
    ["pipes", "|".repeat(5_000)],
    ["null and private-use characters", "\u0000\uE000\uF8FF **a**"],
  ])("hostile %s neither throw nor leave the set", (_, text) => {
    expect(all(parse(text)).length).toBeGreaterThan(0);
  });
});

describe("citations", () => {
  const place = (text: string, after: string) => text.indexOf(after) + after.length;
  const words = (blocks: Block[]) => all(blocks).map((node) => (node.type === "text" ? node.text : node.type === "citation" ? `[${node.index}]` : "")).join("");

  test("stand exactly where they were put, in any syntax", () => {
    const text = "Le repas coûte **3,85 €.** C’est *voté.*\n\n- Une réduction.\n- Rien";
    const offsets = ["3,85 €.", "voté.", "réduction."].map((after) => place(text, after));
    expect(words(parse(text, offsets))).toBe("Le repas coûte 3,85 €.[0] C’est voté.[1]Une réduction.[2]Rien");
  });

  test("count in UTF-16 units and never cut a character", () => {
    const text = "🏛️ Mairie. 𝒜 fin";
    expect(words(parse(text, [place(text, "Mairie.")]))).toBe("🏛️ Mairie.[0] 𝒜 fin");
    expect(seen(parse(text, [1]))).toContain("🏛");
  });

  test("keep their order at one place, and hold to the word before", () => {
    expect(words(parse("Fin.  \n", [4, 6, 7, 99]))).toMatch(/^Fin\.\[0\]\[1\]\[2\]\[3\]\s*$/);
  });

  test("in a code block are shown under it, and a fence stays a fence", () => {
    const text = "```\nRéf. 12\n```\n\nSuite";
    const blocks = parse(text, [place(text, "Réf. 12"), text.indexOf("\n\nSuite")]);
    expect(blocks.map((block) => block.type)).toEqual(["code", "paragraph", "paragraph", "paragraph"]);
    expect(blocks[0]?.type === "code" && blocks[0].text).toBe("Réf. 12");
    expect(citationOrder(blocks)).toEqual([0, 1]);
  });

  test("are each there once, at every offset of an awkward text", () => {
    const text = "# T\n\n|a|b|\n|-|-|\n|1|2|\n\n> q `c`\n\n- [l](http://x \"t\")\n\n```js\nx\n```\n\n---\n![i](y) <b>h</b> 🏛️ &amp; \\* [r]\n\n[r]: http://z";
    for (let offset = 0; offset <= text.length; offset += 1) expect(citationOrder(parse(text, [offset])), `at ${offset}`).toEqual([0]);
    const everywhere = Array.from({ length: text.length + 1 }, (_, offset) => offset);
    expect([...citationOrder(parse(text, everywhere))].sort((a, b) => a - b)).toEqual(everywhere);
  });

  test("are not made by characters that look like them", () => {
    expect(citationOrder(parse("a\uE000b\uE001", []))).toEqual([]);
  });
});

test("a block that did not change is the same object", () => {
  const before = parse("# Titre\n\nUn paragraphe.\n\nLe deuxi");
  const after = reuse(before, parse("# Titre\n\nUn paragraphe.\n\nLe deuxième grandit"));
  expect([after[0] === before[0], after[1] === before[1], after[2] === before[2]]).toEqual([true, true, false]);
});
