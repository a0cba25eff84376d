import { expect, test } from "vitest";
import { copied } from "./copy";
import { parse } from "./markdown";

const cite = (index: number) => `(source ${index})`;

test("keeps the layout for a word processor and reads well as plain text", () => {
  const text = "## Titre\n\nUn **mot**.\n\n1. a\n2. b\n\n|x|y|\n|-|-|\n|1|2|";
  const { html, plain } = copied(parse(text, [text.indexOf("**.") + 3]), cite);
  expect(html).toBe(
    "<h1>Titre</h1>\n<p>Un <strong>mot</strong>.\u00A0(source 0)</p>\n<ol start=\"1\"><li>a</li><li>b</li></ol>\n" +
      '<table border="1"><tr><th>x</th><th>y</th></tr><tr><td>1</td><td>2</td></tr></table>',
  );
  expect(plain).toBe("Titre\n\nUn mot.\u00A0(source 0)\n\n1. a\n2. b\n\nx\ty\n1\t2");
});

test("lets no markup of the text through", () => {
  const { html } = copied(parse('<img src=x onerror=alert(1)> "a" & b\n\n[c](javascript:x)'), cite);
  expect(html).not.toMatch(/<(?!\/?p>)/);
  expect(html).toContain("&lt;img src=x onerror=alert(1)&gt;");
  expect(html).toContain("c (javascript:x)");
});
