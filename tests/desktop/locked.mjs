// A history that the keychain does not open: nothing is lost, the passphrase and the recovery
// key open it.
import { Window, freshHome } from "./window.mjs";
import { setUp } from "./first-start.mjs";

export async function locked(step) {
  const home = freshHome();
  let key;
  await step("no keychain: a passphrase is chosen at the first start", async () => {
    const window = await Window.open(home, { keychain: false });
    key = await setUp(window, "quatre mots pour ouvrir");
    await window.close();
  });
  await step("no keychain: the history is locked, a wrong passphrase is refused, the right one opens it", async () => {
    const window = await Window.open(home, { keychain: false });
    await window.see("h1", "fermé");
    await window.screenshot("15-locked");
    await window.type("#unlock", "pas la bonne phrase");
    await window.click("form button.primary");
    await window.see(".trouble", "n’ouvre pas l’historique");
    await window.run("document.querySelector('#unlock').value = ''; document.querySelector('#unlock').dispatchEvent(new InputEvent('input', { bubbles: true }))");
    await window.type("#unlock", "quatre mots pour ouvrir");
    await window.click("form button.primary");
    await window.see("textarea");
    await window.close();
  });
  await step("no keychain: the recovery key opens it too", async () => {
    const window = await Window.open(home, { keychain: false });
    await window.click("button", "clé de secours");
    await window.type("#unlock", key.join(" ").toLowerCase());
    await window.click("form button.primary");
    await window.see("textarea");
    await window.close();
  });
}
