/**
 * A reader's own image in the built site, in Chromium: what the page says of it is what the pipeline says, and nothing
 * of it leaves the page.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContextOptions, Page, Request } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { forwardDefinition } from "#core/ascent.ts";
import { openModel } from "#core/models/index.ts";
import { resizeAndCrop, writePlanes } from "#core/preprocess/preprocess.ts";
import type { Sight } from "#island/own-image/session.ts";
import { ROOT } from "#pipeline/config.ts";
import { decode } from "#pipeline/images/decode.ts";
import { classes, describe as describePicture, renderMany } from "#pipeline/images/picturebook/index.ts";
import { compile } from "#pipeline/run/index.ts";
import { recipes } from "#pipeline/train/recipes.ts";
import { loadWeights, readCard } from "#pipeline/weights/load.ts";
import { findChromium } from "#test/support/browser.ts";
import { preprocessingOf } from "#test/support/preprocessing.ts";
import { buildRealSite, REAL } from "#test/support/real-site.ts";
import { serveInChromium } from "#test/support/served-site.ts";

vi.setConfig({ testTimeout: 120_000 });

const PICTURES = 20;
const { model: config, heldOut } = recipes.find(({ id }) => id === REAL.model)!;
const SIZE = config.imageSize;
const { units, grid } = openModel(config).tap(REAL.tap);

/** A picture that training never saw, what it shows, and what the pipeline computes of it. */
interface Known {
  readonly png: Buffer;
  readonly label: string;
  readonly logits: Float32Array;
  /** Of `REAL.tap`, [P, units]. */
  readonly activations: Float32Array;
}

interface Opening extends BrowserContextOptions {
  /** Called before the model is loaded. */
  readonly before?: (page: Page) => void;
}

/** As a test reads a sight in the page: typed arrays become plain. */
interface SeenInPage {
  readonly logits: number[];
  readonly activations: number[];
  readonly pixels: number[];
}

/** Pictures whose class the pipeline ranks first. */
async function knownPictures(count: number): Promise<Known[]> {
  const { card, root } = await readCard(join(ROOT, "content/models", `${REAL.model}.json`));
  const { weights } = await loadWeights(card, root);
  const runner = await compile(forwardDefinition(config, [REAL.tap], 1), weights, { device: "cpu" });
  const known: Known[] = [];
  for (let index = 0; known.length < count; index++) {
    const picture = describePicture(heldOut.seed, index);
    const data = Buffer.from(await renderMany([picture], SIZE));
    const images = new Float32Array(3 * SIZE * SIZE);
    writePlanes({ width: SIZE, height: SIZE, data }, images, 0);
    const outputs = await runner.run({ images });
    const logits = outputs.logits as Float32Array;
    if (logits.indexOf(Math.max(...logits)) !== picture.classIndex) continue;
    const png = await sharp(data, { raw: { width: SIZE, height: SIZE, channels: 3 } })
      .png()
      .toBuffer();
    const label = classes[picture.classIndex]!.name;
    known.push({ png, label, logits, activations: outputs[REAL.tap] as Float32Array });
  }
  await runner.dispose();
  return known;
}

const apart = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a).toHaveLength(b.length);
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
};

describe.skipIf(!findChromium())("an own image", () => {
  let folder: string;
  let site: Awaited<ReturnType<typeof buildRealSite>>;
  let known: Known[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "atlas-own-image-"));
    site = await buildRealSite(folder);
    known = await knownPictures(PICTURES);
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));
  // A camera that shows a moving pattern; whether a page may use it is another matter.
  const served = serveInChromium(() => site.dist, "/some/sub/path/", "--use-fake-device-for-media-stream");

  const unitPage = () => `${REAL.model}/${REAL.tap}/${site.visualized}/`;
  /** Opens a page and loads the model, on the backend that every machine has. */
  async function open(path = `${REAL.model}/`, options: Opening = {}): Promise<Page> {
    const { before, ...context } = options;
    const page = await served.open(`${path}?backend=wasm`, context);
    before?.(page);
    // By the keyboard, so that the pointer rests on no link, whose page Astro would fetch.
    await page.press("own-image button:has-text('Load the model')", "Enter");
    await page.waitForSelector("own-image input[type=file]", { state: "attached", timeout: 60_000 });
    return page;
  }

  /** Shows a file and gives what the page was told of it. */
  async function show(page: Page, buffer: Buffer, name = "picture.png"): Promise<SeenInPage> {
    const seen = page.evaluate(
      (tap) =>
        new Promise<SeenInPage>((resolve) => {
          const listener = (event: Event) => {
            const { logits, activations, pixels } = (event as CustomEvent<Sight>).detail;
            resolve({
              logits: [...logits],
              activations: [...activations[tap]!],
              pixels: [...pixels.data],
            });
          };
          document.addEventListener("own-image-seen", listener, { once: true });
        }),
      REAL.tap,
    );
    await page.setInputFiles("own-image input[type=file]", { name, mimeType: "image/png", buffer });
    return seen;
  }

  test("says of 20 pictures the class, the logits and the activations that the pipeline says", async () => {
    const page = await open();
    for (const { png, label, logits, activations } of known) {
      const seen = await show(page, png);
      expect(await page.textContent(".own-scores li span")).toBe(label);
      expect(apart(seen.logits, logits)).toBeLessThan(1e-3);
      expect(apart(seen.activations, activations)).toBeLessThan(1e-3);
    }
  });

  test("shows the page's neuron on the picture, and its place among the images of the set", async () => {
    const page = await open(unitPage());
    const [{ png, activations }] = known as [Known];
    await show(page, png);
    const map = Float32Array.from(
      { length: grid[0] * grid[1] },
      (_, p) => activations[p * units + site.visualized]!,
    );
    const alphas = await page.$eval("own-image canvas.veil", (canvas) => {
      const { width, height } = canvas as HTMLCanvasElement;
      const { data } = (canvas as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height);
      return [...data.filter((_, i) => i % 4 === 3)];
    });
    const peak = Math.max(...map);
    const expected = [...map].map((value) => 255 * (1 - Math.max(0, value) / peak));
    expect(apart(alphas, expected)).toBeLessThanOrEqual(1);
    const mean = map.reduce((a, b) => a + b, 0) / map.length;
    expect(await page.textContent("[data-out=placed]")).toMatch(
      new RegExp(
        `^Activation ${mean.toFixed(2).replace("-", "−")}, (above|below) .* of ${REAL.images.count} images`,
      ),
    );
    expect(await page.locator("[data-out=histogram] svg").count()).toBe(1);
  });

  test("sends nothing: whatever the picture, the page asks for the same files of the site, and posts none", async () => {
    const asked = async (png: Buffer): Promise<string[]> => {
      const requests: string[] = [];
      const note = (request: Request) => {
        // What a page has in its memory already is read under an address of that moment, and goes nowhere.
        if (request.url().startsWith("blob:")) return;
        requests.push(`${request.method()} ${request.url()} ${request.postData() ?? ""}`.trim());
      };
      const page = await open(unitPage(), { before: (opened) => opened.on("request", note) });
      await show(page, png);
      // Which neurons these are depends on the picture, and Astro fetches the page of a link after 80 ms of focus.
      await page.focus(".own-layers a[data-unit]");
      await page.waitForTimeout(300);
      await page.focus(".own-patches [tabindex='0']");
      await page.keyboard.press("ArrowDown");
      await page.waitForLoadState("networkidle");
      return [...new Set(requests)].sort();
    };
    const [first, second] = [await asked(known[0]!.png), await asked(known[1]!.png)];
    expect(second).toEqual(first);
    for (const request of first) expect(request).toMatch(new RegExp(`^GET ${served.address}[^?]*$`));
    // The worker's own requests are among them.
    expect(first.join("\n")).toMatch(/objects\/.*\.bin/);
  });

  test("prepares a picture byte for byte as the pipeline does: upright, without profile, of any format", async () => {
    const page = await open();
    for (const name of [
      "rotated.jpg",
      "rgb.jpg",
      "grey.jpg",
      "palette.png",
      "one-bit.png",
      "lossless.webp",
    ]) {
      const file = await readFile(join(ROOT, "test/golden/images", name));
      const { data } = resizeAndCrop(await decode(file), preprocessingOf(SIZE));
      expect((await show(page, file, name)).pixels, name).toEqual([...data]);
    }
  });

  test("takes in a photograph of 48 megapixels", async () => {
    const page = await open();
    const size = { width: 8000, height: 6000, fit: "fill", kernel: "nearest" } as const;
    const large = await sharp(known[0]!.png).resize(size).jpeg({ quality: 50 }).toBuffer();
    expect((await show(page, large, "large.jpg")).pixels).toHaveLength(3 * SIZE * SIZE);
    expect(await page.textContent(".own-status")).toMatch(/^8000 × 6000 pixels/);
  });

  test("says what is wrong with a file, and takes the next one", async () => {
    const page = await open();
    const dot = sharp({ create: { width: 1, height: 1, channels: 3, background: "red" } });
    const files: [name: string, mimeType: string, buffer: Buffer, message: string][] = [
      [
        "notes.txt",
        "text/plain",
        Buffer.from("no picture"),
        "expected a picture such as JPEG, PNG or WebP, got text/plain; choose another file",
      ],
      ["empty.png", "image/png", Buffer.alloc(0), "expected a picture, got 0 bytes; choose another file"],
      [
        "cut.png",
        "image/png",
        known[0]!.png.subarray(0, 60),
        "expected a picture such as JPEG, PNG or WebP, got damaged or unknown image/png data; choose another file",
      ],
      [
        "dot.png",
        "image/png",
        await dot.png().toBuffer(),
        "expected at least 8 pixels on a side, got 1 × 1 pixels; choose a larger picture",
      ],
    ];
    for (const [name, mimeType, buffer, message] of files) {
      await page.setInputFiles("own-image input[type=file]", { name, mimeType, buffer });
      await page.waitForSelector(`.own-problem:has-text("${name}")`);
      expect(await page.textContent(".own-problem")).toBe(`${name}: ${message}`);
    }
    await show(page, known[0]!.png);
    expect(await page.isHidden(".own-problem")).toBe(true);
  });

  test("patches are reached by the arrow keys, and say which neurons fire there", async () => {
    const page = await open();
    const { activations } = known[0]!;
    await show(page, known[0]!.png);
    await page.focus(".own-patches [tabindex='0']");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    expect(await page.textContent("[data-out=ranked]")).toBe("Neurons that fire most at row 2, column 2");
    const reference = await page.evaluate(
      async (url) => (await fetch(url)).json(),
      `${served.address}api/${REAL.model}/reference.json`,
    );
    const patch = grid[1] + 1;
    const shares = (reference.layers[0].peak as number[]).map((peak, unit) =>
      peak > 0 ? activations[patch * units + unit]! / peak : Number.NEGATIVE_INFINITY,
    );
    const strongest = shares.indexOf(Math.max(...shares));
    expect(await page.textContent(".own-layers a[data-unit] b")).toBe(String(strongest));
    await page.keyboard.press("Enter");
    await page.focus("own-image input[type=file]");
    expect(await page.textContent("[data-out=ranked]")).toBe("Neurons that fire most at row 2, column 2");
    await page.focus(".own-patches [tabindex='0']");
    await page.keyboard.press("Escape");
    await page.focus("own-image input[type=file]");
    expect(await page.textContent("[data-out=ranked]")).toBe("Neurons that the picture excites most");
  });

  test("pictures come from the clipboard and from the atlas too; a camera that is refused is explained", async () => {
    const page = await open();
    await page.click(".own-samples button >> nth=1");
    await page.waitForSelector(".own-scores li");
    const before = await page.textContent(".own-scores");
    await page.evaluate(
      (bytes) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], "pasted.png", { type: "image/png" }));
        document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data }));
      },
      [...known[3]!.png],
    );
    await page.waitForFunction((text) => document.querySelector(".own-scores")!.textContent !== text, before);
    expect(await page.textContent(".own-scores li span")).toBe(known[3]!.label);
    await page.click("text=use the camera");
    await page.waitForSelector(".own-problem:not([hidden])");
    expect(await page.textContent(".own-problem")).toMatch(/^camera: expected .*; .*choose a file$/);
  });

  test("takes a picture from the camera, and ends the recording when told", async () => {
    const page = await open(undefined, { permissions: ["camera"] });
    await page.click("text=use the camera");
    await page.click("text=take this picture");
    await page.waitForSelector(".own-scores li");
    const running = () =>
      page.$eval("own-image video", (video) => (video as HTMLVideoElement).srcObject !== null);
    expect(await running()).toBe(true);
    await page.click("text=stop the camera");
    expect(await running()).toBe(false);
    expect(await page.isHidden("own-image video")).toBe(true);
  });
});
