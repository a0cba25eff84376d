import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

const door = {
  group: ["@tauri-apps/*"],
  message: "The page has one door: import from $lib/bridge instead.",
};

export default ts.config(
  { ignores: ["dist/", "node_modules/", "src/lib/messages.ts"] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"], svelteConfig },
    },
  },
  {
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            door,
            { group: ["svelte/transition", "svelte/animate"], message: "They inject <style>, which the CSP refuses." },
          ],
        },
      ],
      "svelte/no-at-html-tags": "error",
      "svelte/no-inline-styles": "error",
      "@typescript-eslint/consistent-type-imports": "error",
    },
  },
  {
    files: ["src/lib/bridge/**", "tests/house/**"],
    rules: { "no-restricted-imports": "off", "@typescript-eslint/no-invalid-void-type": "off" },
  },
);
