/**
 * The built-in atlas as it was really built, in Chromium: from trained models to what a reader sees.
 *
 * Needs `npm run atlas` before, and the folder it built in `ATLAS_BUILT`: `npm run test:built`. What a site must do
 * whatever its data is tested on the fixture in site.test.ts.
 */

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { layerDataSchema } from "#format/atlas-data.ts";
import { unitDataSchema } from "#format/unit-data.ts";
import { findChromium } from "#test/support/browser.ts";
import { serveInChromium } from "#test/support/served-site.ts";

vi.setConfig({ testTimeout: 60_000 });

const built = process.env.ATLAS_BUILT;
const MODELS = ["picturebook_vit", "picturebook_resnet"];

describe.skipIf(!built || !findChromium())("the built-in atlas", () => {
  const dist = resolve(built ?? "dist");
  const served = serveInChromium(() => dist, "/atlas/");
  const { open } = served;
  const json = (path: string) => JSON.parse(readFileSync(join(dist, "api", path), "utf8"));

  test("every picture of the home page is there", async () => {
    const page = await open("");
    const missing = await page.$$eval("img", async (images) => {
      for (const image of images) image.loading = "eager";
      await Promise.allSettled(images.map((image) => image.decode()));
      return images.filter(({ naturalWidth }) => naturalWidth === 0).map(({ src }) => src);
    });
    expect(missing).toEqual([]);
    expect(await page.locator("img, [class*=tile]").count()).toBeGreaterThan(20);
  });

  test.each(MODELS)("%s is read from its page to the end of a neuron's ascent", async (model) => {
    const { layers } = json(`${model}/index.json`);
    expect(layers.length).toBeGreaterThanOrEqual(4);
    const page = await open(`${model}/`);
    await page.click(`a[href*="${layers.at(-1).tap}/"] >> nth=0`);
    await page.waitForURL(`**/${layers.at(-1).tap}/**`);
    await page.goto(`${served.address}${model}/${layers.at(-1).tap}/`);
    expect(await page.locator(".sheet > li").count()).toBe(layers.at(-1).units);
    await page.check("[name=made]");
    await page.click(".sheet > li:not([hidden]) a >> nth=0");
    expect(await page.textContent("h1")).toMatch(/^Neuron \d+$/);
    await page.fill(".scrub", "0");
    expect(await page.isVisible(".stage .snapshot")).toBe(true);
    expect(await page.locator(".veil").count()).toBeGreaterThan(6);
    await page.keyboard.press("Escape");
  });

  test.each(MODELS)("the pictures of %s's neurons excite them more than images do on average", (model) => {
    const { layers } = json(`${model}/index.json`) as { layers: { tap: string }[] };
    const excited = layers.flatMap(({ tap }) => {
      const { statistics, visualizations } = layerDataSchema.parse(json(`${model}/${tap}.json`));
      return visualizations.flatMap((made, unit) =>
        made ? [made.activation > statistics.mean[unit]! + statistics.std[unit]!] : [],
      );
    });
    expect(excited.length).toBeGreaterThanOrEqual(2 * layers.length);
    expect(excited.filter(Boolean).length / excited.length).toBeGreaterThan(0.9);
  });

  test.each(MODELS)("%s was measured on the picturebook, and reads it well", (model) => {
    const { accuracy } = json(`${model}/index.json`);
    expect(accuracy.images).toBeGreaterThanOrEqual(500);
    // 92 % on held-out images is what the models were accepted at; of 500 images, a twentieth of samples fall below 90 %.
    expect(accuracy.top1).toBeGreaterThan(0.89);
  });

  test("a neuron's JSON is under its schema", () => {
    const { tap } = json("picturebook_vit/index.json").layers[0];
    expect(unitDataSchema.parse(json(`picturebook_vit/${tap}/0.json`)).id).toBe(`picturebook_vit/${tap}/0`);
  });

  test("the picturebook shows its pictures with their masks and captions", async () => {
    const page = await open("picturebook/");
    expect(await page.locator("main img").count()).toBeGreaterThan(30);
    expect(await page.textContent("main")).toMatch(/conflict/i);
  });
});
