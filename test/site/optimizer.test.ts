/** What the workbench is made of, without a browser: links, directions, numbers, files, and a session with a worker. */

import { crc32 } from "node:zlib";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { EMPTY, extended } from "#island/optimizer/curve.ts";
import { aimOf, describeAim, type Mixture, parseDirection } from "#island/optimizer/mixture.ts";
import {
  type Description,
  isPermalink,
  isReproducible,
  readPermalink,
  writePermalink,
} from "#island/optimizer/permalink.ts";
import { rgbaOf } from "#island/optimizer/pixels.ts";
import { encodePng } from "#island/optimizer/png.ts";
import { Session } from "#island/optimizer/session.ts";
import { FIELDS, readQuantity, settingsOf } from "#island/optimizer/settings.ts";
import { fakeLine } from "#test/support/fake-line.ts";

const settings = { ...settingsOf("atlas"), seed: 7, learningRate: 0.025 };
const plain: Description = {
  start: { from: "noise" },
  settings,
  mixture: { mode: "neuron" },
  taken: 40,
  backend: "wasm",
};

describe("a permalink", () => {
  const mixtures: Mixture[] = [
    { mode: "neuron" },
    { mode: "negative" },
    { mode: "blend", other: 3, a: 0.5, b: 2 },
    { mode: "contrast", other: 511, a: 1, b: -0.25 },
    { mode: "between", other: 0, t: 0.35 },
    { mode: "direction", text: "12: 0.5, 40: -1" },
  ];
  test.each(mixtures)("gives back what was written: $mode", (mixture) => {
    const description = { ...plain, mixture };
    expect(readPermalink(writePermalink(description))).toEqual(description);
  });

  test.each([
    { from: "published" },
    { from: "noise" },
    { from: "own" },
    { from: "result" },
    { from: "image", image: 3141 },
  ] as const)("gives back a beginning: $from", (start) => {
    expect(readPermalink(`#${writePermalink({ ...plain, start })}`).start).toEqual(start);
  });

  test("is readable, and needs no encoding", () => {
    const link = writePermalink({ ...plain, mixture: { mode: "direction", text: "12: 0.5, 40: −1" } });
    expect(link).toBe(
      "refine=1&start=noise&recipe=atlas&steps=160&rate=0.025&tv=1&copies=4&jitter=32&seed=7&climb=direction&along=12:0.5,40:-1&taken=40&on=wasm",
    );
    expect(new URL(`https://x.org/#${link}`).hash).toBe(`#${link}`);
  });

  test("is read after a mail program has encoded it", () => {
    const link = writePermalink({ ...plain, mixture: { mode: "direction", text: "12: 0.5, 40: -1" } });
    const encoded = link.replaceAll(":", "%3A").replaceAll(",", "%2C");
    expect(readPermalink(encoded)).toEqual(readPermalink(link));
  });

  test.each([
    [
      "refine=2",
      "Link: expected refine=1, got refine=2; it was made by another version of the atlas, or cut short",
    ],
    ["refine=1&start=noise", "Link: expected an entry “recipe”, got none"],
    ["start=nowhere", "Link: start: expected published or noise or own or result, got “nowhere”"],
    ["start=image-", "got “image-”"],
    ["steps=0", "Steps: expected a whole number from 1 to 5,000, got “0”; enter one within"],
    ["steps=12.5", "Steps: expected a whole number"],
    ["rate=fast", "Step size: expected a number from 0.0001 to 1, got “fast”"],
    ["seed=", "Seed: expected a whole number from 0 to 4,294,967,295, got nothing"],
    ["recipe=constructor", "Recipe: expected atlas, ghiasi2022, ghiasi2022-paper, got “constructor”"],
    ["taken=161", "Link: taken: expected a whole number from 0 to 160, got “161”"],
    ["on=gpu", "Link: on: expected auto or webgpu or webgl or wasm or cpu, got “gpu”"],
    ["climb=up", "Link: climb: expected neuron or negative"],
    ["climb=blend", "Link: expected an entry “with”"],
    ["colour=red", "Link: expected no other entries, got “colour”"],
  ])("says what is wrong with %s", (change, message) => {
    const entries = new URLSearchParams(writePermalink(plain));
    const [key, value] = change.split("=") as [string, string];
    entries.set(key, value);
    expect(() => readPermalink(change.includes("&") ? change : entries.toString())).toThrow(message);
  });

  test("is told from other fragments, and from runs that a link cannot hold", () => {
    expect(isPermalink("#refine=9")).toBe(true);
    expect(isPermalink("#figure-1")).toBe(false);
    expect(isReproducible({ from: "image", image: 1 })).toBe(true);
    expect(isReproducible({ from: "own" })).toBe(false);
    expect(isReproducible({ from: "result" })).toBe(false);
  });
});

describe("what is climbed", () => {
  test.each([
    [{ mode: "neuron" }, [{ unit: 5, weight: 1 }], "neuron 5"],
    [{ mode: "negative" }, [{ unit: 5, weight: -1 }], "−5"],
    [
      { mode: "contrast", other: 9, a: 1, b: 0.5 },
      [
        { unit: 5, weight: 1 },
        { unit: 9, weight: -0.5 },
      ],
      "5 − 0.5 · 9",
    ],
    [
      { mode: "blend", other: 9, a: 2, b: 1 },
      [
        { unit: 5, weight: 2 },
        { unit: 9, weight: 1 },
      ],
      "2 · 5 + 9",
    ],
    [
      { mode: "between", other: 9, t: 0.25 },
      [
        { unit: 5, weight: 0.75 },
        { unit: 9, weight: 0.25 },
      ],
      "0.75 · 5 + 0.25 · 9",
    ],
    [{ mode: "between", other: 9, t: 1 }, [{ unit: 9, weight: 1 }], "neuron 9"],
  ] as [Mixture, unknown, string][])("%o is a weighted sum", (mixture, aim, words) => {
    expect(aimOf(mixture, 5, 12)).toEqual(aim);
    expect(describeAim(aimOf(mixture, 5, 12))).toBe(words);
  });

  test.each([
    [
      { mode: "blend", other: 12, a: 1, b: 1 },
      "Second neuron: expected a neuron of this layer, 0 to 11, got 12",
    ],
    [{ mode: "blend", other: Number.NaN, a: 1, b: 1 }, "got nothing; name one of the layer"],
    [{ mode: "between", other: 5, t: 0.5 }, "Second neuron: expected another one, got 5, this page’s own"],
    [{ mode: "blend", other: 1, a: 0, b: 0 }, "Weights: expected at least one that is not 0"],
    [{ mode: "contrast", other: 1, a: 1, b: 1e9 }, "Weight b: expected a number from −100 to 100"],
  ] as [Mixture, string][])("%o is refused", (mixture, message) => {
    expect(() => aimOf(mixture, 5, 12)).toThrow(message);
  });

  test("a direction is read with spaces, signs and powers of ten", () => {
    expect(parseDirection(" 12 : .5,40:−1 , 0: +2e-1 ", 41)).toEqual([
      { unit: 12, weight: 0.5 },
      { unit: 40, weight: -1 },
      { unit: 0, weight: 0.2 },
    ]);
  });

  test.each([
    ["", "Direction: expected neurons with weights, got nothing; write it like “12: 0.5, 40: -1”"],
    ["12", "Direction, entry 1: expected “neuron: weight”, got “12”"],
    ["12: 0.5, 40 -1", "Direction, entry 2: expected “neuron: weight”, got “40 -1”"],
    ["12: 0.5,", "Direction, entry 2: expected “neuron: weight”, got “”"],
    ["12: x", "got “12: x”"],
    ["1.5: 1", "got “1.5: 1”"],
    [
      "600: 1",
      "Direction, entry 1: expected a neuron of this layer, 0 to 511, got 600; name one of the layer",
    ],
    ["3: 1, 3: 2", "Direction, entry 2: expected each neuron once, got 3 again; add its weights up"],
    ["3: 0", "expected a weight from −100 to 100 that is not 0, got 0"],
    ["3: 1e9", "got 1e9"],
  ])("the direction “%s” is refused", (text, message) => {
    expect(() => parseDirection(text, 512)).toThrow(message);
  });
});

describe("settings", () => {
  test("are a recipe's own, and what the page was published with", () => {
    expect(settingsOf("ghiasi2022")).toMatchObject({
      steps: 400,
      copies: 8,
      learningRate: 0.1,
      variationWeight: 1,
    });
    expect(settingsOf("ghiasi2022", { steps: 20 }).steps).toBe(20);
    expect(() => settingsOf("paper")).toThrow(
      "Recipe: expected atlas, ghiasi2022, ghiasi2022-paper, got “paper”",
    );
  });

  test.each(FIELDS)("$label holds its limits, and nothing beyond", (field) => {
    expect(readQuantity(field, String(field.low))).toBe(field.low);
    expect(readQuantity(field, ` ${field.high} `)).toBe(field.high);
    for (const text of [String(field.low - 1), String(field.high + 1), "", "1e999", "NaN", "0x"]) {
      expect(() => readQuantity(field, text)).toThrow(`${field.label}: expected a`);
    }
    expect(settingsOf("atlas")[field.key]).toBeGreaterThanOrEqual(field.low);
  });
});

describe("a saved picture", () => {
  const size = 5;
  const image = Float32Array.from({ length: 3 * size * size }, (_, i) => ((i * 37) % 256) / 255);

  test("has the pixels, and its texts in order, as another reader reads them", async () => {
    const texts = {
      Title: "model/tap/3: 0.5 · 12 − 40",
      Source: "https://x.org/#refine=1",
      Provenance: '{"a":"ü"}',
    };
    const bytes = await encodePng(image, size, texts);
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([size, size, 3]);
    const rgba = rgbaOf(image, size);
    expect([...data]).toEqual([...rgba].filter((_, i) => i % 4 < 3));
    const { comments } = await sharp(bytes).metadata();
    expect(comments).toEqual(Object.entries(texts).map(([keyword, text]) => ({ keyword, text })));
  });

  test("has chunks in the order that the format asks for, each with its length and the right sum", async () => {
    const bytes = Buffer.from(await encodePng(image, size, { Title: "a", Source: "ä" }));
    const types: string[] = [];
    for (let at = 8; at < bytes.length; ) {
      const length = bytes.readUInt32BE(at);
      const body = bytes.subarray(at + 4, at + 8 + length);
      types.push(body.toString("latin1", 0, 4));
      expect(bytes.readUInt32BE(at + 8 + length)).toBe(crc32(body));
      at += 12 + length;
    }
    expect(types).toEqual(["IHDR", "iTXt", "iTXt", "IDAT", "IEND"]);
  });

  test("rounds as the pipeline does, and cuts what is outside of 0–1", async () => {
    const values = Float32Array.of(-1, 2, 0.5);
    const { data } = await sharp(await encodePng(values, 1))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([...data]).toEqual([0, 255, 128]);
  });

  test("takes no keyword that the format forbids", async () => {
    for (const keyword of ["", " a", "a ", "x".repeat(80), "Ω", "a\n"]) {
      await expect(encodePng(image, size, { [keyword]: "" })).rejects.toThrow("png: expected a keyword");
    }
  });
});

describe("a session", () => {
  const source = { manifest: {} as never, root: "https://x.org/" };
  const begin = (session: Session, steps = 10) =>
    session.begin({ ...plain, settings: { ...settings, steps } }, "tap", [{ unit: 1, weight: 1 }], {
      from: "noise",
      unitSeed: 1,
    });
  const opened = async () => {
    const line = fakeLine();
    const session = new Session(line.connect, () => {});
    await session.open(source, "tap", "auto");
    return { line, session, track: () => session.state.track! };
  };

  test("opens, and knows what was loaded and tried", async () => {
    const { session } = await opened();
    expect(session.state).toMatchObject({
      phase: "open",
      backend: "wasm",
      loaded: 10,
      total: 10,
      track: null,
    });
    expect(session.state.tried.map(({ name }) => name)).toEqual(["webgpu", "wasm"]);
  });

  test("runs to the end, and puts the curve together", async () => {
    const { session, track } = await opened();
    await begin(session);
    expect(track()).toMatchObject({ step: 0, running: false, curve: EMPTY });
    await session.go();
    expect(track()).toMatchObject({ step: 10, running: false });
    expect(track().curve.recorded).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await session.go();
    expect(track().step).toBe(10);
  });

  test("goes back over steps and runs, each with its curve", async () => {
    const { session, track } = await opened();
    await begin(session);
    await session.go(3);
    await session.go(2);
    const earlier = track().image;
    await begin(session, 4);
    expect(track()).toMatchObject({ step: 0, curve: EMPTY });
    await session.undo();
    expect(track()).toMatchObject({ step: 5, description: { settings: { steps: 10 } } });
    expect(track().curve.recorded).toEqual([0, 1, 2, 3, 4]);
    expect(track().image).toEqual(earlier);
    await session.undo();
    expect(track()).toMatchObject({ step: 3 });
    await session.undo();
    expect(track()).toMatchObject({ step: 0 });
    expect(session.state.canUndo).toBe(false);
    await session.undo();
    expect(track().step).toBe(0);
  });

  test("pauses, and takes no late frame of the old run for one of the new", async () => {
    const { session, track } = await opened();
    await begin(session, 1000);
    const going = session.go();
    await session.pause();
    await going;
    const { step } = track();
    expect(step).toBeLessThan(1000);
    const again = session.go();
    await begin(session, 7);
    await again;
    expect(track()).toMatchObject({ step: 0, running: false, curve: EMPTY });
  });

  test("resets to step 0 of the same run", async () => {
    const { session, track } = await opened();
    await begin(session);
    const first = track().image;
    await session.go(4);
    await session.reset();
    expect(track()).toMatchObject({ step: 0, curve: EMPTY });
    expect(track().image).toEqual(first);
  });

  test("keeps the run that was there where another cannot begin", async () => {
    const { line, session, track } = await opened();
    await begin(session);
    await session.go(4);
    line.failNext("begin", "settings: expected less, got more; change them");
    await expect(begin(session)).rejects.toThrow("settings: expected less");
    expect(track()).toMatchObject({ step: 4, running: false });
    await session.go(1);
    expect(track().step).toBe(5);
  });

  test("says that the engine changed, and is stopped where it fails", async () => {
    const { line, session, track } = await opened();
    await begin(session);
    line.say({ say: "recovered", reason: "the device was lost", backend: "cpu" });
    expect(session.state).toMatchObject({ backend: "cpu", note: "the device was lost" });
    line.failNext("go", "device: expected memory, got none; choose fewer copies");
    await expect(session.go()).rejects.toThrow("choose fewer copies");
    expect(track().running).toBe(false);
  });
});

test("a frame adds to the curve, and a whole one replaces it", () => {
  const first = extended(EMPTY, { whole: true, recorded: [0, 1], objective: [1, 2], variation: [5, 6] });
  const second = extended(first, { whole: false, recorded: [2], objective: [3], variation: [7] });
  expect(second).toEqual({ recorded: [0, 1, 2], objective: [1, 2, 3], variation: [5, 6, 7] });
  expect(extended(second, { whole: true, recorded: [], objective: [], variation: [] })).toEqual(EMPTY);
});
