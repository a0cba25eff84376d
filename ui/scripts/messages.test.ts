// @vitest-environment node
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compile } from "./messages.mjs";

const catalogue = JSON.parse(readFileSync(new URL("../../assets/messages/fr.json", import.meta.url), "utf8"));

/** The compiled module, run. */
async function run(page: Parameters<typeof compile>[0]) {
  const source = compile(page)
    .replace(/^import .*$/m, "const integer = (n) => n.toLocaleString('fr-FR');")
    .replace(/\}: \{[^}]*\}\)/g, "})")
    .replace(/: string =>/g, " =>")
    .replace(" as const", "");
  return (await import(`data:text/javascript,${encodeURIComponent(source)}`)).m;
}

test("placeholders become parameters, and nothing in a text is code", async () => {
  const m = await run({ hello: "Bonjour {name}", trap: "un `accent` ${grave} \\ ici" });
  expect(m.hello({ name: "Anne" })).toBe("Bonjour Anne");
  expect(m.trap({ grave: "x" })).toBe("un `accent` $x \\ ici");
});

test("0 and 1 are singular, and counts have their thousands apart", async () => {
  const m = await run({ pages: { one: "{count} page", other: "{count} pages" } });
  expect([0, 1, 2, 1284].map((count) => m.pages({ count }))).toEqual(["0 page", "1 page", "2 pages", "1\u202F284 pages"]);
});

test("types say which values a text needs", () => {
  expect(compile({ a: "x {done} {total}" })).toContain("({ done, total }: { done: string | number; total: string | number }): string =>");
});

test.each(["Quoi ?", "Quoi?", "« oui »", "l'an", "fin..."])("refuses the typography of « %s »", (text) => {
  expect(() => compile({ a: text })).toThrow(/typography/);
});

test("refuses keys that are no names", () => {
  expect(() => compile({ "a-b": "x" })).toThrow(/camelCase/);
});

test("the catalogue compiles", () => {
  expect(compile({ ...catalogue.page, unexpected: catalogue.trouble.unexpected })).toContain("export const m");
});
