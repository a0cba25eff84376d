// An in-memory house behind the page's one door: it answers the shell's commands as the contract
// says, so that the built page can be driven without Tauri. For tests and looking only; never shipped.
import { mockIPC } from "@tauri-apps/api/mocks";
import type {
  AnswerEvent, AppState, Conversation, DocumentSummary, Message, ModelStatus, PageBlock, PageView, ReadingProgress,
  Setup, SetupAnswer, Trouble, Unlock,
} from "../../src/lib/bridge/bindings";

type Line = { id: number };

/** How the next answer goes. */
export type Script = {
  looking?: { picture: number; pictures: number; fraction: number }[];
  reading: { done: number; total: number; secondsLeft: number | null }[];
  words: string[];
  end: Partial<Message>;
  /** Refused before anything is on disk. */
  refused?: Trouble;
  /** Waits for `answer_stop` after the words, instead of ending. */
  stall?: boolean;
};

/** How the next document reading goes. */
export type Reading = { pages: PageBlock[][]; unread?: number[]; pictures?: number[]; refused?: Trouble; stall?: boolean };

export class House {
  state: AppState = { history: { state: "open" }, version: "0.1.0", formats: ["pdf", "txt"], violations: 0 };
  setup: Setup = { recoveryKey: ["K7QM", "2XTB", "9HRW", "D4NE", "VF3C", "8PZA", "M6YJ", "TQ5G"], asked: [2, 6], keychain: true };
  unlocks = new Set<string>();
  conversations = new Map<number, Conversation & { updatedAt: number }>();
  drafts = new Map<number | null, string>();
  pages = new Map<number, PageBlock[][]>();
  /** The bytes of every picture. */
  picture: ArrayBuffer = new Uint8Array([0xff, 0xd8, 0xff, 0xd9]).buffer;
  model: ModelStatus = {
    state: "ready",
    model: { name: "Ministral 3 3B", architecture: "mistral3", quantisation: "Q4_K_M", parameters: 3.4e9, bytes: 2.15e9, context: 8192, cache: "f16", memory: 4.1e9, sees: true },
  };
  scripts: Script[] = [];
  readings: Reading[] = [];
  /** Milliseconds between two events. */
  pace = 0;
  /** Commands received, in order. */
  log: { command: string; args: Record<string, unknown> }[] = [];
  /** A trouble for the next call of a command. */
  faults = new Map<string, Trouble>();
  violations = 0;
  now = () => Date.now();

  #next = 100;
  #stop: (() => void) | null = null;
  #cancels = new Map<number, () => void>();
  #order = new Map<number, number>();
  #watch: Line | null = null;

  /** Stands behind the door of this window. */
  install(): this {
    mockIPC((command, args) => this.#answer(command, (args ?? {}) as Record<string, unknown>));
    return this;
  }

  id(): number {
    return this.#next++;
  }

  /** Changes the model's state, as the shell would tell it. */
  tell(status: ModelStatus): void {
    this.model = status;
    if (this.#watch) this.send(this.#watch, status);
  }

  /** Another way to answer one command. */
  override(command: string, handler: (args: Record<string, unknown>) => unknown): void {
    this.#handlers[command] = handler;
  }

  message(role: "user" | "assistant", text: string, more: Partial<Message> = {}): Message {
    return {
      id: this.id(), role, text, state: "complete", createdAt: this.now(), citations: [], sources: [], notices: [], trouble: null, ...more,
    };
  }

  conversation(title: string, updatedAt: number, more: Partial<Conversation> = {}): Conversation & { updatedAt: number } {
    const made = { id: this.id(), title, updatedAt, draft: "", documents: [], messages: [], ...more };
    this.conversations.set(made.id, made);
    return made;
  }

  document(name: string, pages: PageBlock[][], unreadPages: number[] = [], picturePages: number[] = []): DocumentSummary {
    const id = this.id();
    this.pages.set(id, pages);
    return { id, name, pages: pages.length, unreadPages, picturePages, addedAt: new Date(2026, 10, 3, 10).getTime() };
  }

  #answer(command: string, args: Record<string, unknown>): unknown {
    this.log.push({ command, args });
    const fault = this.faults.get(command);
    if (fault) {
      this.faults.delete(command);
      throw fault;
    }
    const handler = this.#handlers[command];
    if (!handler) throw `Command ${command} not found`;
    return handler(args);
  }

  readonly #handlers: Record<string, (args: Record<string, unknown>) => unknown> = {
    app_state: () => this.state,
    setup_begin: () => this.setup,
    setup_confirm: ({ answer }) => this.#confirm(answer as SetupAnswer),
    unlock: ({ unlock }) => this.#unlock(unlock as Unlock),
    conversation_list: ({ query }) => this.list(query as string),
    conversation_create: () => ({ ...this.conversation("Nouvelle conversation", this.now()) }),
    conversation_open: ({ id }) => structuredClone(this.#find(id)),
    conversation_rename: ({ id, title }) => void (this.#find(id).title = title as string),
    conversation_delete: ({ id }) => void this.conversations.delete(this.#find(id).id),
    draft_load: ({ conversation }) => this.drafts.get(conversation as number | null) ?? "",
    draft_save: ({ conversation, text }) => {
      this.drafts.set(conversation as number | null, text as string);
      if (conversation !== null) this.#find(conversation).draft = text as string;
    },
    answer_send: ({ conversation, text, events }) => this.#sendAnswer(conversation as number | null, text as string, events as Line),
    answer_again: ({ conversation, events }) => this.#again(conversation as number, events as Line),
    answer_stop: () => this.#stop?.(),
    document_upload: () => this.id(),
    document_attach: ({ conversation, ticket, name, progress }) =>
      this.#attach(conversation as number, ticket as number, name as string, progress as Line),
    document_cancel: ({ ticket }) => this.#cancels.get(ticket as number)?.(),
    document_detach: ({ conversation, document }) => {
      const from = this.#find(conversation);
      from.documents = from.documents.filter(({ id }) => id !== document);
    },
    document_picture: () => this.picture,
    document_page: ({ document, page }) => this.#page(document as number, page as number),
    model_watch: ({ events }) => {
      this.#watch = events as Line;
      this.send(this.#watch, this.model);
    },
    model_reload: () => undefined,
    csp_violation: () => void (this.violations += 1),
  };

  #confirm({ groups, passphrase }: SetupAnswer): AppState {
    const right = this.setup.asked.every((index, i) => this.setup.recoveryKey[index] === groups[i]?.toUpperCase());
    if (!right) throw trouble("recoveryMismatch", "Les groupes saisis ne correspondent pas à la clé de secours affichée.", "Relisez la clé notée et saisissez de nouveau les groupes demandés.");
    if (!this.setup.keychain && !passphrase) throw trouble("passphraseNeeded", "Une phrase secrète est nécessaire.", "Choisissez-en une.");
    this.state = { ...this.state, history: { state: "open" } };
    return this.state;
  }

  #unlock({ value }: Unlock): AppState {
    if (!this.unlocks.has(value)) throw trouble("historyWrongKey", "Cette clé n’ouvre pas l’historique. Rien n’a été changé.", "Vérifiez la saisie, groupe par groupe, puis recommencez.");
    this.state = { ...this.state, history: { state: "open" } };
    return this.state;
  }

  list(query: string): unknown {
    const wanted = query.toLowerCase();
    return [...this.conversations.values()]
      .filter(({ title, messages }) => [title, ...messages.map(({ text }) => text)].some((text) => text.toLowerCase().includes(wanted)))
      .sort((a, b) => b.updatedAt - a.updatedAt)
      .map(({ id, title, updatedAt }) => ({ id, title, updatedAt }));
  }

  #find(id: unknown): Conversation & { updatedAt: number } {
    const found = this.conversations.get(id as number);
    if (!found) throw trouble("conversationGone", "Cette conversation n’existe plus.", "Choisissez-en une autre dans la liste.");
    return found;
  }

  #page(id: number, page: number): PageView {
    const blocks = this.pages.get(id)?.[page - 1];
    const document = [...this.conversations.values()].flatMap(({ documents }) => documents).find((known) => known.id === id);
    if (!blocks || !document) throw trouble("documentGone", "Ce document ou cette page n’existe plus.", "Joignez de nouveau le document.");
    return { document, page, blocks, picture: document.picturePages.includes(page) ? { width: 1540, height: 1155 } : null };
  }

  async #sendAnswer(id: number | null, text: string, events: Line): Promise<void> {
    const script = this.#script();
    if (script.refused) throw script.refused;
    const conversation = id === null ? this.conversation(text.slice(0, 40), this.now()) : this.#find(id);
    const question = this.message("user", text);
    conversation.messages.push(question);
    conversation.updatedAt = this.now();
    await this.#write(conversation, question, script, events);
  }

  async #again(id: number, events: Line): Promise<void> {
    const script = this.#script();
    if (script.refused) throw script.refused;
    const conversation = this.#find(id);
    conversation.messages.pop();
    await this.#write(conversation, null, script, events);
  }

  async #write(conversation: Conversation & { updatedAt: number }, question: Message | null, script: Script, events: Line): Promise<void> {
    const { id, title, updatedAt } = conversation;
    const answer = this.message("assistant", "", { state: "writing" });
    conversation.messages.push(answer);
    let stopped = false;
    const stop = new Promise<void>((resolve) => (this.#stop = () => ((stopped = true), resolve())));
    const say = (event: AnswerEvent) => this.send(events, structuredClone(event));
    say({ type: "started", conversation: { id, title, updatedAt }, question, answer });
    for (const looking of script.looking ?? []) {
      await this.#pause();
      say({ type: "looking", ...looking });
    }
    for (const reading of script.reading) {
      await this.#pause();
      say({ type: "reading", ...reading });
    }
    for (const text of script.words) {
      await this.#pause();
      if (stopped) break;
      answer.text += text;
      say({ type: "text", text });
    }
    if (script.stall) await stop;
    Object.assign(answer, { state: "complete" }, script.end, stopped ? { state: "stopped" } : {});
    say({ type: "ended", answer });
    this.#stop = null;
  }

  async #attach(id: number, ticket: number, name: string, progress: Line): Promise<DocumentSummary> {
    const script = this.readings.shift() ?? { pages: [[{ heading: false, text: "Une page." }]] };
    const cancelled = new Promise<never>((_, reject) =>
      this.#cancels.set(ticket, () => reject(trouble("documentCancelled", "Lecture arrêtée.", "Recommencez quand vous voulez."))),
    );
    cancelled.catch(() => undefined);
    const total = script.pages.length;
    for (let done = 0; done < (script.stall ? Math.ceil(total / 2) : total); done += 1) {
      await Promise.race([this.#pause(), cancelled]);
      const told: ReadingProgress = { done: done + 1, total };
      this.send(progress, told);
    }
    if (script.stall) await cancelled;
    if (script.refused) throw script.refused;
    const document = this.document(name, script.pages, script.unread, script.pictures);
    const conversation = this.#find(id);
    conversation.documents = [...conversation.documents, document];
    return document;
  }

  #script(): Script {
    return this.scripts.shift() ?? { reading: [], words: ["Voici ", "une ", "réponse."], end: {} };
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.pace));
  }

  send(line: Line, message: unknown): void {
    const index = this.#order.get(line.id) ?? 0;
    this.#order.set(line.id, index + 1);
    (window as unknown as { __TAURI_INTERNALS__: { runCallback(id: number, data: unknown): void } }).__TAURI_INTERNALS__.runCallback(line.id, { message, index });
  }
}

export function trouble(code: Trouble["code"], cause: string, remedy: string): Trouble {
  return { code, cause, remedy };
}
