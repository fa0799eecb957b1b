/** A page in the browser whose every trouble is noted, for tests of what a reader would meet. */

import type { Browser, BrowserContextOptions, Page } from "playwright-core";

/**
 * Opens `path` below `address` in a context of its own.
 *
 * Console errors, exceptions, answers of 400 and above, and requests to other hosts are added to `troubles`.
 */
export async function openWatched(
  browser: Browser,
  address: string,
  path: string,
  troubles: string[],
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: "reduce",
    ...options,
  });
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && troubles.push(message.text()));
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("request", (request) => {
    const url = request.url();
    // Bytes that a page has already: in its text, or in its memory.
    const own = url.startsWith("data:") || url.startsWith("blob:");
    if (!own && !url.startsWith(address)) troubles.push(`request of ${url}`);
  });
  page.on(
    "response",
    (response) => response.status() >= 400 && troubles.push(`${response.status()} ${response.url()}`),
  );
  await page.goto(address + path);
  return page;
}
