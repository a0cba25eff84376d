// Photographs and scans, with a tiny model that sees: dropped, shown, asked about, opened beside.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ask, ended } from "./conversation.mjs";
import { Window, fixture, freshHome, program } from "./window.mjs";

/** A folder with a tiny model, and the companion file that it sees with. */
function models() {
  const folder = freshHome();
  const size = ["--tiny", "--prompt-tokens=8", "--answer-tokens=2"];
  const run = spawnSync(program("clocher"), ["bench", "--synthesize", join(folder, "tiny.gguf"), ...size]);
  assert.equal(run.status, 0, String(run.stderr));
  return folder;
}

/** What a displayed picture measures once it is decoded: zero where it could not be. */
const drawn = (window, selector) =>
  window.run("return [...document.querySelectorAll(arguments[0])].map((image) => (image.complete ? image.naturalWidth : 0))", selector);

export async function pictures(step, home) {
  const folder = models();

  await step("pictures: a photograph is dropped, shown small, and asked about", () =>
    Window.within(
      home,
      async (window) => {
        await window.see("footer", "prêt", 60);
        await window.drop([fixture("photo-turned.jpg")]);
        await window.see(".documents .thumb img", "", 60);
        await window.driver.wait(async () => (await drawn(window, ".documents .thumb img"))[0] === 480, 10_000, "the thumbnail is drawn");
        await window.screenshot("17-picture-attached");
        await ask(window, "Que voit-on sur cette photographie ?");
        const text = await ended(window);
        assert.ok(text.length > 0);
        await window.see(".answer", "Pages lues");
        await window.see(".notices", "dans des images");
        await window.click(".documents .name", "photo-turned");
        await window.see(".source .picture img");
        await window.driver.wait(async () => (await drawn(window, ".source .picture img"))[0] === 480, 10_000, "the picture is drawn");
        await window.screenshot("18-picture-answer");
        assert.deepEqual(await window.violations(), []);
        return { characters: text.length };
      },
      { models: folder },
    ),
  );

  await step("pictures: a scan in a PDF is shown as it is, and one that is no picture says why", () =>
    Window.within(
      home,
      async (window) => {
        await window.see("footer", "prêt", 60);
        await window.drop([fixture("scan.pdf"), fixture("too-thin.png")]);
        await window.see(".documents .thumb img", "", 60);
        await window.see(".trouble", "trop étroite", 60);
        await window.click(".documents .name", "scan.pdf");
        await window.see(".source .picture img");
        await window.driver.wait(async () => (await drawn(window, ".source .picture img"))[0] === 1088, 10_000, "the page is drawn");
        await window.screenshot("19-scan");
        await window.click(".source button", "Taille réelle");
        await window.see(".source .picture.actual img");
      },
      { models: folder },
    ),
  );

  await step("pictures: a model that cannot see says so, and what to do", () =>
    Window.within(home, async (window) => {
      await window.see("footer", "prêt", 60);
      await window.drop([fixture("photo.webp")]);
      await window.see(".documents .thumb img", "", 60);
      await ask(window, "Que voit-on ?");
      await window.see(".trouble", "mmproj", 60);
      await window.screenshot("20-blind");
    }),
  );
}
