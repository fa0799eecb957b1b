/**
 * A neuron taken further in the built site, in Chromium on WASM: the real engine on a real model, below a sub-path of a
 * host that sends no headers of its own.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { ResultRecord } from "#island/optimizer/save.ts";
import { findChromium } from "#test/support/browser.ts";
import { buildRealSite, REAL } from "#test/support/real-site.ts";
import { serveInChromium } from "#test/support/served-site.ts";

vi.setConfig({ testTimeout: 120_000 });

/** What is loaded only when it is asked for. */
const ENGINE = /neuron-optimizer|worker|\.wasm|weights\.json|\.bin$/;

describe.skipIf(!findChromium())("refining a neuron", () => {
  let folder: string;
  let built: Awaited<ReturnType<typeof buildRealSite>>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "atlas-refine-"));
    built = await buildRealSite(folder);
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const site = serveInChromium(() => built.dist, "/some/sub/path/");
  const unitPath = () => `${REAL.model}/${REAL.tap}/${built.visualized}/`;
  const unitId = () => unitPath().slice(0, -1);

  /** A link whose run takes a second or two. */
  const link = (changes: Readonly<Record<string, string | number>> = {}) => {
    const usual = {
      refine: 1,
      start: "noise",
      recipe: "atlas",
      steps: 6,
      rate: 0.1,
      tv: 1,
      copies: 2,
      jitter: 32,
    };
    const entries = Object.entries({ ...usual, seed: 3, taken: changes.steps ?? 6, on: "wasm", ...changes });
    return `#${entries.map(([key, value]) => `${key}=${value}`).join("&")}`;
  };
  const open = (fragment = "", options: BrowserContextOptions = {}) =>
    site.open(unitPath() + fragment, options);
  const openBench = async (fragment: string, options: BrowserContextOptions = {}) => {
    const page = await open(fragment, options);
    await page.click("[data-refine]");
    await page.waitForSelector(".bench", { timeout: 60_000 });
    return page;
  };
  const out = (page: Page, name: string) => page.textContent(`[data-out="${name}"]`);
  const standsAt = (page: Page, step: number | string) =>
    page.waitForFunction(
      (words) =>
        document.querySelector('[data-out="aloud"]')?.textContent?.startsWith(words) &&
        /Finished|Standing still/.test(document.querySelector('[data-out="aloud"]')!.textContent!),
      `Step ${step} `,
      { timeout: 60_000 },
    );
  const picture = (page: Page) =>
    page.$eval("neuron-optimizer canvas", (element) => {
      const canvas = element as HTMLCanvasElement;
      return [...canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height).data];
    });
  const saved = async (page: Page, name: "PNG" | "JSON") => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(`text=Save ${name}`)]);
    return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
  };

  test("loads nothing until it is asked, and says before how much it will be", async () => {
    const page = await open();
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    await page.hover("[data-refine]");
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await page.waitForTimeout(500);
    expect(requests.filter((url) => ENGINE.test(url))).toEqual([]);
    expect(await page.textContent("[data-refine]")).toMatch(
      /^Refine this neuron · loads (\d\.\d MB|\d{3} kB)$/,
    );
    expect(await page.locator(".bench").count()).toBe(0);
  });

  test("begins when it is asked, from the published picture, and loads no layer above the neuron's", async () => {
    const page = await open();
    const chunks = new Set<string>();
    page.on("request", (request) => request.url().endsWith(".bin") && chunks.add(request.url()));
    await page.dblclick("[data-refine]");
    await standsAt(page, 8);
    expect(chunks.size).toBe(2);
    expect(page.workers().length).toBe(1);
    expect(await page.isChecked('[name=start][value="published"]')).toBe(true);
    expect(await out(page, "notice")).toContain("All 8 steps are taken.");
  });

  test("raises the objective", async () => {
    const page = await openBench(link({ steps: 24, copies: 4 }));
    await standsAt(page, 24);
    const { objective } = JSON.parse((await saved(page, "JSON")).bytes.toString()).curve as {
      objective: number[];
    };
    const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
    expect(objective).toHaveLength(24);
    expect(mean(objective.slice(-6))).toBeGreaterThan(mean(objective.slice(0, 6)) + 0.2);
    expect(Number(await out(page, "speed"))).toBeGreaterThan(0);
    expect(await out(page, "backend")).toBe("WASM");
  });

  test("pauses within two steps, and goes on", async () => {
    // With many copies a step takes longer than a frame is shown, so that every step is seen.
    const page = await openBench(link({ steps: 8, copies: 12 }), { reducedMotion: "no-preference" });
    const stepShown = () => Number.parseInt(document.querySelector('[data-out="step"]')!.textContent!, 10);
    await page.waitForFunction(() =>
      /^[2-9]/.test(document.querySelector('[data-out="step"]')!.textContent!),
    );
    await page.click('[data-do="run"]');
    const seen = await page.evaluate(stepShown);
    await page.waitForSelector('[data-do="run"] >> text=Run');
    await standsAt(page, await page.evaluate(stepShown));
    expect(await page.evaluate(stepShown)).toBeLessThanOrEqual(seen + 2);
    await page.click('[data-do="run"]');
    await standsAt(page, 8);
  });

  test("takes single steps, goes back over them, and begins again at step 0", async () => {
    const page = await openBench(link({ taken: 3 }));
    await standsAt(page, 3);
    const third = await picture(page);
    await page.click("text=One step");
    await standsAt(page, 4);
    expect(await picture(page)).not.toEqual(third);
    await page.click("text=Undo");
    await standsAt(page, 3);
    expect(await picture(page)).toEqual(third);
    await page.click("text=Reset");
    await standsAt(page, 0);
    expect(await picture(page)).not.toEqual(third);
    await page.click('[data-do="run"]');
    await standsAt(page, 6);
    await page.click("text=Undo");
    await standsAt(page, 0);
  });

  test("a permalink makes the same picture again, byte for byte", async () => {
    const permissions = { permissions: ["clipboard-read", "clipboard-write"] };
    const page = await openBench(
      link({ start: "published", steps: 8, taken: 5, climb: "negative" }),
      permissions,
    );
    await standsAt(page, 5);
    await page.click("text=Copy permalink");
    await page.waitForSelector("text=makes this picture again");
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied.startsWith(site.address + unitPath())).toBe(true);
    const other = await openBench(new URL(copied).hash);
    expect(await other.isChecked('[name=start][value="published"]')).toBe(true);
    expect(await other.inputValue("[name=mode]")).toBe("negative");
    await standsAt(other, 5);
    expect(await picture(other)).toEqual(await picture(page));
  });

  test("a link that is cut short says so, and begins nothing", async () => {
    const page = await openBench("#refine=1&start=noise&recipe=atlas");
    expect(await out(page, "problem")).toContain("Link: expected an entry “steps”, got none");
    await page.fill("[name=steps]", "2");
    await page.click('[data-do="run"]');
    await standsAt(page, 2);
    expect(await page.isVisible('[data-out="problem"]')).toBe(false);
  });

  test("a saved picture holds what made it", async () => {
    const page = await openBench(link());
    await standsAt(page, 6);
    const { name, bytes } = await saved(page, "PNG");
    expect(name).toBe(`${unitId().replaceAll("/", "-")}-step-6.png`);
    const { data } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    expect([...data]).toEqual((await picture(page)).filter((_, i) => i % 4 < 3));
    const { comments = [] } = await sharp(bytes).metadata();
    const texts = Object.fromEntries(comments.map(({ keyword, text }) => [keyword, text]));
    const record: ResultRecord = JSON.parse(texts.Provenance!);
    expect(record).toMatchObject({
      unit: unitId(),
      aim: [{ unit: built.visualized, weight: 1 }],
      start: { from: "noise" },
      settings: { recipe: "atlas", steps: 6, copies: 2, learningRate: 0.1, variationWeight: 1, seed: 3 },
      stepsTaken: 6,
      backend: "wasm",
      reproducible: true,
    });
    expect(record.weights).toMatch(/^[0-9a-f]{64}$/);
    expect(record.release).toMatch(/^[0-9a-f]{12}$/);
    expect(record.versions.tfjs).toMatch(/^\d/);
    expect(texts.Source).toBe(record.permalink);
    expect(new URL(record.permalink).hash).toBe(link());
    const { curve, ...rest } = JSON.parse((await saved(page, "JSON")).bytes.toString());
    expect(rest).toEqual(record);
    expect(curve.recorded).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test("climbs two neurons at once and directions, and says what cannot be climbed", async () => {
    const page = await openBench(link());
    await standsAt(page, 6);
    await page.selectOption("[name=mode]", "contrast");
    expect(await out(page, "formula")).toContain(
      "Second neuron: expected a neuron of this layer, 0 to 511, got nothing",
    );
    await page.click(".near button >> nth=0");
    const other = await page.inputValue("[name=other]");
    await page.fill("[name=b]", "0.5");
    expect(await out(page, "formula")).toBe(`Climbs ${built.visualized} − 0.5 · ${other}.`);
    expect(await out(page, "notice")).toContain("take effect when you begin again");
    const single = await picture(page);
    await page.click("text=Begin again");
    await page.waitForFunction(
      (aim) => document.querySelector('[data-out="aim"]')!.textContent!.startsWith(aim),
      `${built.visualized} −`,
    );
    await standsAt(page, 6);
    expect(await picture(page)).not.toEqual(single);
    await page.selectOption("[name=mode]", "direction");
    await page.fill("[name=text]", "12: 0.5, 900: 1");
    await page.click("text=Begin again");
    expect(await out(page, "problem")).toBe(
      "Direction, entry 2: expected a neuron of this layer, 0 to 511, got 900; name one of the layer",
    );
    await page.fill("[name=text]", "12: 0.5, 90: -1");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() =>
      document.querySelector('[data-out="aim"]')!.textContent!.startsWith("0.5 · 12 − 90"),
    );
    await standsAt(page, 6);
  });

  test("changed settings wait until the run is begun again", async () => {
    const page = await openBench(link({ steps: 400 }));
    await page.waitForFunction(() =>
      /^[1-9]/.test(document.querySelector('[data-out="step"]')!.textContent!),
    );
    await page.fill("[name=steps]", "4");
    expect(await out(page, "notice")).toContain("Changed settings take effect when you begin again.");
    expect(await out(page, "step")).toMatch(/of 400$/);
    await page.click("text=Begin again");
    await standsAt(page, 4);
    expect(await out(page, "step")).toBe("4 of 4");
    await page.fill("[name=steps]", "0");
    await page.click("text=Begin again");
    expect(await out(page, "problem")).toContain("Steps: expected a whole number from 1 to 5,000, got “0”");
  });

  test("begins with an image of the set, with a picture of the reader's, and goes on from what it made", async () => {
    const page = await openBench(link());
    await standsAt(page, 6);
    const fromNoise = await picture(page);
    await page.click(".pick >> nth=0");
    await page.click("text=Begin again");
    await expect.poll(() => picture(page), { timeout: 30_000 }).not.toEqual(fromNoise);
    const png = await sharp({ create: { width: 90, height: 70, channels: 3, background: "#2266aa" } })
      .png()
      .toBuffer();
    await page.setInputFiles("[name=file]", { name: "mine.png", mimeType: "image/png", buffer: png });
    expect(await page.isChecked('[name=start][value="own"]')).toBe(true);
    expect(await out(page, "own")).toBe("mine.png. It stays in this page and is not part of a link.");
    await page.click("text=Begin again");
    await page.waitForFunction(() =>
      document
        .querySelector('[data-out="notice"]')!
        .textContent!.includes("holds the settings and not its beginning"),
    );
    await page.click('[data-do="reset"]');
    await standsAt(page, 0);
    expect((await picture(page)).slice(0, 4)).toEqual([0x22, 0x66, 0xaa, 255]);
    await page.click('[data-do="run"]');
    await standsAt(page, 6);
    const made = await picture(page);
    await page.click("text=Go on from this picture");
    await expect.poll(() => picture(page), { timeout: 30_000 }).not.toEqual(made);
    await page.click('[data-do="reset"]');
    await standsAt(page, 0);
    expect(await picture(page)).toEqual(made);
  });

  test("can be worked by keyboard, and every control has a name", async () => {
    const page = await open(link());
    await page.focus("[data-refine]");
    await page.keyboard.press("Enter");
    await standsAt(page, 6);
    expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.do)).toBe("run");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement!.textContent)).toBe("Reset");
    await page.keyboard.press("Space");
    await standsAt(page, 0);
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    await standsAt(page, 1);
    const bench = page.locator("neuron-optimizer");
    const unnamed = await bench.locator("input, select, button, canvas, progress").evaluateAll((elements) =>
      elements
        .filter((element) => {
          const labels = (element as HTMLInputElement).labels;
          const text = [...(labels ?? [])].map(
            (label) => label.textContent!.trim() || label.querySelector("img")?.alt,
          );
          return !(element.ariaLabel || element.textContent?.trim() || text.join(""));
        })
        .map((element) => element.outerHTML),
    );
    expect(unnamed).toEqual([]);
    expect(await page.getAttribute("neuron-optimizer canvas", "aria-label")).toMatch(
      /^Picture that climbs neuron \d+\. Step 1 of 6, activation/,
    );
  });

  test("fits a phone, with targets for fingers", async () => {
    const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
    const page = await openBench(link(), phone);
    await standsAt(page, 6);
    const wider = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(wider).toBe(0);
    const small = await page
      .locator("neuron-optimizer :is(button, select, summary, .choice, .pick):visible")
      .evaluateAll((elements) =>
        elements
          .filter((element) => {
            const { width, height } = element.getBoundingClientRect();
            return width < 44 || height < 44;
          })
          .map((element) => element.outerHTML),
      );
    expect(small).toEqual([]);
  });

  test("another backend takes the run over where it stands", async () => {
    const page = await openBench(link({ taken: 2 }));
    await standsAt(page, 2);
    const before = await picture(page);
    await page.click("text=What computes");
    await page.selectOption("[name=backend]", "cpu");
    await page.waitForFunction(
      () => document.querySelector('[data-out="backend"]')!.textContent === "plain CPU",
    );
    expect(await picture(page)).toEqual(before);
    expect(await out(page, "tried")).toContain("passes");
    await page.click("text=One step");
    await standsAt(page, 3);
  });

  test("a picture that was left is found again", async () => {
    const page = await openBench(link({ taken: 4 }));
    await standsAt(page, 4);
    const left = await picture(page);
    await page.goto(`${site.address}${REAL.model}/`);
    await page.goto(site.address + unitPath());
    await page.click("[data-refine]");
    await page.waitForSelector("text=This is the picture that you left at step 4 of 6.");
    expect(await picture(page)).toEqual(left);
    await page.click("text=Go on from it");
    await standsAt(page, 6);
  });

  test("a worker that does not load, and files that do not come, leave a way to try again", async () => {
    const page = await open(link());
    await page.evaluate(() => {
      // One for the link's backend, one for any other.
      let missing = 2;
      window.Worker = class extends Worker {
        constructor(url: string | URL, options?: WorkerOptions) {
          super(missing-- > 0 ? `${url}.missing` : url, options);
        }
      };
    });
    await page.click("[data-refine]");
    await page.waitForSelector("text=worker: expected an answer, got none");
    await page.route("**/weights.json", (route) => route.abort());
    await page.click("button >> text=Try again");
    await page.waitForSelector("text=got no connection; try again when you are online");
    await page.unroute("**/weights.json");
    await page.click("button >> text=Try again");
    await standsAt(page, 6);
    expect(site.troubles.splice(0).every((trouble) => /404|ERR_FAILED/.test(trouble))).toBe(true);
  });

  test("without a connection the page says so, and the button works when there is one", async () => {
    const page = await open(link());
    await page.context().setOffline(true);
    await page.click("[data-refine]");
    await page.waitForSelector("text=Engine: expected its script, got no connection");
    await page.context().setOffline(false);
    await page.click("[data-refine]");
    await standsAt(page, 6);
    expect(site.troubles.splice(0).every((trouble) => /ERR_INTERNET_DISCONNECTED/.test(trouble))).toBe(true);
  });
});
