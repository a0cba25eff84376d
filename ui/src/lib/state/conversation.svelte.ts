// One conversation: its messages, its documents, its draft, and the answer being written in it.
import {
  commands, type AnswerEvent, type Conversation as Kept, type DocumentSummary, type Message, type Trouble,
} from "../bridge/bindings";
import { asTrouble, channel, type Channel } from "../bridge/bridge";
import { Draft } from "./draft.svelte";
import { Reading } from "./reading.svelte";

/** Who keeps the list and knows which conversation is being written. */
export interface House {
  writing: Conversation | null;
  refresh(): Promise<void>;
  hold(conversation: Conversation): void;
  release(conversation: Conversation): void;
}

/** How far the demand is read: its pictures one by one, then its words. */
export type Progress =
  | { what: "picture"; picture: number; pictures: number; done: number; total: number }
  | { what: "words"; done: number; total: number; secondsLeft: number | null };

export class Conversation {
  /** Null at home, until something is sent or joined. */
  id = $state<number | null>(null);
  title = $state("");
  documents = $state.raw<DocumentSummary[]>([]);
  messages = $state.raw<Message[]>([]);
  /** Files being read, or that could not be. */
  readings = $state.raw<Reading[]>([]);
  /** Why the last demand failed; shown where the answer would be. */
  trouble = $state<Trouble | null>(null);
  /** How far the demand is read; null before and once the answer begins. */
  progress = $state.raw<Progress | null>(null);
  stopping = $state(false);
  readonly draft = new Draft();
  readonly #house: House;
  #queue: Promise<void> = Promise.resolve();
  #creating: Promise<number> | null = null;

  constructor(house: House) {
    this.#house = house;
  }

  /** An answer is being written here. */
  get writing(): boolean {
    return this.#house.writing === this;
  }

  /** Files wait or are being read. */
  get reading(): boolean {
    return this.readings.some((reading) => reading.trouble === null);
  }

  /** Something here is on the page alone, and would be lost by reading the disk again. */
  get atWork(): boolean {
    return this.writing || this.readings.length > 0;
  }

  /** Takes what the store has. */
  adopt(kept: Kept): void {
    this.id = kept.id;
    this.title = kept.title;
    this.documents = kept.documents;
    this.messages = kept.messages;
    this.draft.adopt(kept.id, kept.draft);
  }

  async loadDraft(): Promise<void> {
    await this.draft.load(this.id);
  }

  /** Before another conversation takes the place: nothing typed is lost. */
  async leave(): Promise<void> {
    await this.draft.flush();
  }

  /** Sends the draft. It leaves the composer only when the question is on disk. */
  async send(): Promise<void> {
    const text = this.draft.text;
    if (text.trim() === "" || this.#house.writing) return;
    await this.draft.flush();
    await this.#answer((events) => commands.answerSend(this.id, text, events), text);
  }

  /** Makes the last answer again. */
  async again(): Promise<void> {
    const { id } = this;
    if (id === null || this.#house.writing) return;
    await this.#answer((events) => commands.answerAgain(id, events), null);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    try {
      await commands.answerStop();
    } catch (error) {
      this.trouble = asTrouble(error);
      this.stopping = false;
    }
  }

  /** Renames; the old title comes back when it could not be kept. */
  async rename(title: string): Promise<void> {
    const before = this.title;
    const after = title.trim();
    if (this.id === null || after === "" || after === before) return;
    this.title = after;
    try {
      await commands.conversationRename(this.id, after);
      await this.#house.refresh();
    } catch (error) {
      this.title = before;
      this.trouble = asTrouble(error);
    }
  }

  /** Joins files, read one after the other; each may fail without the others. */
  async attach(files: readonly File[]): Promise<void> {
    if (files.length === 0) return;
    const readings = files.map((file) => new Reading(file));
    this.readings = [...this.readings, ...readings];
    this.#queue = readings.reduce((before, reading) => before.then(() => this.#read(reading)), this.#queue);
    await this.#queue;
  }

  /** Puts away a file's message, or stops its reading. */
  async dismiss(reading: Reading): Promise<void> {
    this.#drop(reading);
    this.#house.release(this);
    await reading.cancel();
  }

  async detach(document: DocumentSummary): Promise<void> {
    if (this.id === null) return;
    try {
      await commands.documentDetach(this.id, document.id);
      this.documents = this.documents.filter(({ id }) => id !== document.id);
    } catch (error) {
      this.trouble = asTrouble(error);
    }
  }

  async #read(reading: Reading): Promise<void> {
    if (reading.cancelled) return;
    try {
      const id = await this.#ensure();
      this.#house.hold(this);
      const document = await reading.run(id);
      if (document) {
        this.documents = [...this.documents.filter((known) => known.id !== document.id), document];
        this.#drop(reading);
      }
    } catch (error) {
      reading.trouble = asTrouble(error);
    } finally {
      this.#house.release(this);
    }
  }

  #drop(reading: Reading): void {
    this.readings = this.readings.filter((other) => other !== reading);
  }

  /** The id of this conversation, created now if it was home's. */
  async #ensure(): Promise<number> {
    if (this.id !== null) return this.id;
    this.#creating ??= commands.conversationCreate().then(async (kept) => {
      this.id = kept.id;
      this.title = kept.title;
      await this.draft.move(kept.id);
      void this.#house.refresh();
      return kept.id;
    });
    try {
      return await this.#creating;
    } finally {
      this.#creating = null;
    }
  }

  async #answer(ask: (events: Channel<AnswerEvent>) => Promise<void>, sent: string | null): Promise<void> {
    this.trouble = null;
    this.stopping = false;
    this.progress = null;
    this.#house.writing = this;
    let open = false;
    const events = channel<AnswerEvent>((event) => {
      if (event.type === "started") this.#started(event, sent);
      else this.#follow(event);
      if (event.type === "started" || event.type === "ended") open = event.type === "started";
    });
    try {
      await ask(events);
    } catch (error) {
      this.trouble = asTrouble(error);
    }
    // The answer to the command can overtake the last events: the disk has the last word.
    if (open) await this.#reload();
    this.#house.writing = null;
    this.progress = null;
    this.#house.release(this);
    await this.#house.refresh();
  }

  #started(event: Extract<AnswerEvent, { type: "started" }>, sent: string | null): void {
    const { conversation, question, answer } = event;
    if (this.id === null) {
      this.id = conversation.id;
      void this.#house.refresh();
    }
    this.title = conversation.title;
    this.#house.hold(this);
    if (sent !== null) void this.draft.sent(sent, conversation.id);
    this.messages = question
      ? [...this.messages, question, answer]
      : [...this.messages.slice(0, this.messages.at(-1)?.role === "assistant" ? -1 : undefined), answer];
  }

  #follow(event: Exclude<AnswerEvent, { type: "started" }>): void {
    switch (event.type) {
      case "looking":
        this.progress = { what: "picture", picture: event.picture, pictures: event.pictures, done: event.fraction, total: 1 };
        break;
      case "reading":
        this.progress = { what: "words", done: event.done, total: event.total, secondsLeft: event.secondsLeft };
        break;
      case "text":
        this.progress = null;
        this.#replaceLast((message) => ({ ...message, text: message.text + event.text }));
        break;
      case "ended":
        this.#replaceLast(() => event.answer);
        break;
    }
  }

  async #reload(): Promise<void> {
    if (this.id === null) return;
    try {
      const kept = await commands.conversationOpen(this.id);
      this.messages = kept.messages;
      if (kept.messages.at(-1)?.trouble) this.trouble = null;
    } catch (error) {
      this.trouble ??= asTrouble(error);
    }
  }

  #replaceLast(change: (message: Message) => Message): void {
    const last = this.messages.at(-1);
    if (last?.role === "assistant") this.messages = [...this.messages.slice(0, -1), change(last)];
  }
}
