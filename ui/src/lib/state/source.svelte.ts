// The page beside the answer: a document's page, and the passage that an answer cites.
import { commands, type Citation, type PageView, type Trouble } from "../bridge/bindings";
import { asTrouble } from "../bridge/bridge";

export class Source {
  /** The panel is open. */
  shown = $state(false);
  view = $state.raw<PageView | null>(null);
  /** The citation that opened the panel; null when a document was opened by its name. */
  citation = $state.raw<Citation | null>(null);
  trouble = $state<Trouble | null>(null);
  loading = $state(false);
  #asked = 0;

  /** Opens the page that a citation names, the passage marked. */
  async cite(citation: Citation): Promise<void> {
    this.citation = citation;
    await this.#page(citation.document, citation.page);
  }

  /** Opens a document at a page. */
  async read(document: number, page: number): Promise<void> {
    this.citation = null;
    await this.#page(document, page);
  }

  /** The page before or after, when there is one. */
  async turn(step: 1 | -1): Promise<void> {
    if (!this.view) return;
    const page = this.view.page + step;
    if (page >= 1 && page <= this.view.document.pages) await this.#page(this.view.document.id, page);
  }

  /** Back to the cited page. */
  async back(): Promise<void> {
    if (this.citation) await this.cite(this.citation);
  }

  /** The citation, when the page shown is the one it names. */
  get here(): Citation | null {
    const { citation, view } = this;
    return citation && view && view.page === citation.page && view.document.id === citation.document ? citation : null;
  }

  close(): void {
    this.#asked += 1;
    this.shown = false;
    this.view = null;
    this.citation = null;
    this.trouble = null;
    this.loading = false;
  }

  async #page(document: number, page: number): Promise<void> {
    const asked = ++this.#asked;
    this.shown = true;
    this.loading = true;
    try {
      const view = await commands.documentPage(document, page);
      if (asked !== this.#asked) return;
      this.view = view;
      this.trouble = null;
    } catch (error) {
      if (asked !== this.#asked) return;
      this.view = null;
      this.trouble = asTrouble(error);
    }
    this.loading = false;
  }
}
