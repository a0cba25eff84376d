// The keyboard alone: from the list to an answer.
import assert from "node:assert/strict";
import webdriver from "selenium-webdriver";
import { ended } from "./conversation.mjs";
import { Window } from "./window.mjs";

const { Key } = webdriver;

export async function keyboard(step, home) {
  await step("keyboard: a question is asked, stopped, and a conversation chosen without a mouse", () =>
    Window.within(home, async (window) => {
      await window.see("footer", "prêt", 60);
      const keys = (...all) => window.driver.actions().sendKeys(...all).perform();
      const focused = () => window.run("const at = document.activeElement; return at === document.body ? '' : at.getAttribute('aria-label') || at.innerText || at.tagName");
      const reach = async (start, by) => {
        for (let press = 0; press < 60; press += 1) {
          if ((await focused()).startsWith(start)) return;
          await keys(...by);
        }
        assert.fail(`${start} cannot be reached`);
      };
      const [back, forth] = [[Key.SHIFT, Key.TAB, Key.NULL], [Key.TAB]];
      assert.match(await focused(), /question/i, "the composer has the focus at start");
      // With its document to read, the answer takes long enough to be stopped.
      await reach("Quel est le prix", back);
      await keys(Key.ENTER);
      await window.see("h1", "Quel est le prix");
      await reach("Votre question", forth);
      await keys("De quoi parle ce document ?", Key.ENTER);
      await window.see("button", "Arrêter");
      await reach("Arrêter", back);
      await keys(Key.ENTER);
      await ended(window);
      assert.match(await focused(), /question/i, "the focus comes back to the composer");
      await reach("Tell me a long story", back);
      await keys(Key.ENTER);
      await window.see("h1", "Tell me a long story");
    }),
  );
}
