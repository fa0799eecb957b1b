/** The Chromium of this machine, for tests of pages; tests say that they are skipped where there is none. */

import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** `CHROMIUM_PATH`, else the first browser in the usual places, else null. */
export function findChromium(): string | null {
  return [process.env.CHROMIUM_PATH ?? "", ...PLACES].find((path) => path !== "" && existsSync(path)) ?? null;
}

/**
 * @param more arguments besides those that every test wants
 * @throws Error where `findChromium` finds none
 */
export function launchChromium(...more: readonly string[]): Promise<Browser> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error("internal: no Chromium; tests ask `findChromium` first");
  return chromium.launch({ executablePath, args: [...ARGUMENTS, ...more] });
}
