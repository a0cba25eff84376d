// Generated from Rust by the test `bindings_are_current`; not to be edited.
import { call, type Channel } from "./bridge";

export type AnswerEvent = { "type": "started", conversation: ConversationSummary, question: Message | null, answer: Message, } | { "type": "looking", picture: number, pictures: number, fraction: number, } | { "type": "reading", done: number, total: number, secondsLeft: number | null, } | { "type": "text", text: string, } | { "type": "ended", answer: Message, };

export type AppState = { history: HistoryState, version: string, formats: Array<string>, violations: number, };

export type Citation = { after: number, document: number, label: string, page: number, quote: string, verbatim: boolean, };

export type Code = "modelAbsent" | "modelNotFound" | "modelUnreadable" | "modelNotGguf" | "modelTruncated" | "modelMalformed" | "modelArchitecture" | "modelTensorType" | "modelTokenizer" | "modelTemplate" | "modelLacks" | "modelMemory" | "modelTooLarge" | "modelDigest" | "modelTerms" | "modelVision" | "modelLoading" | "textTooLong" | "answerBusy" | "documentEmpty" | "documentTooLarge" | "documentFormat" | "documentEncrypted" | "documentBroken" | "documentUnread" | "documentTooSlow" | "documentMemory" | "documentCancelled" | "pictureTooLarge" | "pictureTooThin" | "pictureUnseen" | "readerMissing" | "readerDied" | "fileUnreadable" | "historyKeyMissing" | "historyWrongKey" | "historyKeyTypo" | "historyKeyFileDamaged" | "historyDamaged" | "historyNewer" | "historyInUse" | "historyUnreadable" | "historyNotReady" | "historyExists" | "diskFull" | "recoveryMismatch" | "passphraseNeeded" | "conversationGone" | "documentGone" | "unexpected";

export type Conversation = { id: number, title: string, draft: string, documents: Array<DocumentSummary>, messages: Array<Message>, };

export type ConversationSummary = { id: number, title: string, updatedAt: number, };

export type DocumentSummary = { id: number, name: string, pages: number, unreadPages: Array<number>, picturePages: Array<number>, addedAt: number, };

export type HistoryState = { "state": "firstStart" } | { "state": "open" } | { "state": "locked", trouble: Trouble, passphrase: boolean, };

export type Message = { id: number, role: Role, text: string, state: MessageState, createdAt: number, citations: Array<Citation>, sources: Array<Source>, notices: Array<Notice>, trouble: Trouble | null, };

export type MessageState = "complete" | "writing" | "stopped" | "interrupted" | "failed";

export type ModelFacts = { name: string, architecture: string, quantisation: string, parameters: number, bytes: number, context: number, cache: string, memory: number, sees: boolean, };

export type ModelStatus = { "state": "absent", trouble: Trouble, } | { "state": "loading", name: string, fraction: number, } | { "state": "ready", model: ModelFacts, } | { "state": "failed", trouble: Trouble, };

export type Notice = { kind: NoticeKind, text: string, };

export type NoticeKind = "turnsDropped" | "passagesOnly" | "unsupported" | "lengthReached" | "unreadPages" | "picturesUnseen" | "fromPictures" | "picturesReduced" | "picturesMissed";

export type PageBlock = { heading: boolean, text: string, };

export type PageView = { document: DocumentSummary, page: number, blocks: Array<PageBlock>, picture: PictureSize | null, };

export type PictureSize = { width: number, height: number, };

export type ReadingProgress = { done: number, total: number | null, };

export type Role = "user" | "assistant";

export type Setup = { recoveryKey: Array<string>, asked: Array<number>, keychain: boolean, };

export type SetupAnswer = { groups: Array<string>, passphrase: string | null, };

export type Source = { document: number, label: string, page: number, };

export type Trouble = { code: Code, cause: string, remedy: string, };

export type Unlock = { "with": "recoveryKey", "value": string } | { "with": "passphrase", "value": string };

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
  documentPicture: (document: number, page: number) => call<ArrayBuffer>("document_picture", { document, page }),
  documentUpload: (bytes: Uint8Array) => call<number>("document_upload", bytes),
};
