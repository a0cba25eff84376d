// The list of conversations, the one at hand, and the one whose answer is being written.
import { commands, type ConversationSummary, type Trouble } from "../bridge/bindings";
import { asTrouble } from "../bridge/bridge";
import { Conversation } from "./conversation.svelte";

export class Conversations {
  list = $state.raw<ConversationSummary[]>([]);
  /** The full-text query that `list` answers. */
  query = $state("");
  trouble = $state<Trouble | null>(null);
  /** The conversation in the middle; home is one without an id. */
  current = $state.raw(new Conversation(this));
  /** Only one answer is written at a time, here or in another conversation. */
  writing = $state.raw<Conversation | null>(null);
  #asked = 0;

  /** Reads the list again; of two answers that cross, the last asked wins. */
  async refresh(): Promise<void> {
    const asked = ++this.#asked;
    try {
      const list = await commands.conversationList(this.query.trim());
      if (asked === this.#asked) {
        this.list = list;
        this.trouble = null;
      }
    } catch (error) {
      if (asked === this.#asked) this.trouble = asTrouble(error);
    }
  }

  /** Narrows the list to the conversations that contain `query`. */
  async search(query: string): Promise<void> {
    this.query = query;
    await this.refresh();
  }

  /** A new conversation, kept only once something is sent or joined; its draft is home's. */
  async fresh(): Promise<void> {
    await this.current.leave();
    const conversation = new Conversation(this);
    this.current = conversation;
    await conversation.loadDraft();
  }

  /** Puts a conversation in the middle. One being written or read for is the very object, not a copy of the disk. */
  async open(id: number): Promise<void> {
    if (this.current.id === id) return;
    await this.current.leave();
    const live = this.#live.get(id);
    if (live) {
      this.current = live;
      return;
    }
    const conversation = new Conversation(this);
    try {
      conversation.adopt(await commands.conversationOpen(id));
      this.trouble = null;
      this.current = conversation;
    } catch (error) {
      await this.refresh();
      this.trouble = asTrouble(error);
    }
  }

  /** Erases a conversation; true when it is gone. */
  async remove(id: number): Promise<boolean> {
    try {
      if (this.writing?.id === id) await this.writing.stop();
      for (const reading of this.#live.get(id)?.readings ?? []) await reading.cancel();
      await commands.conversationDelete(id);
    } catch (error) {
      this.trouble = asTrouble(error);
      return false;
    }
    this.#live.delete(id);
    this.list = this.list.filter((summary) => summary.id !== id);
    if (this.current.id === id) {
      this.current = new Conversation(this);
      await this.current.loadDraft();
    }
    return true;
  }

  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing on screen depends on it
  readonly #live = new Map<number, Conversation>();

  /** Keeps `conversation` at hand while work runs in it. */
  hold(conversation: Conversation): void {
    if (conversation.id !== null) this.#live.set(conversation.id, conversation);
  }

  /** The work in `conversation` ended. */
  release(conversation: Conversation): void {
    if (conversation.id !== null && !conversation.atWork) this.#live.delete(conversation.id);
  }
}
