/** Builds the pages as `npm run build` does, from data in a folder of its own, into a folder of its own. */

import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { ASTRO } from "#pipeline/stages/build-site.ts";
import { inTurn, openLocks } from "#pipeline/store/locks.ts";
import { writeFixtureAtlas } from "./fixture-atlas.ts";

export interface BuiltSite {
  /** The folder that a host would serve. */
  readonly dist: string;
  /** What the build printed. */
  readonly log: string;
}

/**
 * Builds into `folder`, with the fixture atlas or with no data at all.
 *
 * @throws Error with the build's output where it fails
 */
export async function buildSite(folder: string, atlas: "fixture" | "none"): Promise<BuiltSite> {
  const data = join(folder, "data");
  const files = join(folder, "public");
  await mkdir(files, { recursive: true });
  if (atlas === "fixture") await writeFixtureAtlas({ data, public: files, units: 12 });
  return buildPages(folder);
}

/**
 * Builds the pages over `data` and `public` of `folder` into its `dist`.
 *
 * @throws Error with the build's output where it fails
 */
export async function buildPages(folder: string): Promise<BuiltSite> {
  const dist = join(folder, "dist");
  const places = {
    ATLAS_DATA: join(folder, "data"),
    ATLAS_PUBLIC: join(folder, "public"),
    ATLAS_OUT: dist,
    ATLAS_CACHE: join(folder, "cache"),
  };
  // Files of tests run side by side, and so do builds of the atlas.
  const log = await inTurn(openLocks(ASTRO), "build", new AbortController().signal, () => runAstro(places));
  return { dist, log };
}

function runAstro(environment: Readonly<Record<string, string>>): Promise<string> {
  const astro = join(dirname(createRequire(import.meta.url).resolve("astro/package.json")), "bin/astro.mjs");
  // Vitest puts MODE, PROD and more into the environment, which would make Astro build for development.
  const { PATH, HOME } = process.env;
  return new Promise((settle, reject) => {
    const child = spawn(process.execPath, [astro, "build"], {
      cwd: resolve(import.meta.dirname, "../.."),
      env: { PATH, HOME, ...environment, ASTRO_TELEMETRY_DISABLED: "1" },
    });
    let log = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (log += text));
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? settle(log) : reject(new Error(`astro build exits with ${code}:\n${log}`)),
    );
  });
}
