// Builds the page into `dist`, which the desktop shell embeds; runs the unit tests.
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { messages } from "./scripts/messages.mjs";

export default defineConfig(({ mode }) => ({
  plugins: [messages(), svelte()],
  resolve: {
    alias: { $lib: fileURLToPath(new URL("src/lib", import.meta.url)) },
    // Vitest would otherwise take Svelte's server build, where effects never run.
    ...(mode === "test" ? { conditions: ["browser"] } : {}),
  },
  build: {
    target: ["es2022", "safari16.4"],
    // Nothing inlined: the Content-Security-Policy lets only our own files in.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { port: 5173, strictPort: true },
  test: {
    include: ["src/**/*.test.ts", "scripts/**/*.test.ts"],
    environment: "happy-dom",
  },
}));
