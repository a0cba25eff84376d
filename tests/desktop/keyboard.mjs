// The keyboard alone: from the list to an answer.
import assert from "node:assert/strict";
import webdriver from "selenium-webdriver";
import { ended } from "./conversation.mjs";
import { Window } from "./window.mjs";

const { Key } = webdriver;

export async function keyboard(step, home) {
  await step("keyboard: a question is asked, stopped, and a conversation chosen without a mouse", async () => {
    const window = await Window.open(home);
    await window.see("footer", "prêt", 60);
    const keys = (...all) => window.driver.actions().sendKeys(...all).perform();
    const focused = () => window.run("return document.activeElement?.innerText || document.activeElement?.getAttribute('aria-label') || document.activeElement?.tagName");
    assert.match(await focused(), /question/i, "the composer has the focus at start");
    await keys("Count from one to fifty in words.", Key.ENTER);
    await window.see("button", "Arrêter");
    const reach = async (name) => {
      for (let press = 0; press < 60; press += 1) {
        if ((await focused())?.includes(name)) return;
        await keys(Key.TAB);
      }
      assert.fail(`${name} cannot be reached by Tab`);
    };
    await reach("Arrêter");
    await keys(Key.ENTER);
    await ended(window);
    await reach("Tell me a long story");
    await keys(Key.ENTER);
    await window.see("h1", "Tell me a long story");
    await window.close();
  });
}
