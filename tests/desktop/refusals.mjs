// What the window says when it cannot.
import assert from "node:assert/strict";
import { setUp } from "./first-start.mjs";
import { Window, fixture, freshHome } from "./window.mjs";

export async function refusals(step, home) {
  await step("refusal: empty, encrypted and scanned documents each have their sentence", async () => {
    const window = await Window.open(home);
    for (const [name, sentence] of [["empty.pdf", "est vide"], ["encrypted.pdf", "mot de passe"], ["scan.pdf", "numérisation"]]) {
      await window.drop([fixture(name)]);
      await window.see(".trouble", sentence, 60);
    }
    await window.screenshot("12-refused-documents");
    await window.close();
  });

  await step("refusal: a pasted megabyte is kept and explained", async () => {
    const window = await Window.open(home);
    await window.see("footer", "prêt", 60);
    const text = "Le conseil municipal délibère. ".repeat(35_000);
    await window.run(
      "const area = document.querySelector('textarea'); area.value = arguments[0]; area.dispatchEvent(new InputEvent('input', { bubbles: true }))",
      text,
    );
    await window.click(".composer button.primary");
    await window.see(".trouble", "trop long", 60);
    await window.screenshot("13-megabyte");
    await window.close();
  });

  await step("refusal: a second window on the same history says that one is open", async () => {
    const first = await Window.open(home);
    await first.see("textarea");
    const second = await Window.open(home);
    await second.see(".trouble", "déjà ouvert");
    await second.screenshot("14-second-instance");
    await second.close();
    assert.ok(await first.see("textarea"));
    await first.close();
  });

  await step("refusal: without a model the window opens, says what to do, and keeps the question", async () => {
    const window = await Window.open(freshHome(), { models: freshHome() });
    await setUp(window);
    await window.click("footer button", "Aucun modèle");
    await window.see(".trouble", ".gguf");
    await window.screenshot("15-no-model");
    await window.close();
  });
}
