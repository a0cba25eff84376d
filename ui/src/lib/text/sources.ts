// The pages an answer was made from, told document by document.
import type { Source } from "../bridge/bindings";

/** Each document once, in the order first read, with all of its pages. */
export function byDocument(sources: readonly Source[]): { label: string; pages: number[] }[] {
  const documents = new Map<number, { label: string; pages: number[] }>();
  for (const { document, label, page } of sources) {
    const known = documents.get(document);
    if (known) known.pages.push(page);
    else documents.set(document, { label, pages: [page] });
  }
  return [...documents.values()];
}
