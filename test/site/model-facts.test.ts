/** What a model's page says of accuracy and origin. */
import { expect, test } from "vitest";
import type { ModelData } from "#format/atlas-data.ts";
import { bibtexEntry } from "../../src/site/citation.ts";
import { accuracyRows, originRows } from "../../src/site/model-facts.ts";
import { wilsonInterval } from "../../src/site/wilson.ts";

const model = {
  id: "deit",
  architecture: "vit",
  imageSet: "photographs",
  license: "Apache-2.0",
  source: "https://github.com/facebookresearch/deit/blob/main/README.md",
} as ModelData;

const origin = (change: Partial<ModelData>) => Object.fromEntries(originRows({ ...model, ...change }));

test.each([
  [0, 10],
  [10, 10],
  [5, 10],
  [796, 1000],
])(
  "Wilson's interval of %i out of %i ends where the count is 1.96 standard deviations off",
  (hits, trials) => {
    const share = hits / trials;
    const [low, high] = wilsonInterval(share, trials);
    // To the rounding of a double: where all succeed the upper end is the share itself.
    expect(low).toBeLessThanOrEqual(share + 1e-12);
    expect(high).toBeGreaterThanOrEqual(share - 1e-12);
    // An end at 0 or 1 has no spread to be compared with.
    for (const end of [low, high].filter((end) => end > 1e-9 && end < 1 - 1e-9))
      expect(Math.abs(share - end) / Math.sqrt((end * (1 - end)) / trials)).toBeCloseTo(1.96, 4);
    expect([low, high].every((end) => end >= 0 && end <= 1)).toBe(true);
  },
);

test("measured accuracies come with their images and interval, published ones with their source", () => {
  const rows = accuracyRows({
    ...model,
    accuracy: { top1: 0.796, top5: 0.949, images: 1000 },
    published: [{ on: "ImageNet-1k validation", top1: 0.722, source: "https://a.org/b/results/in.csv" }],
  });
  expect(rows).toEqual([
    {
      on: "photographs, 1,000 images",
      top1: "79.6 %",
      interval: "77.0–82.0 %",
      top5: "94.9 %",
      source: { text: "measured by this atlas" },
    },
    {
      on: "ImageNet-1k validation",
      top1: "72.2 %",
      source: { text: "a.org/…/in.csv", href: "https://a.org/b/results/in.csv" },
    },
  ]);
  expect(accuracyRows(model)).toEqual([]);
});

test("a licence of SPDX leads to its text, one of the author's own nowhere", () => {
  expect(origin({}).licence).toEqual({
    text: "Apache-2.0",
    href: "https://spdx.org/licenses/Apache-2.0.html",
  });
  expect(origin({ license: "LicenseRef-unknown" }).licence).toEqual({ text: "LicenseRef-unknown" });
  expect(origin({ license: "MIT AND CC-BY-4.0" }).licence).toEqual({ text: "MIT AND CC-BY-4.0" });
});

test("a source leads somewhere only where it is an address", () => {
  expect(origin({}).source!.href).toBe(model.source);
  expect(origin({ source: "npm run train -- vit" }).source).toEqual({ text: "npm run train -- vit" });
  expect(origin({ source: "javascript:alert(1)" }).source).toEqual({ text: "javascript:alert(1)" });
});

test("weights of the hub lead to their commit", () => {
  const revision = "0123456789abcdef0123456789abcdef01234567";
  const { hub, revision: row } = origin({ hub: { repository: "timm/deit", revision } });
  expect(hub).toEqual({ text: "timm/deit", href: "https://huggingface.co/timm/deit" });
  expect(row).toEqual({ text: "0123456789ab", href: `https://huggingface.co/timm/deit/tree/${revision}` });
  expect(origin({})).not.toHaveProperty("hub");
});

test("a citation is an entry of BibTeX with its values below each other", () => {
  const fields = { title: "{DeiT}", author: "Touvron, H. and others", year: "2021" };
  expect(bibtexEntry({ type: "article", key: "touvron2021", fields })).toBe(
    "@article{touvron2021,\n  title  = {{DeiT}},\n  author = {Touvron, H. and others},\n  year   = {2021},\n}",
  );
});
