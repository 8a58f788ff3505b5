import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";
import { dictionary, FOLDER } from "./scripts/dictionary.mjs";
import { shellFirst } from "./scripts/shell";
import { weigh } from "./scripts/weigh";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Pages from one tree: the terminals, the centre's public pages, the device bench,
// the departments' simulator, the gallery of the design system. Everything is served from the program's own embedded files.
export default defineConfig({
  plugins: [vue(), weigh(), shellFirst(), dictionary()],
  resolve: { alias: { "@dictionary": FOLDER, "@": here("./src") } },
  // Of vue-i18n only texts by key are used.
  define: { __VUE_I18N_FULL_INSTALL__: false, __VUE_I18N_LEGACY_API__: false, __INTLIFY_PROD_DEVTOOLS__: false },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: ["chrome105", "safari16"],
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    modulePreload: { polyfill: false }, // every webview and browser that is served knows it
    rolldownOptions: {
      output: {
        // What every page is made of is one file: a terminal's window asks its own
        // process for each file in turn, and the first screen waits for all of them.
        codeSplitting: { groups: [{ name: "base", test: /src\/(?:i18n|api)\/|src\/ui\/(?!HLooks|HField|HCheck|HSteps|HTabs|HKeys|HBadge|glyphs|focus|contrast|panels|element)[^/]*$/ }] },
      },
      input: {
        index: here("./index.html"),
        central: here("./central.html"),
        bench: here("./bench.html"),
        departments: here("./departments.html"),
        gallery: here("./gallery.html"),
      },
    },
  },
  server: {
    // Readings of rare characters are one list, for pages and printers.
    fs: { allow: [here("."), here("../devices/printer/glyphs"), FOLDER] },
    proxy: {
      "/api": "http://127.0.0.1:4100",
      "/central/v1": "http://127.0.0.1:4200",
      "/bench/v1": "http://127.0.0.1:4300",
      "/depsim/v1": "http://127.0.0.1:4400",
    },
  },
  test: {
    environment: "happy-dom",
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000, // a busy machine is no failure
    server: { deps: { inline: ["element-plus"] } },
  },
});
