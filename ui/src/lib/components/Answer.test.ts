import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, expect, test } from "vitest";
import Stand from "../../../tests/house/AnswerStand.svelte";
import { House } from "../../../tests/house/house";

const house = new House().install();
let stand: ReturnType<typeof mount>;
let target: HTMLElement;

beforeEach(() => {
  target = document.createElement("div");
  document.body.append(target);
});
afterEach(() => unmount(stand));

function show(text: string, more = {}) {
  const props = { message: house.message("assistant", text, more), live: false };
  stand = mount(Stand, { target, props });
  flushSync();
}

test("hostile Markdown draws no element that leads, loads or runs", () => {
  show('<script>x</script><img src=//x onerror=x>[a](javascript:x) ![b](//y) <a href="//z">c</a>\n\n<iframe src=//w></iframe>\n\n<style>*{}</style> http://u.fr');
  expect(target.querySelectorAll("a, img, script, iframe, object, embed, form, style, link, [onerror], [style]")).toHaveLength(0);
  expect(target.textContent).toContain("<script>x</script>");
  expect(target.textContent).toContain("javascript:x");
});

test("a citation is a button with a name and a page, after its sentence", () => {
  const citations = [{ after: 7, document: 1, label: "Délibération", page: 2, quote: "q", verbatim: true }];
  show("Un mot. Un autre.", { citations });
  const cite = target.querySelector(".cite");
  expect(cite?.textContent).toBe("Délibération, p.\u00A02");
  expect(target.querySelector("p")?.textContent).toBe("Un mot.Délibération, p.\u00A02 Un autre.");
});

test("while it is written, blocks already complete are not drawn again", async () => {
  const { Live } = await import("../../../tests/house/live.svelte");
  const live = new Live(house.message("assistant", "# Titre\n\nUn para", { state: "writing" }));
  stand = mount(Stand, { target, props: live.props });
  flushSync();
  const [title, paragraph] = target.querySelectorAll(".words > *");
  live.say("graphe.\n\n- a\n- b");
  flushSync();
  const drawn = target.querySelectorAll(".words > *");
  expect(drawn).toHaveLength(3);
  expect([drawn[0] === title, drawn[1] === paragraph]).toEqual([true, true]);
  expect(drawn[1]?.textContent).toBe("Un paragraphe.");
});

test("an answer left unfinished by a crash says so", () => {
  show("Le repas", { state: "interrupted" });
  expect(target.textContent).toContain("interrompue");
});
