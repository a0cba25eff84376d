// The program alone, as a person starts it, under strace: which families of sockets it opens.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fixture, freshHome, program } from "./window.mjs";

const trace = (name) => join(process.env.ARTEFACTS, `${name}.strace`);

/** Sockets of a trace, by family; and every connect outside local sockets. */
function families(file) {
  const found = {};
  const outside = [];
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const family = line.match(/\bsocket(?:pair)?\((\w+)/)?.[1];
    if (family) found[family] = (found[family] ?? 0) + 1;
    if (/\bconnect\(/.test(line) && !/sa_family=AF_UNIX/.test(line)) outside.push(line);
  }
  return { found, outside };
}

function closed({ found, outside }) {
  for (const family of Object.keys(found)) assert.match(family, /^AF_(UNIX|NETLINK)$/, JSON.stringify(found));
  assert.deepEqual(outside, []);
  return found;
}

const SAID = "Say hello under trace.";

export async function sockets(step, home) {
  await step("no connection: the window, started as a person does, typed into by real keys", async () => {
    const file = trace("window");
    const environment = { ...process.env, CLOCHER_HOME: home, CLOCHER_MODELS: join(process.env.CLOCHER_ROOT, "models") };
    const window = spawn("strace", ["-f", "-e", "trace=socket,socketpair,connect,bind,sendto", "-o", file, program("clocher-desktop")], { env: environment, stdio: "ignore" });
    const shown = () => spawnSync("xdotool", ["search", "--onlyvisible", "--name", "^Clocher$"]).status === 0;
    for (let attempt = 0; !shown(); attempt += 1) {
      assert.ok(attempt < 120, "the window is shown");
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await new Promise((resolve) => setTimeout(resolve, 6000));
    spawnSync("xdotool", ["type", "--delay", "40", SAID]);
    spawnSync("xdotool", ["key", "Return"]);
    await new Promise((resolve) => setTimeout(resolve, 15_000));
    spawnSync("import", ["-window", "root", join(process.env.ARTEFACTS, "16-under-strace.png")]);
    window.kill("SIGTERM");
    spawnSync("pkill", ["clocher-desktop"]);
    await new Promise((resolve) => window.once("exit", resolve));
    const kept = spawnSync(program("clocher"), ["--json", "history", "list", "hello under trace"], { env: environment, encoding: "utf8" });
    assert.match(kept.stdout, new RegExp(SAID), "the question typed by real keys was asked");
    return closed(families(file));
  });
  await step("no connection: the command line, from a document to its answer", async () => {
    const file = trace("command-line");
    const environment = { ...process.env, CLOCHER_HOME: freshHome(), CLOCHER_MODELS: join(process.env.CLOCHER_ROOT, "models") };
    const run = spawnSync("strace", ["-f", "-e", "trace=socket,socketpair,connect,bind,sendto", "-o", file, program("clocher"), "ask", "--no-history", fixture("deliberation.pdf"), "De quoi parle ce document ?"], { env: environment });
    assert.equal(run.status, 0, String(run.stderr));
    return closed(families(file));
  });
}
