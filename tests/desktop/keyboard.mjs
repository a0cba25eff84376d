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
      assert.match(await focused(), /question/i, "the composer has the focus at start");
      await keys("Count from one to fifty in words.", Key.ENTER);
      await window.see("button", "Arrêter");
      await reach("Arrêter", [Key.SHIFT, Key.TAB, Key.NULL]);
      await keys(Key.ENTER);
      await ended(window);
      assert.match(await focused(), /question/i, "the focus comes back to the composer");
      await reach("Tell me a long story", [Key.SHIFT, Key.TAB, Key.NULL]);
      await keys(Key.ENTER);
      await window.see("h1", "Tell me a long story");
    }),
  );
}
