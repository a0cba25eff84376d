// Generated from Rust by the test `bindings_are_current`; not to be edited.
import { call, type Channel } from "./bridge";

export type Code = "modelAbsent" | "modelNotFound" | "modelUnreadable" | "modelNotGguf" | "modelTruncated" | "modelMalformed" | "modelArchitecture" | "modelTensorType" | "modelTokenizer" | "modelTemplate" | "modelMemory" | "modelDigest" | "modelLoading" | "textTooLong" | "answerBusy" | "documentEmpty" | "documentTooLarge" | "documentFormat" | "documentEncrypted" | "documentBroken" | "documentUnread" | "documentTooSlow" | "documentMemory" | "documentCancelled" | "readerMissing" | "readerDied" | "fileUnreadable" | "historyKeyMissing" | "historyWrongKey" | "historyKeyTypo" | "historyKeyFileDamaged" | "historyDamaged" | "historyNewer" | "historyInUse" | "historyUnreadable" | "historyNotReady" | "historyExists" | "diskFull" | "recoveryMismatch" | "passphraseNeeded" | "conversationGone" | "documentGone" | "unexpected";

export type Trouble = { 
/**
 * What to act on; never the text.
 */
code: Code, 
/**
 * What happened, in French.
 */
cause: string, 
/**
 * What to do, in French.
 */
remedy: string, };

export type HistoryState = { "state": "firstStart" } | { "state": "open" } | { "state": "locked", 
/**
 * Why, in French.
 */
trouble: Trouble, 
/**
 * A passphrase was set, so it may be asked for.
 */
passphrase: boolean, };

export type AppState = { 
/**
 * Whether the history is open.
 */
history: HistoryState, 
/**
 * The build, for the foot of the settings.
 */
version: string, };

export type Setup = { 
/**
 * The printed recovery key, in groups.
 */
recoveryKey: Array<string>, 
/**
 * Zero-based indices of the groups that must be typed back.
 */
asked: Array<number>, 
/**
 * Whether the operating system's keychain answered; without it a passphrase is required.
 */
keychain: boolean, };

export type SetupAnswer = { 
/**
 * The groups asked for, in the order of [`Setup::asked`].
 */
groups: Array<string>, 
/**
 * Required when no keychain answers.
 */
passphrase: string | null, };

export type Unlock = { "with": "recoveryKey", "value": string } | { "with": "passphrase", "value": string };

export type DocumentSummary = { 
/**
 * Identifier.
 */
id: number, 
/**
 * File name as given.
 */
name: string, 
/**
 * Number of pages.
 */
pages: number, 
/**
 * Pages without any readable text: named, never silently ignored.
 */
unreadPages: Array<number>, 
/**
 * When it was attached.
 */
addedAt: number, };

export type MessageState = "complete" | "writing" | "stopped" | "interrupted" | "failed";

export type Role = "user" | "assistant";

export type Source = { 
/**
 * The document.
 */
document: number, 
/**
 * Its name, shortened for a button.
 */
label: string, 
/**
 * The page.
 */
page: number, };

export type Citation = { 
/**
 * Offset in the answer's text after which the citation stands, in UTF-16 code units.
 */
after: number, 
/**
 * The document.
 */
document: number, 
/**
 * Its name, shortened for a button.
 */
label: string, 
/**
 * The page.
 */
page: number, 
/**
 * The passage of the page that supports the sentence, as the page has it.
 */
quote: string, 
/**
 * The answer repeats the passage letter for letter (spaces and quotes aside).
 */
verbatim: boolean, };

export type NoticeKind = "turnsDropped" | "passagesOnly" | "unsupported" | "lengthReached" | "unreadPages";

export type Notice = { 
/**
 * What it is about.
 */
kind: NoticeKind, 
/**
 * The sentence, in French.
 */
text: string, };

export type Message = { 
/**
 * Identifier.
 */
id: number, 
/**
 * Who speaks.
 */
role: Role, 
/**
 * Markdown for the assistant, plain text for the user.
 */
text: string, 
/**
 * Where it stands.
 */
state: MessageState, 
/**
 * When it was begun.
 */
createdAt: number, 
/**
 * Where the answer's sentences come from, by `after`.
 */
citations: Array<Citation>, 
/**
 * The pages that the model was given to answer from.
 */
sources: Array<Source>, 
/**
 * What the agent must know about how this answer was made, in French.
 */
notices: Array<Notice>, 
/**
 * Why it failed.
 */
trouble: Trouble | null, };

export type Conversation = { 
/**
 * Identifier.
 */
id: number, 
/**
 * Title.
 */
title: string, 
/**
 * What was typed and not yet sent.
 */
draft: string, 
/**
 * Documents attached, oldest first.
 */
documents: Array<DocumentSummary>, 
/**
 * Messages, oldest first.
 */
messages: Array<Message>, };

export type ConversationSummary = { 
/**
 * Identifier.
 */
id: number, 
/**
 * Title, from the first question unless renamed.
 */
title: string, 
/**
 * Last change.
 */
updatedAt: number, };

export type AnswerEvent = { "type": "started", 
/**
 * The conversation, created if the message opened one.
 */
conversation: ConversationSummary, 
/**
 * The question, absent when an answer is made again.
 */
question: Message | null, 
/**
 * The answer, empty and being written.
 */
answer: Message, } | { "type": "reading", 
/**
 * Tokens read.
 */
done: number, 
/**
 * Tokens to read.
 */
total: number, 
/**
 * Seconds left at the pace so far; absent until it is known.
 */
secondsLeft: number | null, } | { "type": "text", 
/**
 * What to append.
 */
text: string, } | { "type": "ended", 
/**
 * The answer.
 */
answer: Message, };

export type PageBlock = { 
/**
 * Heading or running text.
 */
heading: boolean, 
/**
 * Its text, lines joined.
 */
text: string, };

export type PageView = { 
/**
 * The document.
 */
document: DocumentSummary, 
/**
 * The page shown.
 */
page: number, 
/**
 * Its blocks, in reading order.
 */
blocks: Array<PageBlock>, };

export type ReadingProgress = { 
/**
 * Pages read.
 */
done: number, 
/**
 * Pages in all, once known.
 */
total: number | null, };

export type ModelFacts = { 
/**
 * Name, from the file.
 */
name: string, 
/**
 * Architecture, from the file.
 */
architecture: string, 
/**
 * Quantisation of most weights.
 */
quantisation: string, 
/**
 * Parameters.
 */
parameters: number, 
/**
 * File size in bytes.
 */
bytes: number, 
/**
 * Context in use, in tokens.
 */
context: number, };

export type ModelStatus = { "state": "absent", 
/**
 * What to do.
 */
trouble: Trouble, } | { "state": "loading", 
/**
 * Name.
 */
name: string, 
/**
 * 0 to 1.
 */
fraction: number, } | { "state": "ready", 
/**
 * Facts for the detail.
 */
model: ModelFacts, } | { "state": "failed", 
/**
 * Why and what to do.
 */
trouble: Trouble, };

/** Every promise rejects with a `Trouble`. */
export const commands = {
  appState: () => call<AppState>("app_state"),
  setupBegin: () => call<Setup>("setup_begin"),
  setupConfirm: (answer: SetupAnswer) => call<AppState>("setup_confirm", { answer }),
  unlock: (unlock: Unlock) => call<AppState>("unlock", { unlock }),
  cspViolation: () => call<void>("csp_violation"),
  conversationList: (query: string) => call<Array<ConversationSummary>>("conversation_list", { query }),
  conversationCreate: () => call<Conversation>("conversation_create"),
  conversationOpen: (id: number) => call<Conversation>("conversation_open", { id }),
  conversationRename: (id: number, title: string) => call<void>("conversation_rename", { id, title }),
  conversationDelete: (id: number) => call<void>("conversation_delete", { id }),
  draftLoad: (conversation: number | null) => call<string>("draft_load", { conversation }),
  draftSave: (conversation: number | null, text: string) => call<void>("draft_save", { conversation, text }),
  answerSend: (conversation: number | null, text: string, events: Channel<AnswerEvent>) => call<void>("answer_send", { conversation, text, events }),
  answerAgain: (conversation: number, events: Channel<AnswerEvent>) => call<void>("answer_again", { conversation, events }),
  answerStop: () => call<void>("answer_stop"),
  documentAttach: (conversation: number, ticket: number, name: string, progress: Channel<ReadingProgress>) => call<DocumentSummary>("document_attach", { conversation, ticket, name, progress }),
  documentCancel: (ticket: number) => call<void>("document_cancel", { ticket }),
  documentDetach: (conversation: number, document: number) => call<void>("document_detach", { conversation, document }),
  documentPage: (document: number, page: number) => call<PageView>("document_page", { document, page }),
  modelWatch: (events: Channel<ModelStatus>) => call<void>("model_watch", { events }),
  modelReload: () => call<void>("model_reload"),
  documentUpload: (bytes: Uint8Array) => call<number>("document_upload", bytes),
};
