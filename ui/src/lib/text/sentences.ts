// What a screen reader hears of an answer being written: whole sentences, once each.

/** Keeps how far the text was told, and gives what to tell next. */
export class Sentences {
  #told = 0;

  /** The sentences of `text` completed since last time; all that is left when `ended`. */
  next(text: string, ended: boolean): string {
    const end = ended ? text.length : lastEnd(text);
    if (end <= this.#told) return "";
    const fresh = text.slice(this.#told, end);
    this.#told = end;
    return fresh.replace(/[*_`#|>]+/g, " ").replace(/\s+/g, " ").trim();
  }
}

/** The offset after the last sentence that is surely complete: its mark is followed by white space. */
function lastEnd(text: string): number {
  let end = 0;
  for (const match of text.matchAll(/[.!?…:;]["»”)]*\s|\n/g)) end = match.index + match[0].length;
  return end;
}
