// @vitest-environment node
// The page's own rules, over its sources: a rule without a test is a wish.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = import.meta.dirname;
const sources = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.(ts|svelte|css)$/.test(path) && !path.endsWith(".test.ts") && !path.endsWith("messages.ts"))
  .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

/** The files in which `pattern` is found, without comments. */
function having(pattern: RegExp): string[] {
  const bare = (text: string) => text.replace(/<!--[^]*?-->|\/\*[^]*?\*\/|\/\/ .*$/gm, "");
  return sources.filter(({ text }) => pattern.test(bare(text))).map(({ path }) => path);
}

test("no French in the sources: every sentence is in the catalogue", () => {
  expect(having(/[àâçéèêëîïôùûœ]/i)).toEqual([]);
});

test("one door: @tauri-apps is imported by the bridge alone", () => {
  expect(having(/from "@tauri-apps/)).toEqual(["lib/bridge/bridge.ts"]);
});

test("nothing the Content-Security-Policy refuses: inline styles, raw HTML, handlers in attributes, evaluation", () => {
  expect(having(/\sstyle="|\{@html|innerHTML|\sonclick="|\beval\(|new Function|svelte\/transition/)).toEqual([]);
});

test("no address to reach", () => {
  expect(having(/https?:\/\//)).toEqual([]);
});

test("files stay short, and begin by saying what they are", () => {
  for (const { path, text } of sources) {
    expect(text.split("\n").length, path).toBeLessThan(300);
    expect(text, path).toMatch(/^(\/\/|\/\*|<!--|@)/);
  }
});

test("every message is used", () => {
  const catalogue = JSON.parse(readFileSync(join(root, "../../assets/messages/fr.json"), "utf8")).page;
  const all = sources.map(({ text }) => text).join("\n");
  const unused = Object.entries(catalogue as Record<string, Record<string, unknown>>).flatMap(([group, keys]) =>
    Object.keys(keys).map((key) => `m.${group}.${key}(`).filter((call) => !all.includes(call)),
  );
  // The days are called by their name.
  expect(unused.filter((call) => !/^m\.rail\.(today|yesterday|week|older)\($/.test(call))).toEqual([]);
});
