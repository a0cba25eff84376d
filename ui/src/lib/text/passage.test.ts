import { expect, test } from "vitest";
import { mark } from "./passage";

const page = [
  { heading: true, text: "DÉLIBÉRATION N° 2026-47" },
  { heading: false, text: "Article 1er. — Le prix du repas est fixé à 3,85 € pour un « enfant domicilié » dans la com\u00ADmune." },
  { heading: false, text: "Il s’applique au 1er janvier." },
];
const marked = (quote: string) => mark(page, quote).map((block) => block.filter((segment) => segment.marked).map(({ text }) => text).join(""));

test("marks the passage as the page has it, spaces and quotation marks aside", () => {
  expect(marked('Le prix  du repas est\nfixé à 3,85\u202F€ pour un "enfant domicilié" dans la commune')).toEqual([
    "",
    "Le prix du repas est fixé à 3,85 € pour un « enfant domicilié » dans la com\u00ADmune",
    "",
  ]);
});

test("marks across blocks", () => {
  expect(marked("dans la commune. Il s'applique")).toEqual(["", "dans la com\u00ADmune.", "Il s’applique"]);
});

test("marks nothing for what is not there: a figure changed is another passage", () => {
  expect(marked("fixé à 3,95 €")).toEqual(["", "", ""]);
  expect(marked("")).toEqual(["", "", ""]);
});

test("loses no character of the page", () => {
  expect(mark(page, "domicilié").map((block) => block.map(({ text }) => text).join(""))).toEqual(page.map(({ text }) => text));
});
