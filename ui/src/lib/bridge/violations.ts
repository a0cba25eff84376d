// Tells the shell each time the Content-Security-Policy refused something: in a release that count
// must stay at 0.
import { commands } from "./bindings";

/** Reports every violation of the page's policy, without any content. */
export function reportViolations(page: Document): void {
  page.addEventListener("securitypolicyviolation", () => {
    commands.cspViolation().catch(() => {
      // The shell is gone: there is nobody left to tell.
    });
  });
}
