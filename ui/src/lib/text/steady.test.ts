import { expect, test } from "vitest";
import { parse } from "./markdown";
import { steady } from "./steady";

test.each([
  ["Voici :\n-", "Voici :\n"],
  ["Voici :\n- ", "Voici :\n"],
  ["Voici :\n- a", "Voici :\n- a"],
  ["Voici :\n1", "Voici :\n"],
  ["Voici :\n12. ", "Voici :\n"],
  ["a\n##", "a\n"],
  ["a\n```", "a\n"],
  ["Un **gras", "Un **gras**"],
  ["Un **gras**", "Un **gras**"],
  ["Un **", "Un "],
  ["Un `code", "Un `code`"],
  ["Un **gras** et `c**`", "Un **gras** et `c**`"],
  ["```\na ** b", "```\na ** b"],
  ["a\n\n| x | y |", "a\n\n"],
  ["a\n\n| x | y |\n", "a\n\n"],
  ["a\n\n| x | y |\n|-|-|\n", "a\n\n| x | y |\n|-|-|\n"],
  ["a\n\n| x | y |\n|-|-|\n| 1 ", "a\n\n| x | y |\n|-|-|\n"],
])("%j is drawn as %j", (text, drawn) => {
  expect(steady(text)).toBe(drawn);
});

test("a block never changes its kind while it is written", () => {
  const text = "Voici **trois points** :\n\n- un `mot`\n- deux\n\n## Suite\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> Note\n\n```\nx\n```\n\n1. fin\n";
  const final = parse(text).map((block) => block.type);
  for (let end = 1; end <= text.length; end += 1) {
    const kinds = parse(steady(text.slice(0, end))).map((block) => block.type);
    expect(kinds, `after ${JSON.stringify(text.slice(0, end))}`).toEqual(final.slice(0, kinds.length));
  }
});
