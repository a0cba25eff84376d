// A history that the keychain does not open: nothing is lost, the passphrase and the recovery
// key open it.
import { setUp } from "./first-start.mjs";
import { Window, freshHome } from "./window.mjs";

const PHRASE = "quatre mots pour ouvrir";

export async function locked(step) {
  const home = freshHome();
  const options = { keychain: false, ready: "h1" };
  let key = [];
  await step("no keychain: a passphrase is chosen at the first start", () =>
    Window.within(home, async (window) => (key = await setUp(window, PHRASE), undefined), options),
  );
  await step("no keychain: a wrong passphrase is refused, the right one opens the history", () =>
    Window.within(
      home,
      async (window) => {
        await window.see("h1", "fermé");
        await window.screenshot("16-locked");
        await window.type("#unlock", "pas la bonne phrase");
        await window.click("form button.primary");
        await window.see(".trouble", "n’ouvre pas l’historique");
        await window.run("const field = document.querySelector('#unlock'); field.value = ''; field.dispatchEvent(new InputEvent('input', { bubbles: true }))");
        await window.type("#unlock", PHRASE);
        await window.click("form button.primary");
        await window.see("textarea");
      },
      options,
    ),
  );
  await step("no keychain: the recovery key opens it too", () =>
    Window.within(
      home,
      async (window) => {
        await window.click("button", "clé de secours");
        await window.type("#unlock", key.join(" ").toLowerCase());
        await window.click("form button.primary");
        await window.see("textarea");
      },
      options,
    ),
  );
}
