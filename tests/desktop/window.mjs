// The real window, driven through WebKitGTK's WebDriver.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import webdriver from "selenium-webdriver";

const { Builder, By, Capabilities, error } = webdriver;
const root = process.env.CLOCHER_ROOT;
const artefacts = process.env.ARTEFACTS;
const axe = readFileSync(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

export const program = (name) => join(root, "target/release", name);
export const fixture = (name) => join(root, "tests/corpus", name);
export const freshHome = () => mkdtempSync(join(tmpdir(), "clocher-desktop-"));

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Text with ordinary spaces: the page draws some of them unbreakable. */
export const plain = (text) => text.replace(/[\u00a0\u202f]/g, " ");

/** The program that the driver started. */
function childOf(parent) {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const found = pids.find((pid) => {
    try {
      const [, name, after] = readFileSync(`/proc/${pid}/stat`, "utf8").match(/\((.*)\) (.*)/s);
      return name === "clocher-desktop" && Number(after.split(" ")[1]) === parent;
    } catch {
      return false;
    }
  });
  if (!found) throw new Error("the driver started no program");
  return Number(found);
}

function alive(pid) {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** A window of the application, and what a person does in it. */
export class Window {
  /** Opens the application on a data folder; `keychain: false` hides the session bus from it. */
  static async open(home, { keychain = true, models = join(root, "models") } = {}) {
    const port = await freePort();
    const environment = { ...process.env, CLOCHER_HOME: home, CLOCHER_MODELS: models, TAURI_WEBVIEW_AUTOMATION: "true", TAURI_AUTOMATION: "true" };
    if (!keychain) environment.DBUS_SESSION_BUS_ADDRESS = "unix:path=/nonexistent";
    const server = spawn("WebKitWebDriver", [`--port=${port}`, "--host=127.0.0.1"], { env: environment, stdio: "ignore" });
    const capabilities = new Capabilities({ browserName: "wry", "webkitgtk:browserOptions": { binary: program("clocher-desktop"), args: [] } });
    let driver;
    for (let attempt = 0; ; attempt += 1) {
      try {
        driver = await new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities).build();
        break;
      } catch (error) {
        if (attempt === 20) throw error;
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    }
    const opened = new Window(driver, server, childOf(server.pid));
    Window.last = opened;
    return opened;
  }

  /** Opens a window, waits for what `ready` selects, does `act` in it, and closes it whatever happened. */
  static async within(home, act, { ready = "textarea", ...options } = {}) {
    const window = await Window.open(home, options);
    try {
      await window.see(ready);
      return await act(window);
    } catch (error) {
      await window.screenshot(`failed-${Date.now()}`).catch(() => {});
      throw error;
    } finally {
      await window.close();
    }
  }

  constructor(driver, server, program) {
    this.driver = driver;
    this.server = server;
    this.program = program;
  }

  /** Closes the window as its user does, and waits for the program to be gone. */
  async close() {
    if (this.closed) return;
    this.closed = true;
    const { violations } = await this.driver.executeAsyncScript("const done = arguments[0]; window.__TAURI_INTERNALS__.invoke('app_state').then(done)");
    await this.driver.close().catch(() => {});
    await this.driver.quit().catch(() => {});
    this.server.kill();
    for (let attempt = 0; alive(this.program); attempt += 1) {
      if (attempt === 100) throw new Error("the program stays when its window is closed");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    if (violations !== 0) throw new Error(`the page's content policy refused ${violations} things`);
  }

  /** The first displayed element that matches, waited for. */
  async see(selector, text = "", seconds = 20) {
    const by = selector.startsWith("//") ? By.xpath(selector) : By.css(selector);
    let found;
    await this.driver.wait(
      async () => {
        for (const element of await this.driver.findElements(by)) {
          try {
            if ((await element.isDisplayed()) && plain(await this.run("return arguments[0].innerText ?? \"\"", element)).includes(text)) {
              found = element;
              return true;
            }
          } catch {
            // Redrawn in between: looked at again.
          }
        }
        return false;
      },
      seconds * 1000,
      `${selector} ${text} is not seen`,
    );
    return found;
  }

  async gone(selector, seconds = 20) {
    await this.driver.wait(async () => (await this.driver.findElements(By.css(selector))).length === 0, seconds * 1000, `${selector} stays`);
  }

  async count(selector) {
    return (await this.driver.findElements(By.css(selector))).length;
  }

  async click(selector, text) {
    await this.touch((element) => element.click(), selector, text);
  }

  async type(selector, text) {
    await this.touch((element) => element.sendKeys(text), selector);
  }

  /** Acts on what is seen. One that was redrawn before it could be touched was not: it is seen again. */
  async touch(act, selector, text) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await act(await this.see(selector, text));
      } catch (caught) {
        if (attempt === 20 || !(caught instanceof error.StaleElementReferenceError)) throw caught;
      }
    }
  }

  /** Text of the last element that matches, empty when there is none. */
  async last(selector) {
    return plain(await this.run(`return [...document.querySelectorAll(arguments[0])].at(-1)?.innerText ?? ""`, selector));
  }

  async run(script, ...values) {
    return this.driver.executeScript(script, ...values);
  }

  /** Drops real files on the page, as the desktop hands them to it. */
  async drop(paths) {
    const files = paths.map((path) => ({ name: path.split("/").at(-1), bytes: readFileSync(path).toString("base64") }));
    await this.run(
      `const transfer = new DataTransfer();
       for (const { name, bytes } of arguments[0]) {
         transfer.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name));
       }
       for (const type of ["dragenter", "dragover", "drop"]) {
         document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
       }`,
      files,
    );
  }

  async screenshot(name) {
    writeFileSync(join(artefacts, `${name}.png`), Buffer.from(await this.driver.takeScreenshot(), "base64"));
  }

  /** What axe-core finds on the screen as it is. */
  async violations() {
    await this.run(axe);
    const found = await this.driver.executeAsyncScript("const done = arguments[0]; axe.run(document).then(({ violations }) => done(violations))");
    return found.map(({ id, impact, nodes }) => ({ id, impact, where: nodes.map((node) => node.target.join(" ")) }));
  }
}
