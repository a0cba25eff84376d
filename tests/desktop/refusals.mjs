// What the window says when it cannot.
import { ask } from "./conversation.mjs";
import { setUp } from "./first-start.mjs";
import { Window, fixture, freshHome } from "./window.mjs";

export async function refusals(step, home) {
  await step("refusal: empty, encrypted and scanned documents each have their sentence", () =>
    Window.within(home, async (window) => {
      await window.see("footer", "prêt", 60);
      for (const [name, sentence] of [["empty.pdf", "est vide"], ["encrypted.pdf", "mot de passe"]]) {
        await window.drop([fixture(name)]);
        await window.see(".trouble", sentence, 60);
      }
      // A scan is kept as a picture, which this model cannot see.
      await window.drop([fixture("scan.pdf")]);
      await window.see(".documents .thumb img", "", 60);
      await ask(window, "De quoi parle ce document ?");
      await window.see(".trouble", "« scan.pdf » n’est qu’image", 60);
      await window.screenshot("12-refused-documents");
    }),
  );

  await step("refusal: a pasted megabyte is kept and explained", () =>
    Window.within(home, async (window) => {
      await window.see("footer", "prêt", 60);
      await window.run(
        "const area = document.querySelector('textarea'); area.value = arguments[0]; area.dispatchEvent(new InputEvent('input', { bubbles: true }))",
        "Le conseil municipal délibère. ".repeat(35_000),
      );
      await window.click(".composer button.primary");
      await window.see(".trouble", "trop long", 60);
      await window.screenshot("13-megabyte");
    }),
  );

  await step("refusal: a second window says that one is open, and opens once that one is closed", async () => {
    const first = await Window.open(home);
    await first.see("textarea");
    await Window.within(
      home,
      async (second) => {
        await second.see(".trouble", "fenêtre déjà ouverte");
        await second.screenshot("14-second-instance");
        await first.close();
        await second.click("button", "Réessayer");
        await second.see("textarea");
      },
      { ready: "h1" },
    ).finally(() => first.close());
  });

  await step("refusal: without a model the window opens and says what to do", () =>
    Window.within(
      freshHome(),
      async (window) => {
        await setUp(window);
        await window.click("footer button", "Aucun modèle");
        await window.see(".trouble", ".gguf");
        await window.screenshot("15-no-model");
      },
      { models: freshHome(), ready: "main.first h1" },
    ),
  );
}
