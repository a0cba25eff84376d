// Citations inside Markdown: each is planted as one private-use character before the text is parsed,
// so that it comes out of the parser in its exact place, whatever the syntax around it.
const FIRST = 0xe000;
const LAST = 0xf8ff;
const ANY = /[\uE000-\uF8FF]/g;

/** Lines whose meaning a character at their end would change: fences, rules, heading underlines, table rules. */
const STRUCTURAL = /^[\s>]*(?:`{3,}|~{3,}|[-*_=+](?:[ \t]*[-*_=])*[ \t]*|\|?[ \t:|-]+\|?)$/;

/** A piece of text: characters, or the index of a citation. */
export type Piece = string | number;

/** `text` with a sentinel at each offset (UTF-16, any order), and nothing else in the private-use area. */
export function plant(text: string, offsets: readonly number[]): string {
  const clean = text.replace(ANY, "\uFFFD");
  const marks = offsets
    .slice(0, LAST - FIRST + 1)
    .map((offset, index) => ({ at: settle(clean, offset), sentinel: String.fromCharCode(FIRST + index) }))
    .sort((a, b) => a.at - b.at);
  let out = "";
  let from = 0;
  for (const { at, sentinel } of marks) {
    out += clean.slice(from, at);
    const line = clean.slice(clean.lastIndexOf("\n", at - 1) + 1, at);
    const endsLine = at === clean.length || clean[at] === "\n";
    out += line !== "" && endsLine && STRUCTURAL.test(line) ? `\n\n${sentinel}\n\n` : sentinel;
    from = at;
  }
  return out + clean.slice(from);
}

/** `text` cut at its sentinels; empty pieces are left out. */
export function pieces(text: string): Piece[] {
  const out: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(ANY)) {
    if (match.index > from) out.push(text.slice(from, match.index));
    out.push(match[0].charCodeAt(0) - FIRST);
    from = match.index + 1;
  }
  if (from < text.length) out.push(text.slice(from));
  return out;
}

/** `text` without sentinels. */
export function strip(text: string): string {
  return text.replace(ANY, "");
}

/** The offset within the text, after a whole character, before the white space it may follow. */
function settle(text: string, offset: number): number {
  let at = Math.min(text.length, Math.max(0, Math.trunc(offset)));
  if (/[\uDC00-\uDFFF]/.test(text[at] ?? "")) at += 1;
  while (at > 0 && /\s/.test(text[at - 1] ?? "")) at -= 1;
  return at;
}
