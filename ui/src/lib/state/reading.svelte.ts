// A file on its way to becoming a document: taken from the page, read by the shell, page by page.
import { commands, type DocumentSummary, type ReadingProgress, type Trouble } from "../bridge/bindings";
import { channel } from "../bridge/bridge";
import { m } from "../messages";

let count = 0;

export class Reading {
  /** Its place in lists. */
  readonly key = ++count;
  readonly name: string;
  readonly #file: File;
  /** Null while it waits for its turn. */
  progress = $state.raw<ReadingProgress | null>(null);
  trouble = $state<Trouble | null>(null);
  cancelled = false;
  #ticket: number | null = null;

  constructor(file: File) {
    this.#file = file;
    this.name = file.name;
  }

  /** Reads the file into a conversation. Null when it was cancelled on the way; throws a `Trouble`. */
  async run(conversation: number): Promise<DocumentSummary | null> {
    this.progress = { done: 0, total: null };
    const bytes = await this.#bytes();
    this.#ticket = await commands.documentUpload(bytes);
    const events = channel<ReadingProgress>((progress) => (this.progress = progress));
    if (this.cancelled) {
      await commands.documentCancel(this.#ticket);
      return null;
    }
    try {
      return await commands.documentAttach(conversation, this.#ticket, this.name, events);
    } catch (error) {
      if (this.cancelled) return null;
      throw error;
    } finally {
      this.#ticket = null;
    }
  }

  /** Stops the reading, wherever it is. */
  async cancel(): Promise<void> {
    this.cancelled = true;
    if (this.#ticket !== null) await commands.documentCancel(this.#ticket).catch(() => undefined);
  }

  async #bytes(): Promise<Uint8Array> {
    try {
      return new Uint8Array(await this.#file.arrayBuffer());
    } catch {
      const trouble: Trouble = {
        code: "fileUnreadable",
        cause: m.documents.unreadable({ name: this.name }),
        remedy: m.documents.unreadableRemedy(),
      };
      throw trouble;
    }
  }
}
