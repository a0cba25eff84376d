import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { House, trouble } from "../../../tests/house/house";
import TalkStand from "../../../tests/house/TalkStand.svelte";
import { App } from "../state/app.svelte";

let house: House;
let app: App;
let stand: ReturnType<typeof mount>;
let target: HTMLElement;
let held: Set<string>;

beforeEach(() => {
  house = new House().install();
  held = new Set();
  vi.spyOn(URL, "createObjectURL").mockImplementation(() => {
    const address = `blob:picture-${held.size}`;
    held.add(address);
    return address;
  });
  vi.spyOn(URL, "revokeObjectURL").mockImplementation((address) => void held.delete(address));
  app = new App();
  target = document.createElement("div");
  document.body.append(target);
});
afterEach(async () => {
  await unmount(stand);
  target.remove();
  vi.restoreAllMocks();
});

/** A conversation with a photograph and a scan of which the second page has text. */
async function open(): Promise<void> {
  const photo = house.document("lavoir.jpg", [[]], [], [1]);
  const scan = house.document("bail.pdf", [[], [{ heading: false, text: "Signé le maire" }]], [], [1]);
  const { id } = house.conversation("Lavoir", 1, { documents: [photo, scan] });
  await app.open(id);
  stand = mount(TalkStand, { target, props: { app } });
  flushSync();
  await vi.waitFor(() => expect(target.querySelectorAll(".documents img")).toHaveLength(2));
}

const button = (name: RegExp) => [...target.querySelectorAll("button")].find(({ title, textContent }) => name.test(`${title} ${textContent}`));

test("a picture is listed by what it shows, and its button says that it is one", async () => {
  await open();
  const [shown] = target.querySelectorAll<HTMLImageElement>(".documents img");
  expect(shown?.src).toMatch(/^blob:/);
  expect(shown?.alt).toBe("Image");
  expect(shown?.closest("button")?.textContent).toContain("lavoir.jpg");
});

test("it opens beside at its own size, the next page as text, and is forgotten when closed", async () => {
  await open();
  button(/Lire «\u00A0bail/)?.click();
  await vi.waitFor(() => expect(target.querySelector(".paper img")).not.toBeNull());
  expect(target.querySelector<HTMLImageElement>(".paper img")?.alt).toBe("Image de la page 1 de «\u00A0bail.pdf\u00A0»");
  expect(target.querySelector(".paper")?.textContent).toContain("aucun texte");
  button(/Taille réelle/)?.click();
  flushSync();
  expect(target.querySelector(".picture.actual")).not.toBeNull();
  expect(held.size).toBe(3);
  button(/Page suivante/)?.click();
  await vi.waitFor(() => expect(target.querySelector(".paper")?.textContent).toContain("Signé le maire"));
  expect(target.querySelector(".paper img")).toBeNull();
  expect(button(/Taille réelle/)).toBeUndefined();
  expect(held.size).toBe(2);
});

test("a picture that cannot be had says so", async () => {
  await open();
  house.faults.set("document_picture", trouble("documentGone", "Parti.", "Joignez-le de nouveau."));
  button(/Lire «\u00A0lavoir/)?.click();
  await vi.waitFor(() => expect(target.querySelector(".paper")?.textContent).toContain("n’a pas pu être affichée"));
});

test("a picture of the clipboard is joined, named by its moment", async () => {
  await open();
  house.readings = [{ pages: [[]], pictures: [1] }];
  const paste = new Event("paste", { bubbles: true, cancelable: true });
  const files = [new File(["dots"], "image.png", { type: "image/png" })];
  Object.assign(paste, { clipboardData: { files, types: ["Files"] } });
  target.querySelector("textarea")?.dispatchEvent(paste);
  await vi.waitFor(() => expect(app.conversations.current.documents).toHaveLength(3));
  expect(app.conversations.current.documents[2]?.name).toMatch(/^Image collée à \d\d:\d\d:\d\d\.png$/);
  expect(paste.defaultPrevented).toBe(true);
});
