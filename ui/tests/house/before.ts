// Runs before the page: lays the scene asked for, leaves the house at hand for the test, notes what
// the Content-Security-Policy refuses, and freezes prototypes as the shell does.
import { lay } from "./scenes";

const refused: string[] = [];
document.addEventListener("securitypolicyviolation", (event) => {
  refused.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
});
Object.assign(window, { house: lay(), refused });
Object.freeze(Object.prototype);
