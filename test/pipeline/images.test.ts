/** Image sets: what is in them, in which order, and what happens to files that cannot be used. */

import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { openFolder } from "#pipeline/images/folder.ts";
import { mapParallel } from "#pipeline/images/parallel.ts";
import { openPicturebook } from "#pipeline/images/picturebook-set.ts";
import { preprocessingOf } from "#test/support/preprocessing.ts";
import { hasReal, REAL } from "#test/support/real.ts";
import { tempFolder } from "#test/support/temp.ts";

type Colour = { r: number; g: number; b: number };

const goldenFile = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../golden/images/${name}`, import.meta.url)));

function plain(width: number, height: number, background: Colour = { r: 255, g: 0, b: 0 }): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
}

/** A folder with these files, made with the folders they need. */
function folderOf(files: Record<string, Uint8Array>): string {
  const folder = tempFolder();
  for (const [file, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), bytes);
  }
  return folder;
}

describe("a folder of images", () => {
  it("has them in the order of their paths, with the class of their folder", async () => {
    const image = await plain(9, 9);
    const folder = folderOf({
      "train/zebra/2.png": image,
      "train/zebra/10.PNG": image,
      "train/ant/1.png": image,
      "loose.webp": goldenFile("lossless.webp"),
      "notes.txt": image,
      ".hidden.png": image,
    });
    const set = await openFolder(folder);
    expect(set.classes).toEqual(["ant", "zebra"]);
    const facts = Array.from({ length: set.length }, (_, i) => set.facts(i));
    expect(facts.map(({ source, classIndex }) => [source, classIndex])).toEqual([
      ["loose.webp", null],
      ["train/ant/1.png", 0],
      ["train/zebra/10.PNG", 1],
      ["train/zebra/2.png", 1],
    ]);
    expect(set.skipped).toEqual([]);
  });

  it("takes classes from WordNet ids in file names and folders, by the label list", async () => {
    const image = await plain(9, 9);
    const folder = folderOf({
      "n00000003_c.png": image,
      "n00000002/n00000002_7.png": image,
      "n00000003/x.png": image,
      "b/y.png": image,
      "other/z.png": image,
    });
    const labels = ["a", "b", "c"].map((name, i) => ({ name, wnid: `n0000000${i + 1}` }));
    const set = await openFolder(folder, { labels });
    expect(set.classes).toEqual(["a", "b", "c"]);
    const classOf = Object.fromEntries(
      Array.from({ length: set.length }, (_, i) => [set.facts(i).source, set.facts(i).classIndex]),
    );
    expect(classOf).toEqual({
      "n00000003_c.png": 2,
      "n00000002/n00000002_7.png": 1,
      "n00000003/x.png": 2,
      "b/y.png": 1,
      "other/z.png": null,
    });
  });

  it("reads NCHW in 0–1, in the order asked for, into the array given", async () => {
    const folder = folderOf({
      "a.png": await plain(20, 12, { r: 255, g: 0, b: 51 }),
      "b.png": await plain(12, 20, { r: 0, g: 102, b: 0 }),
    });
    const set = await openFolder(folder);
    const into = new Float32Array(2 * 3 * 64 + 1).fill(-1);
    expect(await set.read([1, 0], preprocessingOf(8), into)).toBe(into);
    const planes = [0, 1, 2, 3, 4, 5].map((plane) => into.subarray(plane * 64, plane * 64 + 64));
    expect(planes.map((plane) => new Set(plane))).toEqual(
      [0, 0.4, 0, 1, 0, 0.2].map((value) => new Set([Math.fround(value)])),
    );
    expect(into.at(-1)).toBe(-1);
  });

  it("shows the square that the model sees", async () => {
    const edge = { r: 0, g: 0, b: 255 };
    const inner = await plain(40, 40);
    const file = await sharp({ create: { width: 80, height: 60, channels: 3, background: edge } })
      .composite([{ input: inner, left: 20, top: 10 }])
      .png()
      .toBuffer();
    const set = await openFolder(folderOf({ "a.png": file }));
    const corner = async (webp: Uint8Array) => {
      const { data, info } = await sharp(webp).raw().toBuffer({ resolveWithObject: true });
      expect([info.width, info.height]).toEqual([32, 32]);
      return data[2]! > 128 ? "edge" : "inner";
    };
    expect(await corner(await set.display(0, 32))).toBe("edge");
    expect(await corner(await set.display(0, 32, preprocessingOf(36, 60)))).toBe("inner");
  });

  it("has a digest of bytes and names, the same at every opening", async () => {
    const [red, blue] = [await plain(9, 9), await plain(9, 9, { r: 0, g: 0, b: 255 })];
    const digestOf = async (files: Record<string, Uint8Array>) => (await openFolder(folderOf(files))).digest;
    const digest = await digestOf({ "a.png": red });
    expect(await digestOf({ "a.png": red })).toBe(digest);
    expect(await digestOf({ "a.png": blue })).not.toBe(digest);
    expect(await digestOf({ "b.png": red })).not.toBe(digest);
  });

  it("follows links to files", async () => {
    const folder = folderOf({ "a.png": await plain(9, 9) });
    symlinkSync(join(folder, "a.png"), join(folder, "b.png"));
    symlinkSync(join(folder, "none.png"), join(folder, "c.png"));
    const set = await openFolder(folder);
    expect(set.length).toBe(2);
    expect(set.skipped).toEqual([{ file: "c.png", why: "no such file" }]);
  });

  it("opened with an earlier index gives the same set", async () => {
    const folder = folderOf({ "a.png": await plain(9, 9), "bad.png": new Uint8Array(3) });
    const first = await openFolder(folder);
    const again = await openFolder(folder, { known: first.index });
    expect([again.digest, again.skipped]).toEqual([first.digest, first.skipped]);
  });
});

describe("an image that cannot be used is skipped, with the reason:", () => {
  /** The reason for one file, beside a good one. */
  async function whySkipped(file: string, bytes: Uint8Array): Promise<string> {
    const set = await openFolder(folderOf({ "good.png": await plain(9, 9), [file]: bytes }));
    expect(set.length).toBe(1);
    expect(set.facts(0).source).toBe("good.png");
    expect(set.skipped).toHaveLength(1);
    expect(set.skipped[0]!.file).toBe(file);
    return set.skipped[0]!.why;
  }

  it("zero bytes", async () => {
    expect(await whySkipped("a.jpg", new Uint8Array(0))).toBe("0 bytes");
  });

  it("not an image", async () => {
    const why = await whySkipped("a.jpg", Buffer.from("<html>not found</html>"));
    expect(why).toBe("no picture: a header of none of jpeg, png, webp");
  });

  it("a truncated JPEG", async () => {
    const whole = goldenFile("rgb.jpg");
    const why = await whySkipped("a.jpg", whole.subarray(0, whole.length - 20));
    expect(why).toBe("damaged or incomplete jpeg data");
  });

  it("a PNG with damaged bytes", async () => {
    const noise = Buffer.alloc(64 * 64 * 3, 1).map((_, i) => (i * 7919) & 255);
    const bytes = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .png()
      .toBuffer();
    bytes.fill(0x55, 100, 200);
    expect(await whySkipped("a.png", bytes)).toBe("damaged or incomplete png data");
  });

  it("1 × 1", async () => {
    expect(await whySkipped("a.png", await plain(1, 1))).toBe("1 × 1 pixels, fewer than 8 on a side");
  });

  it("30 megapixels", async () => {
    const bytes = await sharp({
      create: { width: 6000, height: 5000, channels: 3, background: { r: 9, g: 9, b: 9 } },
    })
      .jpeg()
      .toBuffer();
    expect(await whySkipped("a.jpg", bytes)).toBe("6000 × 5000 pixels, more than 25 million");
  });

  it("another format under the name of a picture", async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"/>');
    expect(await whySkipped("a.png", svg)).toBe("svg, not jpeg, png, webp");
  });
});

describe("a folder that cannot be used is a failure:", () => {
  async function failure(path: string): Promise<string> {
    const error = await openFolder(path).then(
      () => new Error("not refused"),
      (e: Error) => e,
    );
    expect(error).toHaveProperty("failure.reason", "images-empty");
    return error.message.replaceAll(path, "photos");
  }

  it("empty", async () => {
    expect(await failure(tempFolder())).toBe(
      "photos: expected a folder with JPEG, PNG or WebP images, got none; check the path of the image set",
    );
  });

  it("without one readable image", async () => {
    expect(await failure(folderOf({ "a.jpg": new Uint8Array(0), "b.png": await plain(1, 1) }))).toBe(
      "photos: expected a folder with JPEG, PNG or WebP images, got 2 that cannot be read (a.jpg: 0 bytes); check the path of the image set",
    );
  });

  it("missing", async () => {
    expect(await failure(join(tempFolder(), "none"))).toBe(
      "photos: expected a folder of images, got no such folder; check the path of the image set",
    );
  });

  it("a file", async () => {
    expect(await failure(join(folderOf({ "a.png": await plain(9, 9) }), "a.png"))).toBe(
      "photos: expected a folder of images, got a file; check the path of the image set",
    );
  });
});

describe("an image that changes while the set is in use is a failure:", () => {
  it.each([
    ["replaced", async (path: string) => writeFileSync(path, await plain(10, 10)), "other bytes"],
    ["removed", async (path: string) => rmSync(path), "no such file"],
  ])("%s", async (_, change, got) => {
    const folder = folderOf({ "a.png": await plain(9, 9) });
    const set = await openFolder(folder);
    await change(join(folder, "a.png"));
    await expect(set.read([0], preprocessingOf(8))).rejects.toMatchObject({
      failure: { reason: "image-unreadable", where: join(folder, "a.png"), got },
    });
  });
});

describe("the picturebook as an image set", () => {
  const set = openPicturebook({ seed: 5, count: 20 });

  it("reads what it draws, at any size, the same every time", async () => {
    const images = await set.read([3, 4], preprocessingOf(32));
    expect(images).toHaveLength(2 * 3 * 32 * 32);
    expect(Math.min(...images)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...images)).toBeLessThanOrEqual(1);
    expect(await set.read([4], preprocessingOf(32))).toEqual(images.slice(3 * 32 * 32));
  });

  it("knows everything about a picture", async () => {
    const facts = set.facts(7);
    expect(facts.source).toBe("picturebook/5/7");
    expect(set.classes[facts.classIndex!]).toBeTypeOf("string");
    expect(facts.caption).toBeTypeOf("string");
    const around = (await set.box(7))!;
    expect(around.x1).toBeGreaterThanOrEqual(around.x0);
    expect(around.y1).toBeGreaterThanOrEqual(around.y0);
  });

  it("has other digests for other seeds, counts and conflicts", () => {
    const digests = [
      { seed: 5, count: 20 },
      { seed: 6, count: 20 },
      { seed: 5, count: 21 },
      { seed: 5, count: 20, conflict: true },
    ].map((options) => openPicturebook(options).digest);
    expect(new Set(digests).size).toBe(4);
    expect(digests[0]).toBe(set.digest);
  });

  it("shows a picture as WebP", async () => {
    const { format, width, height } = await sharp(await set.display(0, 48)).metadata();
    expect([format, width, height]).toEqual(["webp", 48, 48]);
  });
});

describe("jobs side by side", () => {
  it("keep the order of their items and stop at the first error", async () => {
    const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    expect(await mapParallel([3, 1, 2], async (x) => later(x).then(() => x * 10))).toEqual([30, 10, 20]);
    const started: number[] = [];
    const many = Array.from({ length: 100 }, (_, i) => i);
    const failing = mapParallel(many, async (i) => {
      started.push(i);
      await later(1);
      if (i === 0) throw new Error("first");
    });
    await expect(failing).rejects.toThrow("first");
    expect(started.length).toBeLessThan(100);
  });
});

describe.skipIf(!hasReal)("the 500 photographs (../shared/real)", () => {
  it("all open, and their class is twice their position", { timeout: 60_000 }, async () => {
    const { parseLabelList } = await import("#format/labels.ts");
    const list = fileURLToPath(new URL("../../content/labels/imagenet-1k.txt", import.meta.url));
    const labels = parseLabelList(readFileSync(list, "utf8"), list);
    const set = await openFolder(join(REAL, "images/imagenet-500"), { labels });
    expect([set.length, set.skipped, set.classes.length]).toEqual([500, [], 1000]);
    const wrong = Array.from({ length: 500 }, (_, i) => i).filter((i) => set.facts(i).classIndex !== 2 * i);
    expect(wrong).toEqual([]);
  });
});
