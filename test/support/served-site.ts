/** A folder of pages, served and opened in Chromium, for the tests of one `describe`. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { launchChromium } from "./browser.ts";
import { type StaticServer, serveFolder } from "./static-server.ts";
import { openWatched } from "./watched-page.ts";

export interface ServedSite {
  /** Address of the folder, with a trailing slash; known once a test runs. */
  readonly address: string;
  /**
   * What went wrong in the pages of a test: console errors, failed answers, requests to other hosts. A test fails that
   * ends with any left; one that expects some takes them out.
   */
  readonly troubles: string[];
  /** Opens a page in a context of its own. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>;
}

/**
 * Serves a folder and launches the browser before the tests of the surrounding `describe`, and ends both after them.
 *
 * @param folder asked for when the tests begin, since a build may have to come before
 * @param prefix path that the folder is served below, with leading and trailing slash
 * @param args further arguments of Chromium
 */
export function serveInChromium(
  folder: () => string,
  prefix: string,
  ...args: readonly string[]
): ServedSite {
  let server: StaticServer;
  let browser: Browser;
  const troubles: string[] = [];

  beforeAll(async () => {
    server = await serveFolder(folder(), prefix);
    browser = await launchChromium(...args);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    expect(troubles.splice(0)).toEqual([]);
  });
  return {
    troubles,
    get address() {
      return server.address;
    },
    open: (path, options = {}) => openWatched(browser, server.address, path, troubles, options),
  };
}
