// axe-core on each screen, in the window itself, wide and at 200 % and 400 %.
import assert from "node:assert/strict";
import { Window } from "./window.mjs";

export async function accessible(step, home) {
  for (const [width, height, zoom] of [[1366, 768, "100 %"], [683, 384, "200 %"], [342, 400, "400 %"]]) {
    await step(`accessible: home, conversation and source at ${zoom}`, () =>
      Window.within(home, async (window) => {
        await window.driver.manage().window().setRect({ width, height });
        const found = await window.violations();
        await window.run("[...document.querySelectorAll('.rail .open')].find((row) => row.innerText.includes('Quel est le prix')).click()");
        await window.see(".answer .words");
        found.push(...(await window.violations()));
        await window.run("document.querySelector('button.cite').click()");
        await window.see(".source mark");
        found.push(...(await window.violations()));
        await window.screenshot(`20-zoom-${zoom.replace(/\D/g, "")}`);
        const serious = found.filter(({ impact }) => ["serious", "critical"].includes(impact));
        assert.deepEqual(serious, []);
        return { violations: found.length, ofThemSerious: serious.length };
      }),
    );
  }
}
