// What is typed and not yet sent: kept by the shell a moment after the last key.
import { commands, type Trouble } from "../bridge/bindings";
import { asTrouble } from "../bridge/bridge";

/** Long enough not to write at each key, short enough that a crash costs a word at most. */
const PAUSE = 300;

export class Draft {
  text = $state("");
  /** Why the draft could not be kept. */
  trouble = $state<Trouble | null>(null);
  #conversation: number | null = null;
  #saved = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Takes a draft as it was kept. */
  adopt(conversation: number | null, text: string): void {
    this.#conversation = conversation;
    this.text = text;
    this.#saved = text;
  }

  /** Reads the kept draft, unless something was typed meanwhile. */
  async load(conversation: number | null): Promise<void> {
    try {
      const text = await commands.draftLoad(conversation);
      if (this.text === "") this.adopt(conversation, text);
    } catch (error) {
      this.trouble = asTrouble(error);
    }
  }

  /** A key was pressed: keeps the text after a pause. */
  type(text: string): void {
    this.text = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), PAUSE);
  }

  /** Keeps the text now. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    const { text } = this;
    if (text === this.#saved) return;
    try {
      await commands.draftSave(this.#conversation, text);
      this.#saved = text;
      this.trouble = null;
    } catch (error) {
      this.trouble = asTrouble(error);
    }
  }

  /** Home became conversation `id`: its draft follows. */
  async move(id: number): Promise<void> {
    await this.#rekey(id);
    await this.flush();
  }

  /** `text` is on disk as a message: it is a draft no more, but what was typed since remains. */
  async sent(text: string, id: number): Promise<void> {
    if (this.text === text) this.text = "";
    await this.#rekey(id);
    await this.flush();
  }

  async #rekey(id: number): Promise<void> {
    if (this.#conversation === id) return;
    const from = this.#conversation;
    const stale = this.#saved;
    this.#conversation = id;
    this.#saved = "";
    if (stale !== "") await commands.draftSave(from, "").catch((error: unknown) => (this.trouble = asTrouble(error)));
  }
}
