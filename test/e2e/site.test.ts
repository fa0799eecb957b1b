/**
 * The built site in Chromium, below a sub-path of a plain file server: the ways a reader takes.
 *
 * One build serves all tests. What needs no browser is in test/site.
 */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { unitDataSchema } from "#format/unit-data.ts";
import { findChromium } from "#test/support/browser.ts";
import { type BuiltSite, buildSite } from "#test/support/built-site.ts";
import { serveInChromium } from "#test/support/served-site.ts";
import { serveFolder } from "#test/support/static-server.ts";

const PREFIX = "/some/sub/path/";
const UNIT = "picturebook_vit/blocks.2.mlp.act/5/";
/** Its layer has no labels, as layers have that looked at unlabelled photographs. */
const UNLABELLED = "picturebook_resnet/layer3.1.out/0/";
const UNMADE = "picturebook_vit/blocks.2.mlp.act/3/";
const PAGES = [
  "",
  "picturebook_vit/",
  "picturebook_vit/blocks.2.mlp.act/",
  UNIT,
  UNMADE,
  "picturebook_resnet/layer3.1.out/",
  UNLABELLED,
  "experiments/",
  "experiments/foreground-background/",
  "experiments/frequency-filters/",
  "picturebook/",
  "method/",
  "docs/your-own-model/",
];

// A page takes a second; a machine that trains a model beside it takes its time.
vi.setConfig({ testTimeout: 30_000 });

let folder: string;
let site: BuiltSite;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "atlas-site-"));
  site = await buildSite(folder, "fixture");
}, 240_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the built files", () => {
  const pages = () =>
    (readdirSync(site.dist, { recursive: true }) as string[])
      .filter((path) => path.endsWith(".html"))
      .map((path) => ({ path, html: readFileSync(join(site.dist, path), "utf8") }));

  test("every link of every page is relative and leads to a file", () => {
    const broken = pages()
      .filter(({ path }) => path !== "404.html")
      .flatMap(({ path, html }) =>
        [...html.matchAll(/ (?:href|src)="([^"]*)"/g)]
          .map(([, address]) => address!.replace(/[?#].*$/, ""))
          .filter((address) => address !== "" && !/^(https:|data:)/.test(address))
          .filter((address) => {
            const file = join(
              site.dist,
              dirname(path),
              address.endsWith("/") ? `${address}index.html` : address,
            );
            return address.startsWith("/") || !statSync(file, { throwIfNoEntry: false })?.isFile();
          })
          .map((address) => `${path} → ${address}`),
      );
    expect(broken).toEqual([]);
  });

  test("no page has an inline script or style, a picture without size, or more than one first heading", () => {
    for (const { path, html } of pages()) {
      expect(html.match(/<script(?![^>]*src=)[^>]*>|<style|\sstyle="/g), path).toBeNull();
      expect(html.match(/<img(?![^>]*width=)[^>]*>/g), path).toBeNull();
      expect(html.match(/<h1/g), path).toHaveLength(1);
    }
  });

  test.each([
    ["a neuron's page", UNIT, 3],
    ["a model's page", "picturebook_vit/", 2],
  ])("%s with its scripts and styles is below 40 KB compressed", (_, folder, least) => {
    const path = join(site.dist, folder, "index.html");
    const html = readFileSync(path, "utf8");
    const parts = [...html.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, file]) =>
      join(dirname(path), file!),
    );
    const size = [path, ...parts].reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
    expect(parts.length).toBeGreaterThan(least);
    expect(size).toBeLessThan(40_000);
  });

  test("the static API holds every unit under its schema, and the schemas beside", () => {
    const read = (path: string) => JSON.parse(readFileSync(join(site.dist, "api", path), "utf8"));
    const index = read("index.json");
    expect(index.models.map(({ id }: { id: string }) => id)).toEqual([
      "picturebook_vit",
      "picturebook_resnet",
    ]);
    expect(unitDataSchema.parse(read(`${UNIT.slice(0, -1)}.json`)).id).toBe(UNIT.slice(0, -1));
    expect(read("picturebook_vit/blocks.2.mlp.act.json").units).toBe(12);
    expect(read("picturebook_vit/weights.json").chunks.length).toBeGreaterThan(5);
    expect(read("picturebook_vit/reference.json").layers).toHaveLength(3);
    for (const name of ["atlas", "model", "layer", "unit", "weights", "reference", "images", "picturebook"]) {
      expect(read(`schemas/${name}.json`).properties.format).toEqual({ type: "number", const: 1 });
    }
  });
});

test("without any data the site builds and says how an atlas is made", async () => {
  const empty = await buildSite(join(folder, "empty"), "none");
  const home = readFileSync(join(empty.dist, "index.html"), "utf8");
  expect(home).toContain("npm run atlas");
  expect(home).not.toContain("<article");
}, 120_000);

describe.skipIf(!findChromium())("in Chromium", () => {
  const served = serveInChromium(() => site.dist, PREFIX);
  const { open, troubles } = served;
  const where = (page: Page) => relative(PREFIX, new URL(page.url()).pathname);

  test("a reader clicks from home to a model, a layer, a neuron, and back by breadcrumbs", async () => {
    const page = await open("");
    await page.click("text=Picturebook ViT");
    await page.click(".layers >> text=Block 2 · feed-forward");
    expect(where(page)).toBe("picturebook_vit/blocks.2.mlp.act");
    await page.click(".sheet a >> nth=0");
    expect(await page.textContent("h1")).toMatch(/^Neuron \d+$/);
    await page.click(".crumbs >> text=Picturebook ViT");
    expect(where(page)).toBe("picturebook_vit");
  });

  test.each([1280, 360])(
    "every block of a model's diagram leads to its layer, at a width of %i px by pointer and by key",
    async (width) => {
      const taps = ["layer1.1.out", "layer2.1.out", "layer3.1.out"];
      const page = await open("picturebook_resnet/");
      await page.setViewportSize({ width, height: 900 });
      const blocks = page.locator("a.block:visible");
      const addresses = () => blocks.evaluateAll((links) => links.map((link) => link.getAttribute("href")!));
      expect((await addresses()).map((address) => address.split("/").at(-2))).toEqual(taps);
      for (const [k, tap] of taps.entries()) {
        await blocks.nth(k).click();
        expect(where(page)).toBe(`picturebook_resnet/${tap}`);
        await page.goBack();
      }
      await page.focus(".crumbs a");
      for (const [k, tap] of taps.entries()) {
        await page.keyboard.press("Tab");
        expect(await blocks.nth(k).evaluate((link) => link === document.activeElement)).toBe(true);
        const said = page.locator("a.block:focus-visible + .told");
        expect(await said.textContent()).toContain(["16 × 16 × 12", "8 × 8 × 12", "4 × 4 × 12"][k]);
        expect(await said.evaluate((words) => getComputedStyle(words).opacity)).toBe("1");
        await page.keyboard.press("Enter");
        await page.waitForURL(`**/${tap}/`);
        await page.goBack();
        await blocks.nth(k).focus();
      }
    },
  );

  test("a model's page says how accurate it is, whence it comes, and copies its digest and citation", async () => {
    const page = await open("picturebook_vit/", { permissions: ["clipboard-read", "clipboard-write"] });
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
    expect(await page.textContent("main")).toMatch(/96\.2 %\s*92\.5–98\.1 %/);
    expect(await page.getAttribute("text=example.org/results.csv", "href")).toBe(
      "https://example.org/results.csv",
    );
    expect(await page.getAttribute('main td a:text-is("MIT")', "href")).toBe(
      "https://spdx.org/licenses/MIT.html",
    );
    await page.click("text=Copy digest");
    await page.waitForSelector("text=Copied");
    expect(await clipboard()).toMatch(/^[0-9a-f]{64}$/);
    await page.click("text=Copy BibTeX");
    await page.waitForSelector("text=Copied >> nth=1");
    expect(await clipboard()).toMatch(/^@article\{reader2026picturebook,\n/);
  });

  test("arrow keys lead along the layer, j and k through the layers, and not while a slider has the focus", async () => {
    const page = await open(UNIT);
    await page.keyboard.press("ArrowRight");
    await page.waitForURL("**/blocks.2.mlp.act/6/");
    await page.keyboard.press("ArrowLeft");
    await page.waitForURL("**/blocks.2.mlp.act/5/");
    await page.keyboard.press("j");
    await page.waitForURL("**/blocks.5.mlp.act/5/");
    await page.keyboard.press("k");
    await page.waitForURL("**/blocks.2.mlp.act/5/");
    await page.focus(".scrub");
    await page.keyboard.press("ArrowLeft");
    expect(await page.inputValue(".scrub")).toBe("6");
    expect(where(page)).toBe(UNIT.slice(0, -1));
  });

  test("the slider shows the snapshot, marks its frame, and moves the mark on the curve", async () => {
    const page = await open(UNIT);
    expect(await page.isHidden(".stage .snapshot")).toBe(true);
    await page.fill(".scrub", "2");
    expect(await page.getAttribute(".stage .snapshot svg", "viewBox")).toBe("128 0 64 64");
    expect(await page.isVisible(".stage .snapshot")).toBe(true);
    expect(await page.textContent(".frames [aria-current]")).toBe("57");
    expect(await page.getAttribute(".scrub", "aria-valuetext")).toBe("step 57");
    const marked = await page.$$eval(".wide .snapshot", (dots) =>
      dots.findIndex((dot) => dot.classList.contains("now")),
    );
    expect(marked).toBe(2);
    await page.click(".frames button >> nth=0");
    expect(await page.inputValue(".scrub")).toBe("0");
  });

  test("the veil lies exactly on the picture, and its control makes it clear or dark", async () => {
    const page = await open(UNIT);
    const [picture, veil] = await page.$eval(".veiled", (element) =>
      [...element.querySelectorAll("img")].map((image) => {
        const { x, y, width, height } = image.getBoundingClientRect();
        return [x, y, width, height];
      }),
    );
    expect(veil).toEqual(picture);
    const opacity = () => page.$eval(".veil", (element) => getComputedStyle(element).opacity);
    expect(await opacity()).toBe("0.5");
    await page.fill("[data-veil]", "90");
    expect(await opacity()).toBe("0.9");
    await page.fill("[data-veil]", "0");
    expect(await opacity()).toBe("0");
  });

  test("a layer's sheet is sorted by any column and filtered by class", async () => {
    const page = await open("picturebook_vit/blocks.2.mlp.act/");
    const values = (column: number) =>
      page.$$eval(
        ".sheet > li:not([hidden])",
        (tiles, at) => tiles.map((tile) => Number((tile as HTMLElement).dataset.v!.split(" ")[at])),
        column,
      );
    const falling = (list: number[]) => [...list].sort((a, b) => b - a);
    expect(await values(1)).toEqual(falling(await values(1)));
    await page.selectOption("[name=sort]", "density");
    expect(await values(2)).toEqual(falling(await values(2)));
    await page.selectOption("[name=sort]", "index");
    expect(await values(0)).toEqual(Array.from({ length: 12 }, (_, index) => index));
    await page.check("[name=made]");
    expect(await values(0)).toEqual([0, 1, 2, 4, 5, 6, 8, 9, 10]);
    const kind = await page.$eval(
      "[name=filter] option:nth-child(2)",
      (option) => (option as HTMLOptionElement).value,
    );
    await page.selectOption("[name=filter]", kind);
    const shown = await page.$$eval(".sheet > li:not([hidden])", (tiles) =>
      tiles.map((tile) => (tile as HTMLElement).dataset.best),
    );
    expect(new Set(shown)).toEqual(shown.length === 0 ? new Set() : new Set([kind]));
  });

  test("the table of an experiment is sorted by any column, both ways, and its files can be had", async () => {
    const page = await open("experiments/frequency-filters/");
    const column = (place: number) => page.locator(`result-table td:nth-child(${place})`).allTextContents();
    const rising = (await column(3)).sort((a, b) => Number(a) - Number(b));
    expect(await column(3)).not.toEqual(rising);
    await page.click("result-table >> text=Cut-off");
    expect(await column(3)).toEqual(rising);
    await page.click("result-table >> text=Cut-off");
    expect(await column(3)).toEqual(rising.reverse());
    await page.click("result-table th >> text=Model");
    expect((await column(1))[0]).toBe("Picturebook ResNet");
    for (const name of ["CSV", "JSON", "LaTeX", "Chart as SVG", "Chart as PNG"]) {
      const file = await page.getByRole("link", { name, exact: true }).getAttribute("href");
      expect((await page.request.get(new URL(file!, page.url()).href)).ok(), name).toBe(true);
    }
  });

  test("permalink and BibTeX are copied, with the address the reader is at", async () => {
    const page = await open(UNIT, { permissions: ["clipboard-read", "clipboard-write"] });
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
    await page.click("text=Copy permalink");
    await page.waitForSelector("text=Copied");
    expect(await clipboard()).toBe(served.address + UNIT);
    await page.click("text=Copy BibTeX");
    await page.waitForSelector("text=Copied >> nth=1");
    expect(await clipboard()).toContain(`{${served.address}${UNIT}}`);
  });

  test("the picture and the data of a neuron can be saved under its name", async () => {
    const page = await open(UNIT);
    for (const [text, name] of [
      ["PNG", "picturebook_vit-blocks.2.mlp.act-5.png"],
      ["JSON", "picturebook_vit-blocks.2.mlp.act-5.json"],
    ]) {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.click(`.copy >> text="${text}"`),
      ]);
      expect(download.suggestedFilename()).toBe(name);
    }
  });

  test("a random neuron is a neuron", async () => {
    const page = await open("");
    await page.click("text=Random neuron");
    await page.waitForURL(/\/\d+\/$/);
    expect(await page.textContent("h1")).toMatch(/^Neuron \d+$/);
  });

  test("the theme follows the system until the reader chooses, and the choice is kept", async () => {
    const page = await open("", { colorScheme: "dark" });
    const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    expect(await paper()).toBe("rgb(18, 19, 22)");
    await page.click("#theme");
    expect(await paper()).toBe("rgb(252, 251, 249)");
    await page.goto(served.address + UNIT);
    expect(await paper()).toBe("rgb(252, 251, 249)");
  });

  test("an unvisualized neuron says so, with the command that makes its picture", async () => {
    const page = await open(UNMADE);
    expect(await page.textContent("#figure-1")).toContain(
      `npm run atlas -- visualize ${UNMADE.slice(0, -1)}`,
    );
    expect(await page.textContent("#figure-1 b")).toBe("Figure 1. Not visualized.");
    expect(await page.isVisible('.copy >> text="PNG"')).toBe(false);
  });

  test("a layer without labels is ordered by activation, and its pages claim nothing about labels", async () => {
    const page = await open("picturebook_resnet/layer3.1.out/");
    expect(
      await page.$$eval("[name=sort] option", (options) => options.map((option) => option.textContent)),
    ).toEqual(["highest activation", "index", "density"]);
    await page.selectOption("[name=sort]", "index");
    expect(await page.textContent(".sheet b")).toBe("0");
    expect(await page.textContent("main")).not.toContain("η²");
    await page.goto(served.address + UNLABELLED);
    expect(await page.textContent("main")).not.toContain("η²");
  });

  test("an address that leads nowhere gets the page that says so, at any depth below the base", async () => {
    // 404.html alone has to know the base, and this build's is "/".
    const root = await serveFolder(site.dist);
    const page = await open("");
    await page.goto(`${root.address}no/such/place/`);
    expect(await page.textContent("h1")).toBe("No such page");
    expect(await page.$eval("h1", (heading) => getComputedStyle(heading).fontWeight)).toBe("600");
    expect(troubles.splice(0).filter((trouble) => trouble.startsWith("404"))).toEqual([
      `404 ${root.address}no/such/place/`,
    ]);
    // The page may still be fetching its icon; a server that is gone would be trouble of the test's own making.
    await page.close();
    await root.close();
  });

  test.each(PAGES)(
    "nothing moves while /%s loads, and it fits a phone without scrolling sideways",
    async (path) => {
      const page = await open(path);
      const shift = await page.evaluate(
        () =>
          new Promise<number>((resolve) => {
            let sum = 0;
            new PerformanceObserver((list) => {
              for (const entry of list.getEntries())
                sum += (entry as PerformanceEntry & { value: number }).value;
            }).observe({ type: "layout-shift", buffered: true });
            scrollTo(0, document.body.scrollHeight);
            setTimeout(() => resolve(sum), 250);
          }),
      );
      expect(shift).toBe(0);
      await page.setViewportSize({ width: 360, height: 740 });
      const wider = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(wider).toBe(0);
    },
  );

  test("pages are read without script: frames as a row, veils on, no dead controls", async () => {
    const page = await open(UNIT, { javaScriptEnabled: false });
    expect(await page.isVisible(".stage img")).toBe(true);
    expect(await page.locator(".frames li").count()).toBe(8);
    expect(await page.locator(".veil").first().isVisible()).toBe(true);
    for (const control of await page.locator(".needs-script").all())
      expect(await control.isVisible()).toBe(false);
    await page.goto(`${served.address}picturebook_vit/blocks.2.mlp.act/`);
    expect(await page.locator(".sheet > li:visible").count()).toBe(12);
    await page.click(".sheet a >> nth=2");
    expect(await page.textContent("h1")).toMatch(/^Neuron \d+$/);
  });
});
