import { beforeEach, describe, expect, test, vi } from "vitest";
import { House, trouble } from "../../../tests/house/house";
import { Conversations } from "./conversations.svelte";

const full = trouble("diskFull", "Le disque est plein.", "Libérez de la place.");
let house: House;
let desk: Conversations;

beforeEach(() => {
  house = new House().install();
  desk = new Conversations();
});

const texts = () => desk.current.messages.map(({ role, text, state }) => `${role} ${state}: ${text}`);
const commands = (name: string) => house.log.filter(({ command }) => command === name).map(({ args }) => args);
const file = (name: string) => new File(["contenu"], name);

describe("sending", () => {
  test("home becomes a conversation, its draft leaves with the question", async () => {
    desk.current.draft.type("Quel tarif ?");
    await desk.current.send();
    expect(texts()).toEqual(["user complete: Quel tarif ?", "assistant complete: Voici une réponse."]);
    expect(desk.current.id).not.toBeNull();
    expect(desk.current.draft.text).toBe("");
    expect(house.drafts.get(null)).toBe("");
    expect(desk.list.map(({ title }) => title)).toEqual(["Quel tarif ?"]);
  });

  test("a refusal leaves the question in the composer and says why", async () => {
    house.scripts = [{ reading: [], words: [], end: {}, refused: full }];
    desk.current.draft.type("Quel tarif ?");
    await desk.current.send();
    expect(desk.current.trouble).toEqual(full);
    expect(desk.current.draft.text).toBe("Quel tarif ?");
    expect(desk.current.messages).toEqual([]);
    await desk.current.send();
    expect(desk.current.trouble).toBeNull();
    expect(texts()).toHaveLength(2);
  });

  test("a failure on the way keeps what was written, with its trouble", async () => {
    house.scripts = [{ reading: [], words: ["Le repas"], end: { state: "failed", trouble: full } }];
    desk.current.draft.type("?");
    await desk.current.send();
    expect(desk.current.messages.at(-1)).toMatchObject({ text: "Le repas", state: "failed", trouble: full });
    expect(desk.current.trouble).toBeNull();
  });

  test("what is typed while the question leaves is kept", async () => {
    house.scripts = [{ reading: [], words: ["a"], end: {}, stall: true }];
    desk.current.draft.type("première");
    const sent = desk.current.send();
    desk.current.draft.type("première et la suite");
    await vi.waitFor(() => expect(desk.current.messages).toHaveLength(2));
    expect(desk.current.draft.text).toBe("première et la suite");
    await desk.current.stop();
    await sent;
    expect(house.conversations.get(desk.current.id ?? 0)?.draft).toBe("première et la suite");
  });

  test("progress is told until the first word", async () => {
    house.scripts = [{ reading: [{ done: 1, total: 4, secondsLeft: 9 }], words: ["a"], end: {}, stall: true }];
    house.pace = 150;
    desk.current.draft.type("?");
    const sent = desk.current.send();
    await vi.waitFor(() => expect(desk.current.progress).toEqual({ what: "words", done: 1, total: 4, secondsLeft: 9 }));
    await vi.waitFor(() => expect(desk.current.messages.at(-1)?.text).toBe("a"));
    expect(desk.current.progress).toBeNull();
    await desk.current.stop();
    await sent;
    expect(desk.current.messages.at(-1)?.state).toBe("stopped");
    expect(desk.writing).toBeNull();
  });

  test("pictures are looked at before the words are read", async () => {
    house.scripts = [{ looking: [{ picture: 1, pictures: 2, fraction: 0.5 }], reading: [], words: [], end: {}, stall: true }];
    desk.current.draft.type("?");
    const sent = desk.current.send();
    await vi.waitFor(() => expect(desk.current.progress).toEqual({ what: "picture", picture: 1, pictures: 2, done: 0.5, total: 1 }));
    await desk.current.stop();
    await sent;
    expect(desk.current.progress).toBeNull();
  });

  test("when the command's answer overtakes the last events, the disk has the last word", async () => {
    const kept = house.conversation("Cantine", 1, { messages: [house.message("user", "?"), house.message("assistant", "tout")] });
    await desk.open(kept.id);
    const begun = { ...kept.messages[1], text: "", state: "writing" as const };
    house.override("answer_again", ({ events }) => house.send(events as { id: number }, { type: "started", conversation: kept, question: null, answer: begun }));
    await desk.current.again();
    expect(texts()).toEqual(["user complete: ?", "assistant complete: tout"]);
  });

  test("making an answer again replaces the last one; refused, it stays", async () => {
    const kept = house.conversation("Cantine", 1, { messages: [house.message("user", "?"), house.message("assistant", "ancien")] });
    await desk.open(kept.id);
    house.scripts = [{ reading: [], words: [], end: {}, refused: full }, { reading: [], words: ["neuf"], end: {} }];
    await desk.current.again();
    expect(texts()).toEqual(["user complete: ?", "assistant complete: ancien"]);
    expect(desk.current.trouble).toEqual(full);
    await desk.current.again();
    expect(texts()).toEqual(["user complete: ?", "assistant complete: neuf"]);
  });
});

describe("one answer at a time", () => {
  test("elsewhere nothing is sent, and the one being written is found again as it is", async () => {
    const other = house.conversation("Autre", 1);
    house.scripts = [{ reading: [], words: ["Le ", "repas"], end: {}, stall: true }];
    desk.current.draft.type("Quel tarif ?");
    const sent = desk.current.send();
    await vi.waitFor(() => expect(desk.current.messages.at(-1)?.text).toBe("Le repas"));
    const first = desk.current;
    await desk.open(other.id);
    desk.current.draft.type("Et moi ?");
    await desk.current.send();
    expect(commands("answer_send")).toHaveLength(1);
    expect(desk.current.draft.text).toBe("Et moi ?");
    await desk.open(first.id ?? 0);
    expect(desk.current).toBe(first);
    expect(desk.current.messages.at(-1)?.text).toBe("Le repas");
    await desk.current.stop();
    await sent;
  });
});

describe("drafts", () => {
  test("are kept after a pause, not at each key, and come back", async () => {
    vi.useFakeTimers();
    const kept = house.conversation("Cantine", 1);
    await desk.open(kept.id);
    desk.current.draft.type("B");
    desk.current.draft.type("Bo");
    await vi.advanceTimersByTimeAsync(299);
    expect(commands("draft_save")).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(commands("draft_save")).toEqual([{ conversation: kept.id, text: "Bo" }]);
    vi.useRealTimers();
    await desk.fresh();
    await desk.open(kept.id);
    expect(desk.current.draft.text).toBe("Bo");
  });

  test("are kept at once when another conversation takes the place", async () => {
    const kept = house.conversation("Cantine", 1);
    desk.current.draft.type("À la maison");
    await desk.open(kept.id);
    expect(house.drafts.get(null)).toBe("À la maison");
    await desk.fresh();
    expect(desk.current.draft.text).toBe("À la maison");
  });

  test("that cannot be kept stay on screen and say why", async () => {
    house.faults.set("draft_save", full);
    desk.current.draft.type("Bo");
    await desk.current.draft.flush();
    expect(desk.current.draft).toMatchObject({ text: "Bo", trouble: full });
    await desk.current.draft.flush();
    expect(desk.current.draft.trouble).toBeNull();
  });
});

describe("documents", () => {
  test("each file is read, one may fail without the others, and home's draft follows", async () => {
    house.readings = [{ pages: [[], []], unread: [2] }, { pages: [], refused: full }, { pages: [[]] }];
    desk.current.draft.type("Une question");
    await desk.current.attach([file("a.pdf"), file("b.pdf"), file("c.md")]);
    expect(desk.current.documents.map(({ name, pages, unreadPages }) => [name, pages, unreadPages])).toEqual([["a.pdf", 2, [2]], ["c.md", 1, []]]);
    expect(desk.current.readings.map(({ name, trouble }) => [name, trouble])).toEqual([["b.pdf", full]]);
    expect(commands("conversation_create")).toHaveLength(1);
    expect(house.conversations.get(desk.current.id ?? 0)?.draft).toBe("Une question");
    expect(house.drafts.get(null) ?? "").toBe("");
  });

  test("a reading stopped by the agent says nothing and joins nothing; those after it go on", async () => {
    house.readings = [{ pages: [[], []], stall: true }, { pages: [[]] }];
    const done = desk.current.attach([file("long.pdf"), file("court.txt")]);
    const [long] = desk.current.readings;
    await vi.waitFor(() => expect(long?.progress).toEqual({ done: 1, total: 2 }));
    if (long) await desk.current.dismiss(long);
    await done;
    expect(desk.current.readings).toEqual([]);
    expect(desk.current.documents.map(({ name }) => name)).toEqual(["court.txt"]);
  });

  test("a file that cannot be taken from its place has its own trouble", async () => {
    const gone = file("parti.pdf");
    gone.arrayBuffer = () => Promise.reject(new DOMException("gone", "NotFoundError"));
    await desk.current.attach([gone]);
    expect(desk.current.readings[0]?.trouble).toMatchObject({ code: "fileUnreadable" });
    expect(commands("document_upload")).toEqual([]);
  });

  test("the bytes of a file go up as they are", async () => {
    await desk.current.attach([file("a.txt")]);
    const [sent] = commands("document_upload");
    expect(new TextDecoder().decode(sent as unknown as Uint8Array)).toBe("contenu");
  });
});
