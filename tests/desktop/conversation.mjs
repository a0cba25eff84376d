// A conversation: tokens stream, stop, a document, a citation with its page, and all of it again
// after a restart.
import assert from "node:assert/strict";
import { Window, fixture } from "./window.mjs";

const QUESTION = "Tell me a long story about a village and its bell tower.";
const ABOUT = "Quel est le prix du repas pour un enfant domicilié dans la commune ?";

/** Types into the composer and sends. */
export async function ask(window, question) {
  await window.type("textarea", question);
  await window.click(".composer button.primary");
}

/** Waits for the end of the answer being written; returns its text. */
export async function ended(window, seconds = 180) {
  await window.see(".answer:last-of-type .acts", "", seconds);
  return window.last(".answer .words");
}

export async function conversation(step, home) {
  let window = await Window.open(home);
  let stopped = "";

  await step("conversation: the answer streams, and stops when asked", async () => {
    await window.see("footer", "prêt", 60);
    const sent = Date.now();
    await ask(window, QUESTION);
    const lengths = new Set();
    let first = null;
    while (lengths.size < 6) {
      const length = (await window.last(".answer .words")).length;
      if (length > 0 && first === null) first = Date.now() - sent;
      lengths.add(length);
      assert.ok(Date.now() - sent < 90_000, `only ${lengths.size} lengths seen`);
    }
    await window.screenshot("04-streaming");
    const asked = Date.now();
    await window.click("button", "Arrêter");
    stopped = await ended(window);
    await window.see(".answer", "arrêtée");
    assert.ok(stopped.length > 20, stopped);
    await window.screenshot("05-stopped");
    return { millisecondsToFirstWords: first, millisecondsToStop: Date.now() - asked };
  });

  await step("conversation: the answer is made again", async () => {
    await window.click(".answer button", "Refaire");
    await window.see("button", "Arrêter");
    await window.click("button", "Arrêter");
    await ended(window);
    assert.equal(await window.count(".answer"), 1);
  });

  await step("document: dropped, read, asked about; the answer names its page", async () => {
    await window.click("button", "Nouveau");
    await window.see("h1", "Bonjour");
    await window.drop([fixture("deliberation.pdf")]);
    await window.see(".documents", "deliberation", 60);
    await window.screenshot("06-attached");
    await ask(window, ABOUT);
    const text = await ended(window);
    assert.ok(text.length > 0);
    await window.see(".answer", "Pages lues");
    await window.screenshot("07-answer");
    return { answer: text, citations: await window.count("button.cite") };
  });

  await step("document: the citation opens its page beside, the passage marked", async () => {
    await window.click("button.cite");
    const cited = (await window.last("button.cite")).match(/p\. (\d+)/)?.[1];
    await window.see(".source", " sur 4");
    const marked = await (await window.see(".source mark")).getText();
    assert.ok(marked.length > 10, marked);
    assert.ok(cited >= 1 && cited <= 4, cited);
    await window.screenshot("08-citation");
  });

  await step("document: one that cannot be read says why, and the others stay", async () => {
    await window.drop([fixture("truncated.pdf"), fixture("rules.md")]);
    await window.see(".trouble", "abîmé", 60);
    await window.see(".documents", "rules", 60);
    await window.screenshot("09-broken-document");
  });

  await step("restart: conversations, documents and the text not yet sent are found again", async () => {
    await window.type("textarea", "Un brouillon que je n’ai pas envoyé");
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await window.close();
    window = await Window.open(home);
    await window.click(".rail .open", "Quel est le prix");
    await window.see(".answer", "Pages lues");
    await window.see(".documents", "deliberation");
    assert.equal(await window.run("return document.querySelector('textarea').value"), "Un brouillon que je n’ai pas envoyé");
    await window.click("button.cite");
    await window.see(".source mark");
    await window.screenshot("10-restarted");
    await window.click(".rail .open", "Tell me a long story");
    await window.see(".answer .words");
  });

  await step("search: a word of an answer finds its conversation", async () => {
    await window.type("input[type=search]", "clocher village bell");
    await window.see(".rail", "Aucune conversation");
    await window.run("const field = document.querySelector('input[type=search]'); field.value = ''; field.dispatchEvent(new InputEvent('input', { bubbles: true }))");
    await window.type("input[type=search]", "village bell");
    await window.see(".rail", "Tell me a long story");
    await window.screenshot("11-search");
  });

  await window.close();
}
