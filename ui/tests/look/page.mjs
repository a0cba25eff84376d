// The built page in a real Chromium, under the shell's own Content-Security-Policy, with the
// in-memory house behind its door.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { delimiter, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { build } from "vite";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
  "connect-src ipc: http://ipc.localhost; frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'";

const KINDS = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2" };

/** Serves ui/dist on a loopback port. */
export async function serve() {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    try {
      const body = readFileSync(here(`../../dist${path === "/" ? "/index.html" : path}`));
      response.writeHead(200, { "content-type": KINDS[extname(path) || ".html"] ?? "application/octet-stream", "content-security-policy": POLICY });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** The house as one script, to run before the page's own. */
export async function houseScript() {
  const [out] = [
    await build({
      configFile: false,
      logLevel: "error",
      build: { write: false, minify: false, lib: { entry: here("../house/before.ts"), formats: ["iife"], name: "scene" } },
    }),
  ].flat();
  return out.output[0].code;
}

/** The browser that Debian's package installed. */
function installed(name) {
  const found = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (!found) throw new Error(`${name} is not installed: apt-get install ${name}`);
  return found;
}

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? installed("chromium"),
    args: ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    chromiumSandbox: false,
  });
}
