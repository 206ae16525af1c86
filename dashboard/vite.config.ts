import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Two pages without inline code: the engine serves them under `default-src 'self'`. */
export default defineConfig({
  root: here("."),
  base: "/",
  build: {
    outDir: here("../dist/dashboard"),
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    // An inlined asset would be a data: address, which the policy allows for images only.
    assetsInlineLimit: 0,
    rolldownOptions: { input: [here("index.html"), here("inspect.html")] },
  },
});
