// Takes each screen's picture in each size and theme, and checks it with axe: `npm run look [NAME…]`.
// Pictures go to LOOK_OUT (default: artefacts/ui at the repository's root). Fails on any axe
// violation, any refusal of the Content-Security-Policy, and any error of the page.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import { houseScript, launch, serve } from "./page.mjs";
import { screens } from "./screens.mjs";

const out = process.env.LOOK_OUT ?? fileURLToPath(new URL("../../../artefacts/ui/", import.meta.url));
const SIZES = {
  full: { width: 1366, height: 768 },
  zoom200: { width: 683, height: 384 },
  zoom400: { width: 342, height: 192 },
};
const looks = [
  { size: "full", theme: "light" },
  { size: "full", theme: "dark" },
  { size: "zoom200", theme: "light" },
  { size: "zoom400", theme: "dark" },
];

mkdirSync(out, { recursive: true });
const chosen = process.argv.slice(2);
const names = Object.keys(screens).filter((name) => chosen.length === 0 || chosen.includes(name));
const server = await serve();
const script = await houseScript();
const browser = await launch();
let faults = 0;

/** What scrolls sideways, but for what may: tables, and the documents' row in a low window. */
function tooWide() {
  const page = document.documentElement;
  const window = page.scrollWidth > innerWidth ? ["the window"] : [];
  const inside = [...document.querySelectorAll("body *")]
    .filter((node) => node.scrollWidth > node.clientWidth + 1 && !["visible", "clip"].includes(getComputedStyle(node).overflowX))
    .filter((node) => getComputedStyle(node).textOverflow !== "ellipsis" && !node.matches("input, textarea, .table, pre, .unseen, .documents ul"))
    .map((node) => `${node.tagName.toLowerCase()}.${node.className}`);
  return [...window, ...inside];
}

for (const name of names) {
  for (const { size, theme } of looks) {
    const { scene, act } = screens[name];
    const scale = SIZES.full.width / SIZES[size].width;
    const page = await browser.newPage({ viewport: SIZES[size], colorScheme: theme, deviceScaleFactor: Math.round(scale), reducedMotion: "reduce", locale: "fr-FR" });
    const said = [];
    page.on("pageerror", (error) => said.push(`error: ${error.message}`));
    page.on("console", (line) => line.type() === "error" && said.push(`console: ${line.text()}`));
    await page.addInitScript(script);
    await page.goto(`${server.address}/?scene=${scene}`);
    await page.evaluate(() => document.fonts.ready);
    await act?.(page, size);
    await page.waitForTimeout(150);
    await page.screenshot({ path: `${out}/${name}-${size}-${theme}.png` });
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    for (const { id, impact, nodes } of violations) said.push(`axe ${impact}: ${id}: ${nodes.map(({ target }) => target.join(" ")).slice(0, 3).join(" | ")}`);
    for (const report of await page.evaluate(() => window.refused)) said.push(`policy: ${report}`);
    for (const wide of await page.evaluate(tooWide)) said.push(`scrolls sideways: ${wide}`);
    if (said.length > 0) console.log(`${name} ${size} ${theme}\n  ${said.join("\n  ")}`);
    faults += said.length;
    await page.close();
  }
}
await browser.close();
server.close();
console.log(`${names.length} screens in ${looks.length} looks: ${faults} faults`);
process.exitCode = faults === 0 ? 0 : 1;
