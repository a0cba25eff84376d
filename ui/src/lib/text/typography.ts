// French spacing at the moment of drawing, same length for same length: the text kept is not touched.

/** `text` with the ordinary space of « ; », « : », « ! », « ? » and of quotation marks made unbreakable, as between a figure and its unit. */
export function typeset(text: string): string {
  return text
    .replace(/ (?=[;:!?](?:\s|$))/g, "\u202F")
    .replace(/ (?=»)/g, "\u00A0")
    .replace(/« /g, "«\u00A0")
    .replace(/(?<=\d) (?=€)/g, "\u00A0")
    .replace(/(?<=\d) (?=%|\d{3}(?!\d))/g, "\u202F");
}
