// What of a half-written answer may already be drawn: nothing that the next words would turn into
// something else, so that the page never flickers between two readings of the same line.

/** The part of `text` to draw while more is coming. */
export function steady(text: string): string {
  return closed(withoutOpenTable(withoutMarker(text)));
}

/** Without a last line that is only the beginning of a list item, a heading, a quote, a fence or a rule. */
function withoutMarker(text: string): string {
  const start = text.lastIndexOf("\n") + 1;
  return /^\s*(?:[-=*_+`~>#]+|\d{1,3}[.)]?)\s*$/.test(text.slice(start)) ? text.slice(0, start) : text;
}

/** Without a table that has not yet its header and its rule, or a row that is not yet ended. */
function withoutOpenTable(text: string): string {
  const table = /(?:^|\n)((?:[ ]*\|[^\n]*\n)*[ ]*\|[^\n]*)$/.exec(text);
  const rows = /(?:^|\n)((?:[ ]*\|[^\n]*\n)+)$/.exec(text);
  const found = table ?? rows;
  if (!found) return text;
  const block = found[1] ?? "";
  const complete = block.slice(0, block.lastIndexOf("\n") + 1);
  const keep = complete.split("\n").length > 2 ? complete : "";
  return text.slice(0, text.length - block.length) + keep;
}

/** With the bold or the code that is still open in the last paragraph closed. */
function closed(text: string): string {
  const last = text.slice(text.lastIndexOf("\n\n") + 1);
  if (/^\s*(?:```|~~~)/m.test(last)) return text;
  const ticks = (last.match(/`/g) ?? []).length;
  if (ticks % 2 === 1) return text.endsWith("`") ? text.slice(0, -1) : `${text}\``;
  const stars = (last.replace(/`[^`]*`/g, "").match(/\*\*/g) ?? []).length;
  if (stars % 2 === 0) return text;
  const trimmed = text.trimEnd();
  return trimmed.endsWith("**") ? trimmed.slice(0, -2) : `${trimmed}**`;
}
