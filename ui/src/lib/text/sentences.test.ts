import { expect, test } from "vitest";
import { Sentences } from "./sentences";

test("tells each sentence once, when it is whole", () => {
  const sentences = new Sentences();
  expect(sentences.next("Le repas", false)).toBe("");
  expect(sentences.next("Le repas coûte **3,85 €**. Ce", false)).toBe("Le repas coûte 3,85 € .");
  expect(sentences.next("Le repas coûte **3,85 €**. Ce tarif", false)).toBe("");
  expect(sentences.next("Le repas coûte **3,85 €**. Ce tarif dure", true)).toBe("Ce tarif dure");
  expect(sentences.next("Le repas coûte **3,85 €**. Ce tarif dure", true)).toBe("");
});
