// A person's first day with Clocher, in order. Prints one line a step and a plain count.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { accessible } from "./accessible.mjs";
import { conversation } from "./conversation.mjs";
import { firstStart } from "./first-start.mjs";
import { keyboard } from "./keyboard.mjs";
import { locked } from "./locked.mjs";
import { pictures } from "./pictures.mjs";
import { refusals } from "./refusals.mjs";
import { sockets } from "./sockets.mjs";
import { Window, freshHome } from "./window.mjs";

const results = [];
/** Runs a step: a promise that rejects is a failure, and the story goes on. */
async function step(name, act) {
  const begun = Date.now();
  let figure;
  let failure = null;
  try {
    figure = await act();
  } catch (error) {
    failure = String(error?.stack ?? error);
    await Window.last?.screenshot(`failed-${results.length}`).catch(() => {});
  }
  results.push({ name, passed: failure === null, figure: figure ?? null, seconds: (Date.now() - begun) / 1000 });
  console.log(`${failure === null ? "ok    " : "FAILED"} ${name}${figure === undefined ? "" : ` — ${JSON.stringify(figure)}`} (${results.at(-1).seconds} s)`);
  if (failure !== null) console.log(failure.replace(/^/gm, "       "));
}

const home = freshHome();
const chapters = [firstStart, conversation, pictures, refusals, keyboard, accessible, locked, sockets];
const chosen = process.env.CHAPTERS?.split(",") ?? chapters.map((chapter) => chapter.name);
for (const chapter of chapters.filter((one) => one === firstStart || one === conversation || chosen.includes(one.name))) {
  await chapter(step, home);
}

writeFileSync(join(process.env.ARTEFACTS, "results.json"), JSON.stringify(results, null, 2));
const passed = results.filter((result) => result.passed).length;
console.log(`${passed} passed, ${results.length - passed} failed`);
process.exit(passed === results.length ? 0 : 1);
