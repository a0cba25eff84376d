// The first start: the recovery key is shown, noted, and typed back.
import assert from "node:assert/strict";
import { Window } from "./window.mjs";

/** Goes through the first start of a window that shows it; returns the key. */
export async function setUp(window, passphrase) {
  await window.see("main.first h1");
  const key = await window.run(`return [...document.querySelectorAll("main.first .sheet li b")].map((group) => group.innerText.trim())`);
  await window.click("main.first button.primary");
  const asked = await window.run(`return [...document.querySelectorAll(".groups label")].map((label) => Number(label.innerText.match(/\\d+/)[0]))`);
  const fields = await window.driver.findElements({ css: ".groups input" });
  for (const [index, field] of fields.entries()) await field.sendKeys(key[asked[index] - 1]);
  if (passphrase) {
    for (const field of await window.driver.findElements({ css: "input[type=password]" })) await field.sendKeys(passphrase);
  }
  await window.click("main.first form button.primary");
  await window.see("textarea");
  return key;
}

export async function firstStart(step, home) {
  let window;
  await step("first start: the window opens on the recovery key", async () => {
    const begun = Date.now();
    window = await Window.open(home);
    await window.see("main.first h1", "Bienvenue");
    await window.screenshot("01-first-start");
    return { millisecondsToFirstScreen: Date.now() - begun };
  });
  await step("first start: a wrong group is refused, the right ones open the history", async () => {
    await window.click("main.first button.primary");
    for (const field of await window.driver.findElements({ css: ".groups input" })) await field.sendKeys("2222");
    await window.click("main.first form button.primary");
    await window.see("main.first .trouble", "ne correspondent pas");
    await window.screenshot("02-wrong-group");
    await window.driver.navigate().refresh();
    const key = await setUp(window);
    assert.equal(key.length, 8);
    await window.see("h1", "Bonjour");
    await window.screenshot("03-home");
  });
  await step("first start: the model is ready", async () => {
    await window.see("footer", "prêt", 60);
  });
  await window?.close();
}
