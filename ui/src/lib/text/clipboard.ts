// Puts text on the clipboard in its two forms. By the copy event rather than the asynchronous API:
// it needs no permission and sets both forms in every web view.
import type { Copied } from "./copy";

/** Copies; false when the system refused. Call it from a key or a click. */
export function toClipboard({ plain, html }: Copied): boolean {
  let done = false;
  const fill = (event: ClipboardEvent) => {
    if (!event.clipboardData) return;
    event.clipboardData.setData("text/plain", plain);
    event.clipboardData.setData("text/html", html);
    event.preventDefault();
    event.stopImmediatePropagation();
    done = true;
  };
  // WebKit sends no copy event without a selection: one is lent, then the reader's own put back.
  const selection = document.getSelection();
  const kept = selection && selection.rangeCount > 0 ? selection.getRangeAt(0) : null;
  const focused = document.activeElement;
  const lent = document.createElement("span");
  lent.className = "unseen";
  lent.textContent = plain.slice(0, 1) || " ";
  document.body.append(lent);
  selection?.selectAllChildren(lent);
  document.addEventListener("copy", fill, { capture: true });
  try {
    document.execCommand("copy");
  } finally {
    document.removeEventListener("copy", fill, { capture: true });
    selection?.removeAllRanges();
    if (kept) selection?.addRange(kept);
    lent.remove();
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  }
  return done;
}
