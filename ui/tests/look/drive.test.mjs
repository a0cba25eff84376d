// What only a real browser can prove of the built page: `npm run drive`.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { houseScript, launch, serve } from "./page.mjs";

let browser, server, script, page;

before(async () => {
  [browser, server, script] = await Promise.all([launch(), serve(), houseScript()]);
});
after(async () => {
  await browser.close();
  server.close();
});
beforeEach(async () => {
  await page?.context().close();
  const own = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: "fr-FR", permissions: ["clipboard-read", "clipboard-write"] });
  page = await own.newPage();
  page.on("pageerror", (error) => assert.fail(error.message));
  await page.addInitScript(script);
});

const composer = () => page.getByRole("textbox", { name: "Votre question ou votre texte" });
const focused = () => page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent.trim());
const open = async (scene) => {
  await page.goto(`${server.address}/?scene=${scene}`);
  await composer().waitFor();
};
const cantine = async (scene = "home") => {
  await open(scene);
  await page.getByRole("button", { name: /^Cantine/ }).click();
  await page.getByRole("heading", { level: 1, name: /^Cantine/ }).waitFor();
};
/** A long answer, written word by word. */
const longAnswer = () =>
  page.evaluate(() => {
    const words = Array.from({ length: 60 }, (_, i) => `Paragraphe ${i} de la réponse, assez long pour tenir une ligne.\n\n`);
    window.house.pace = 8;
    window.house.scripts = [{ reading: [], words, end: {} }];
  });
const thread = () => page.getByRole("region", { name: "Échanges" });

test("while an answer is written, what is on screen stays the same elements", async () => {
  await cantine();
  await longAnswer();
  await composer().fill("Résume");
  await page.keyboard.press("Enter");
  const words = page.locator(".answer").last().locator(".words");
  await words.getByText("Paragraphe 5 ").waitFor();
  await words.evaluate((node) => {
    window.early = [...node.children].slice(0, 5);
    window.changes = 0;
    for (const child of window.early) new MutationObserver((list) => (window.changes += list.length)).observe(child, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  await words.getByText("Paragraphe 59 ").waitFor();
  await page.getByText("Réponse en cours…").waitFor({ state: "hidden" });
  const kept = await words.evaluate((node) => window.early.every((child, i) => node.children[i] === child));
  assert.ok(kept, "the same elements");
  assert.equal(await page.evaluate(() => window.changes), 0, "untouched");
});

test("the end is followed by who is at the end, and by nobody else", async () => {
  await cantine();
  await longAnswer();
  await composer().fill("Résume");
  await page.keyboard.press("Enter");
  const words = page.locator(".answer").last().locator(".words");
  await words.getByText("Paragraphe 30 ").waitFor();
  assert.ok(await thread().evaluate((pane) => pane.scrollHeight - pane.scrollTop - pane.clientHeight < 60), "followed");
  await thread().hover();
  await page.mouse.wheel(0, -600);
  await page.waitForTimeout(60);
  const place = await thread().evaluate((pane) => pane.scrollTop);
  await words.getByText("Paragraphe 59 ").waitFor();
  assert.equal(await thread().evaluate((pane) => pane.scrollTop), place, "the reader's place is theirs");
  await page.getByRole("button", { name: "Aller à la fin" }).click();
  assert.ok(await thread().evaluate((pane) => pane.scrollHeight - pane.scrollTop - pane.clientHeight < 2), "back at the end");
});

test("by keyboard alone: write, send, open a source, come back, make again, rename, erase", async () => {
  await open("home");
  assert.equal(await focused(), "Votre question ou votre texte");
  const reach = async (name, key = "Tab") => {
    for (let i = 0; i < 60; i += 1) {
      if (name.test(await focused())) return;
      await page.keyboard.press(key);
    }
    assert.fail(`${name} is not reached by ${key}: at « ${await focused()} »`);
  };
  await reach(/^Cantine/, "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: /^Cantine/ }).waitFor();
  assert.equal(await focused(), "Votre question ou votre texte");
  await page.keyboard.type("Une ligne");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("puis l’autre");
  assert.equal(await composer().inputValue(), "Une ligne\npuis l’autre");
  await page.keyboard.press("Enter");
  await page.getByText("Voici une réponse.").first().waitFor();
  assert.equal(await composer().inputValue(), "");
  await reach(/Ouvrir la source\s: Délibération, p\.\s2$/, "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.locator("mark").waitFor();
  assert.match(await focused(), /^Délibération 2026-47/);
  await reach(/^Page suivante/);
  await page.keyboard.press("Enter");
  await page.getByText("Page 3 sur 4").waitFor();
  await page.keyboard.press("Escape");
  assert.match(await focused(), /Ouvrir la source\s: Délibération, p\.\s2$/);
  assert.equal(await page.getByRole("complementary").count(), 0);
  await reach(/^Refaire$/);
  await page.keyboard.press("Enter");
  await reach(/^Renommer/, "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.keyboard.type("Repas");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Repas" }).waitFor();
  assert.match(await focused(), /^Renommer/);
  await reach(/^Supprimer «\sRepas\s»/, "Shift+Tab");
  await page.keyboard.press("Enter");
  assert.equal(await focused(), "Annuler");
  await page.keyboard.press("Escape");
  assert.match(await focused(), /^Supprimer «\sRepas\s»/);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: /^Bonjour/ }).waitFor();
  assert.notEqual(await focused(), "", "the keyboard is still somewhere");
});

test("a megabyte pasted: each key stays quick, and the text is sent whole", async () => {
  await open("home");
  const text = "Le conseil municipal, après en avoir délibéré, décide. ".repeat(19_100);
  await composer().evaluate((area, text) => {
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }, text);
  await page.waitForTimeout(700);
  const slowest = await page.evaluate(async () => {
    let worst = 0;
    for (let i = 0; i < 10; i += 1) {
      const start = performance.now();
      document.execCommand("insertText", false, "a");
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      worst = Math.max(worst, performance.now() - start);
    }
    return worst;
  });
  console.log(`slowest of ten keys with ${text.length} characters: ${Math.round(slowest)} ms`);
  assert.ok(slowest < 250, `a key took ${slowest} ms`);
  await composer().press("Enter");
  await page.getByText("Voici une réponse.").first().waitFor();
  const sent = await page.evaluate(() => window.house.log.find(({ command }) => command === "answer_send").args.text.length);
  assert.equal(sent, text.length + 10);
});

test("copying gives rich and plain text, and leaves the focus and the selection", async () => {
  await cantine();
  const copy = page.getByRole("button", { name: "Copier" });
  await copy.click();
  const kinds = await page.evaluate(async () => {
    const [item] = await navigator.clipboard.read();
    return Promise.all(["text/plain", "text/html"].map(async (kind) => (await item.getType(kind)).text()));
  });
  assert.match(kinds[0], /^Le repas est fixé à 3,85 € pour un enfant de la commune\.\s\(Délibération, p\.\s2\) Ce tarif/);
  assert.match(kinds[1], /<strong>3,85 €<\/strong>/);
  assert.equal(await focused(), "Copier");
  await page.getByText("Copié").waitFor();
});

test("files dropped anywhere are joined, and the window does not leave for them", async () => {
  await open("documents");
  await composer().fill("Ma question");
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.items.add(new File(["x"], "Délibération.pdf"));
    document.querySelector("footer").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
  });
  await page.getByRole("button", { name: /^Délibération\.pdf/ }).waitFor();
  assert.equal(await composer().inputValue(), "Ma question", "what was typed is still there");
  assert.equal(await focused(), "Votre question ou votre texte");
});

test("the draft comes back after the window was closed", async () => {
  await open("home");
  await composer().pressSequentially("À finir demain");
  await page.waitForTimeout(400);
  const saved = await page.evaluate(() => window.house.drafts.get(null));
  assert.equal(saved, "À finir demain");
});

test("folded, the rail opens over the page, and Escape gives the keyboard back", async () => {
  await page.setViewportSize({ width: 683, height: 384 });
  await open("home");
  await page.getByRole("button", { name: "Ouvrir la liste des conversations" }).click();
  assert.equal(await focused(), "Rechercher dans toutes les conversations");
  await page.keyboard.press("Escape");
  assert.equal(await focused(), "Ouvrir la liste des conversations");
  assert.ok(await page.getByRole("searchbox").isHidden());
});

test("the recovery key is alone on its printed sheet", async () => {
  await page.goto(`${server.address}/?scene=first`);
  await page.getByText("K7QM").waitFor();
  await page.emulateMedia({ media: "print" });
  const printed = await page.locator("main").innerText();
  assert.match(printed, /clé de secours de l’historique[^]*K7QM[^]*TQ5G[^]*Imprimée le/);
  assert.doesNotMatch(printed, /Bienvenue|J’ai noté/);
});

test("what the policy refuses is told to the shell", async () => {
  await open("home");
  await page.evaluate(() => {
    const style = document.createElement("style");
    style.textContent = "body { color: red }";
    document.head.append(style);
  });
  await page.waitForFunction(() => window.house.violations > 0);
  assert.deepEqual(await page.evaluate(() => window.refused.map((line) => line.split(" ")[0])), ["style-src-elem"]);
});
