import { beforeEach, expect, test } from "vitest";
import { House, trouble } from "../../../tests/house/house";
import { App } from "./app.svelte";
import { Source } from "./source.svelte";

let house: House;
let app: App;

beforeEach(async () => {
  house = new House().install();
  house.conversation("Cantine", 2, { messages: [house.message("user", "le tarif des repas")] });
  house.conversation("Urbanisme", 1);
  app = new App();
  await app.start();
});

test("the search answers from what was said, and the last question wins", async () => {
  const release: (() => void)[] = [];
  const list = house.list.bind(house);
  house.override("conversation_list", async ({ query }) => {
    if (query === "lent") await new Promise<void>((resolve) => release.push(resolve));
    return list(query as string);
  });
  const slow = app.conversations.search("lent");
  await app.conversations.search("repas");
  release[0]?.();
  await slow;
  expect(app.conversations.list.map(({ title }) => title)).toEqual(["Cantine"]);
});

test("a conversation that is gone is said so, and leaves the list", async () => {
  const [gone] = app.conversations.list;
  house.conversations.delete(gone?.id ?? 0);
  await app.open(gone?.id ?? 0);
  expect(app.conversations.trouble?.code).toBe("conversationGone");
  expect(app.conversations.current.id).toBeNull();
});

test("erasing the one at hand leads home; a refusal erases nothing", async () => {
  const [first] = app.conversations.list;
  const id = first?.id ?? 0;
  await app.open(id);
  house.faults.set("conversation_delete", trouble("diskFull", "a", "b"));
  expect(await app.conversations.remove(id)).toBe(false);
  expect(app.conversations.current.id).toBe(id);
  expect(await app.conversations.remove(id)).toBe(true);
  expect(app.conversations.current.id).toBeNull();
  expect(app.conversations.list.map(({ title }) => title)).toEqual(["Urbanisme"]);
});

test("a name that could not be kept goes back to the old one", async () => {
  await app.open(app.conversations.list[0]?.id ?? 0);
  house.faults.set("conversation_rename", trouble("diskFull", "a", "b"));
  await app.conversations.current.rename("Repas");
  expect(app.conversations.current.title).toBe("Cantine");
  await app.conversations.current.rename("  Repas ");
  expect(app.conversations.list[0]?.title).toBe("Repas");
  await app.conversations.current.rename("   ");
  expect(app.conversations.current.title).toBe("Repas");
});

test("the first start opens only when the note is right, and keeps the trouble otherwise", async () => {
  house.state = { history: { state: "firstStart" }, version: "0.1.0", formats: ["pdf", "txt"], violations: 0 };
  const fresh = new App();
  await fresh.start();
  expect(fresh.history?.state).toBe("firstStart");
  await fresh.setup();
  await fresh.confirm({ groups: ["9HRW", "XXXX"], passphrase: null });
  expect(fresh.history?.state).toBe("firstStart");
  expect(fresh.trouble?.code).toBe("recoveryMismatch");
  await fresh.confirm({ groups: ["9hrw", "m6yj"], passphrase: null });
  expect(fresh.history?.state).toBe("open");
  expect(fresh.conversations.list).toHaveLength(2);
});

test("whatever is not a trouble becomes one", async () => {
  house.override("app_state", () => {
    throw "invalid args";
  });
  const fresh = new App();
  await fresh.start();
  expect(fresh.history).toBeNull();
  expect(fresh.trouble?.code).toBe("unexpected");
});

test("the model is followed from its load to its state", () => {
  house.tell({ state: "loading", name: "M", fraction: 0.5 });
  expect(app.model.status).toEqual({ state: "loading", name: "M", fraction: 0.5 });
  const why = trouble("modelMemory", "a", "b");
  house.tell({ state: "failed", trouble: why });
  expect(app.model.trouble).toEqual(why);
});

test("of two pages asked, the last asked is shown; closing forgets", async () => {
  const document = house.document("a.pdf", [[{ heading: false, text: "un" }], [{ heading: false, text: "deux" }]]);
  const kept = house.conversation("Doc", 3, { documents: [document] });
  await app.open(kept.id);
  const source = new Source();
  const citation = { after: 1, document: document.id, label: "a", page: 1, quote: "un", verbatim: true };
  await Promise.all([source.read(document.id, 2), source.cite(citation)]);
  expect(source.view?.page).toBe(1);
  expect(source.here).toBe(source.citation);
  await source.turn(1);
  expect([source.view?.page, source.here]).toEqual([2, null]);
  await source.turn(1);
  expect(source.view?.page).toBe(2);
  await source.back();
  expect(source.view?.page).toBe(1);
  const pending = source.read(document.id, 2);
  source.close();
  await pending;
  expect([source.shown, source.view]).toEqual([false, null]);
  await source.read(document.id, 9);
  expect(source.trouble?.code).toBe("documentGone");
});
