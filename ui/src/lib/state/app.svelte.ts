// What the page shows: opening, first start, locked, or the desk with its conversations.
import { createContext } from "svelte";
import { commands, type AppState, type HistoryState, type Setup, type SetupAnswer, type Trouble, type Unlock } from "../bridge/bindings";
import { asTrouble } from "../bridge/bridge";
import { Conversations } from "./conversations.svelte";
import { Model } from "./model.svelte";
import { Source } from "./source.svelte";

/** The application's state, one a page. */
export class App {
  /** Null until the shell has answered. */
  history = $state<HistoryState | null>(null);
  version = $state("");
  /** What the file chooser offers: ".pdf,.txt…". */
  formats = $state("");
  /** Why the last step of opening failed. */
  trouble = $state<Trouble | null>(null);
  readonly conversations = new Conversations();
  readonly model = new Model();
  readonly source = new Source();

  /** Asks the shell where things stand, and begins when the history is open. */
  async start(): Promise<void> {
    await this.#step(() => commands.appState());
  }

  /** The first start's recovery key, or null with `trouble` told. */
  async setup(): Promise<Setup | null> {
    this.trouble = null;
    try {
      return await commands.setupBegin();
    } catch (error) {
      this.trouble = asTrouble(error);
      return null;
    }
  }

  /** Confirms the first start; on failure nothing typed is lost and `trouble` says why. */
  async confirm(answer: SetupAnswer): Promise<void> {
    await this.#step(() => commands.setupConfirm(answer));
  }

  /** Opens a locked history. */
  async unlock(unlock: Unlock): Promise<void> {
    await this.#step(() => commands.unlock(unlock));
  }

  /** Opens a conversation in the middle, and closes a source that belongs to another. */
  async open(id: number): Promise<void> {
    this.source.close();
    await this.conversations.open(id);
  }

  /** Goes home, to something new. */
  async home(): Promise<void> {
    this.source.close();
    await this.conversations.fresh();
  }

  async #step(ask: () => Promise<AppState>): Promise<void> {
    this.trouble = null;
    try {
      const { history, version, formats } = await ask();
      this.version = version;
      this.formats = formats.map((extension) => `.${extension}`).join();
      if (history.state === "open") await this.#begin();
      this.history = history;
    } catch (error) {
      this.trouble = asTrouble(error);
    }
  }

  async #begin(): Promise<void> {
    this.model.watch();
    await Promise.all([this.conversations.refresh(), this.conversations.fresh()]);
  }
}

export const [useApp, provideApp] = createContext<App>();
