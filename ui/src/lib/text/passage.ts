// Finds a quoted passage again in a page's blocks, to mark it. Spaces, quotation marks, hyphen
// variants and case are set aside, as the check of quotations does; letters and digits are not.
import type { PageBlock } from "../bridge/bindings";

export type Segment = { text: string; marked: boolean };

/** Each block's text cut into marked and unmarked segments; nothing is marked when the passage is not there. */
export function mark(blocks: readonly PageBlock[], quote: string): Segment[][] {
  const page = letters(blocks);
  const wanted = letters([{ heading: false, text: quote }]).text;
  const start = wanted === "" ? -1 : page.text.indexOf(wanted);
  const first = page.places[start];
  const last = page.places[start + wanted.length - 1];
  return blocks.map(({ text }, block) => {
    if (!first || !last || block < first.block || block > last.block) return [{ text, marked: false }];
    const from = block === first.block ? first.from : 0;
    const to = block === last.block ? last.to : text.length;
    const cut = [
      { text: text.slice(0, from), marked: false },
      { text: text.slice(from, to), marked: true },
      { text: text.slice(to), marked: false },
    ];
    return cut.filter((segment) => segment.text !== "");
  });
}

type Place = { block: number; from: number; to: number };

/** What counts of the blocks' text, and where each of its UTF-16 units comes from. */
function letters(blocks: readonly PageBlock[]): { text: string; places: Place[] } {
  const out: string[] = [];
  const places: Place[] = [];
  blocks.forEach(({ text }, block) => {
    let from = 0;
    for (const character of text) {
      const to = from + character.length;
      for (const unit of fold(character)) {
        out.push(unit);
        places.push({ block, from, to });
      }
      from = to;
    }
  });
  return { text: out.join(""), places };
}

/** The UTF-16 units by which a character is compared; none for those set aside. */
function fold(character: string): string[] {
  if (/[\s\u00AD"'«»“”„‘’‚`´‹›]/u.test(character)) return [];
  if (/[‐‑‒–—−]/u.test(character)) return ["-"];
  return character.normalize("NFKC").toLowerCase().split("");
}
