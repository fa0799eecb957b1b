/**
 * How the pages are built. Everything that differs between hosts comes from the environment:
 *
 *   ATLAS_DATA     where published data lies       content/data
 *   ATLAS_PUBLIC   what is copied as it is         public
 *   ATLAS_OUT      where the site is written       dist
 *   ATLAS_BASE     path below which it is served   /        (only 404.html needs it; links are relative)
 *   ATLAS_SITE     origin, for citations           none     (readers' browsers fill it in)
 *   ATLAS_CACHE    where Astro keeps its cache     node_modules/.astro
 */
import mdx from "@astrojs/mdx";
import { defineConfig } from "astro/config";
import { tfjsSlim } from "./src/island/tfjs-slim.ts";

const {
  ATLAS_PUBLIC = "public",
  ATLAS_OUT = "dist",
  ATLAS_BASE = "/",
  ATLAS_SITE,
  ATLAS_CACHE = "node_modules/.astro",
} = process.env;

export default defineConfig({
  site: ATLAS_SITE,
  base: ATLAS_BASE,
  publicDir: ATLAS_PUBLIC,
  outDir: ATLAS_OUT,
  cacheDir: ATLAS_CACHE,
  // A plain file server finds `a/b/index.html` for `a/b/` and for nothing else.
  trailingSlash: "always",
  build: { format: "directory", inlineStylesheets: "never" },
  integrations: [mdx()],
  // Shiki colours by inline styles, which the pages' policy forbids.
  markdown: { syntaxHighlight: false },
  // The next page is fetched while the pointer rests on its link: 1.1 KB of compressed script.
  prefetch: { prefetchAll: true, defaultStrategy: "hover" },
  devToolbar: { enabled: false },
  vite: {
    // Nothing inline: the pages' own Content-Security-Policy forbids it.
    build: { assetsInlineLimit: 0 },
    // tfjs is shipped without what the island never calls.
    worker: { format: "es", plugins: () => [tfjsSlim()] },
    experimental: {
      // Scripts find their parts (chunks, workers, WASM) beside them, so that one build works below any path.
      renderBuiltUrl: (_, { hostType, ssr }) => (hostType === "js" && !ssr ? { relative: true } : undefined),
    },
  },
});
