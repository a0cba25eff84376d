import { expect, test } from "vitest";
import { typeset } from "./typography";

test("French spaces do not break, and no offset moves", () => {
  const text = "Quand ? À 10 h : « oui » ; 20 % de 1 284 € ! http://x ?y";
  expect(typeset(text)).toBe("Quand\u202F? À 10 h\u202F: «\u00A0oui\u00A0»\u202F; 20\u202F% de 1\u202F284\u00A0€\u202F! http://x ?y");
  expect(typeset(text)).toHaveLength(text.length);
});
