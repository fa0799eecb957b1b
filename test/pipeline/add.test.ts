/** `atlas add`: from a name, a path or an address to a card whose weights are on this machine. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { parseModelCard } from "#format/model-card.ts";
import { parseCommandLine } from "#pipeline/command-line.ts";
import { type AddOptions, add } from "#pipeline/commands/add.ts";
import { type Connection, openConnection } from "#pipeline/hub/connection.ts";
import { hubSettings } from "#pipeline/hub/settings.ts";
import { describeModel } from "#pipeline/models.ts";
import { openOutput } from "#pipeline/output.ts";
import { loadWeights, readCard } from "#pipeline/weights/load.ts";
import { parametersOf } from "#pipeline/zoo/fit.ts";
import { entryOf, findEntry, zoo } from "#pipeline/zoo/index.ts";
import { type Shapes, zeros } from "#test/support/checkpoint.ts";
import { type Hub, startHub } from "#test/support/hub-server.ts";
import { hasReal, REAL } from "#test/support/real.ts";
import { tempFolder } from "#test/support/temp.ts";
import { runAtlas } from "#test/support/tiny-atlas.ts";

const TIMEOUT = 60_000;
const REPO = "timm/deit_tiny_patch16_224.fb_in1k";
const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const tiny = entryOf("deit_tiny_patch16_224");

const shapesOf = (id: string, classes?: number): Shapes =>
  Object.fromEntries(parametersOf(entryOf(id), classes).map(({ name, shape }) => [name, shape]));

let hub: Hub;
/** Folder of cards, the shared cache, and local files. */
let [cards, cache, files] = ["", "", ""];
const checkpoint = zeros(shapesOf("deit_tiny_patch16_224"));

beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.close());
beforeEach(() => {
  const folder = tempFolder();
  [cards, cache, files] = [join(folder, "cards"), join(folder, "hub"), join(folder, "files")];
  mkdirSync(files);
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  vi.stubEnv("HF_HUB_CACHE", cache);
  vi.stubEnv("HF_TOKEN", "");
  hub.requests.length = 0;
  hub.repositories.clear();
  hub.repositories.set(REPO, { commit: COMMIT, files: { "model.safetensors": checkpoint } });
  return () => vi.unstubAllEnvs();
});

function connect(): Connection {
  const settings = { ...hubSettings(), downloads: join(files, "downloads") };
  return { ...openConnection(settings, new AbortController().signal, () => {}), sleep: async () => {} };
}

/** Adds, and gives what was said. */
async function addModel(source: string, options: Partial<AddOptions> = {}): Promise<string> {
  let said = "";
  const terminal = {
    write: (text: string) => {
      said += text;
    },
    interactive: false,
    columns: 100,
    now: () => 0,
  };
  const output = openOutput({ out: terminal, err: terminal }, false);
  await add({ source, folder: cards, ...options }, connect(), output);
  return said;
}

const cardText = (id: string): string => readFileSync(join(cards, `${id}.json`), "utf8");
const cardOf = (id: string) => parseModelCard(cardText(id), id);

function write(name: string, bytes: Uint8Array | string): string {
  const path = join(files, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

describe("a model of the zoo", () => {
  it("is downloaded and gets a card that means the same on every machine", async () => {
    expect(await addModel(REPO)).toMatch(
      /^deit_tiny_patch16_224: added, 12 layers with 9216 neurons; name "deit_tiny_patch16_224" in `models`/,
    );
    const card = cardOf("deit_tiny_patch16_224");
    expect(card.weights).toMatchObject({
      hub: REPO,
      revision: COMMIT,
      file: "model.safetensors",
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(card).toMatchObject({ title: tiny.title, license: tiny.license, config: tiny.config });
    expect(cardText("deit_tiny_patch16_224")).not.toContain(dirname(cache));

    const { card: read, root, labels } = await describeModel(join(cards, "deit_tiny_patch16_224.json"));
    expect(labels[281]).toEqual({ wnid: "n02123045", name: "tabby" });
    const { weights } = await loadWeights(read, root);
    expect(weights["head.weight"]!.data.length).toBe(192_000);
  });

  it.each([
    "deit_tiny_patch16_224",
    "deit_tiny_patch16_224.fb_in1k",
    "DeiT_Tiny_patch16_224",
    `${REPO}@main`,
    `${REPO}/model.safetensors`,
  ])("may be called %s", async (name) => {
    await addModel(name);
    expect(readdirSync(cards)).toEqual(["deit_tiny_patch16_224.json"]);
  });

  it("may be called by its page", async () => {
    await addModel(`${hub.endpoint}/${REPO}/blob/main/model.safetensors`);
    expect(cardOf("deit_tiny_patch16_224").weights.revision).toBe(COMMIT);
  });

  it("that is misspelt is asked back", async () => {
    await expect(addModel("deit_tiny_patch16_242")).rejects.toThrow(
      '"deit_tiny_patch16_242": expected a model of the zoo, got an unknown one; did you mean "deit_tiny_patch16_224"?',
    );
    await expect(addModel("quux")).rejects.toThrow("`npm run atlas -- models` lists the zoo");
  });

  it("that has a card keeps its commit, and gets back weights that are gone", async () => {
    await addModel(REPO);
    const before = cardText("deit_tiny_patch16_224");
    rmSync(cache, { recursive: true });
    const newer = { commit: COMMIT.replace("0", "f"), files: { "model.safetensors": zeros({ a: [200] }) } };
    hub.repositories.set(REPO, newer);
    await expect(addModel("deit_tiny_patch16_224")).rejects.toMatchObject({
      failure: { reason: "hub-missing", expected: `revision "${COMMIT}"` },
    });
    hub.repositories.set(REPO, { commit: COMMIT, files: { "model.safetensors": checkpoint } });
    expect(await addModel("deit_tiny_patch16_224")).toMatch(/^deit_tiny_patch16_224: there already/);
    expect(cardText("deit_tiny_patch16_224")).toBe(before);
  });

  it("in the hub's shards is read as one", async () => {
    const shapes = Object.entries(shapesOf("deit_tiny_patch16_224"));
    const half = (from: number, to?: number) => zeros(Object.fromEntries(shapes.slice(from, to)), "F16");
    const names = shapes.map(([name], i) => [name, i < 70 ? "a-1.safetensors" : "a-2.safetensors"]);
    hub.repositories.set("someone/sharded", {
      commit: COMMIT,
      files: {
        "model.safetensors.index.json": Buffer.from(
          JSON.stringify({ metadata: {}, weight_map: Object.fromEntries(names) }),
        ),
        "a-1.safetensors": half(0, 70),
        "a-2.safetensors": half(70),
      },
    });
    await addModel("someone/sharded/model.safetensors.index.json");
    const { card, root } = await readCard(join(cards, "sharded.json"));
    expect(card).toMatchObject({ architecture: "vit", license: "LicenseRef-unknown" });
    const { weights, digest } = await loadWeights(card, root);
    expect([Object.keys(weights).length, digest]).toEqual([shapes.length, card.weights.sha256]);
  });
});

describe("a file", () => {
  it("is recognised by its shapes, and stays where it is", async () => {
    const path = write("mine/model.safetensors", checkpoint);
    await addModel(path);
    expect(cardOf("mine").weights.file).toBe("../files/mine/model.safetensors");
    expect(hub.requests).toEqual([]);
    await addModel(dirname(path), { id: "again" });
    expect(cardOf("again").weights).toEqual(cardOf("mine").weights);
  });

  it.skipIf(!hasReal)("of real weights is recognised (../shared/real)", async () => {
    await addModel(join(REAL, "weights/deit_tiny_patch16_224.safetensors"), { id: "real" });
    const { card, labels } = await describeModel(join(cards, "real.json"));
    expect([card.config, labels.length]).toEqual([tiny.config, 1000]);
    expect(card.weights.sha256).toBe("5e52d1d0e38b5dffc9463ecfdbcdc8152ae6bbfd7f5ac4a7935c1a3972a54f3c");
  });

  it("at an address is kept by its digest", async () => {
    hub.repositories.set("a/b", { commit: COMMIT, files: { "tiny.safetensors": checkpoint } });
    // The same server under another name is no hub.
    const address = `${hub.endpoint.replace("127.0.0.1", "localhost")}/a/b/resolve/main/tiny.safetensors`;
    await addModel(address);
    expect(cardOf("tiny").weights).toMatchObject({
      url: address.slice(0, -"tiny.safetensors".length),
      file: "tiny.safetensors",
    });
  });

  it("whose head tells other classes apart wants their names", async () => {
    const path = write("pets.safetensors", zeros(shapesOf("deit_tiny_patch16_224", 3)));
    await expect(addModel(path, { as: "deit_tiny_patch16_224" })).rejects.toThrow(
      `${path}: expected a head of 1000 classes, as there are labels, got one of 3; give the names of the 3 classes: --labels FILE, one a line, in the order of the head`,
    );
    await addModel(path, { labels: write("pets.txt", "cat\ndog\nparrot\n") });
    const { labels, model } = await describeModel(join(cards, "pets.json"));
    expect(labels.map(({ name }) => name)).toEqual(["cat", "dog", "parrot"]);
    expect(model.config.numClasses).toBe(3);
  });

  it("of another variant is told by name", async () => {
    const path = write("x.safetensors", zeros(shapesOf("deit_tiny_distilled_patch16_224")));
    await expect(addModel(path, { as: "deit_tiny_patch16_224" })).rejects.toThrow(
      `${path}: expected the parameters of deit_tiny_patch16_224, got those of deit_tiny_distilled_patch16_224; npm run atlas -- add ${path} --as deit_tiny_distilled_patch16_224`,
    );
  });

  it("with tensors that are missing, mis-shaped or unused is refused with each of them", async () => {
    const { "norm.bias": _, ...rest } = shapesOf("deit_tiny_patch16_224");
    const shapes = { ...rest, "norm.gain": [192], "head.weight": [192, 1000] };
    const error = await addModel(write("x.safetensors", zeros(shapes)), {
      as: "deit_tiny_patch16_224",
    }).catch((failure) => failure);
    expect(error.failure.got.split("\n")).toEqual([
      'deit_tiny_patch16_224: "norm.bias" must be [C] = [192], got none',
      'deit_tiny_patch16_224: "head.weight" must be [classes, C] = [1000, 192], got [192, 1000]; is the key map transposing it?',
      'deit_tiny_patch16_224: "norm.gain" [192] is unused; is the architecture the right one?',
    ]);
  });

  it("is not given the id of a card of other weights, nor one that is none", async () => {
    await addModel(REPO);
    const path = write("deit_tiny_patch16_224.safetensors", checkpoint);
    await expect(addModel(path)).rejects.toThrow(
      `${join(cards, "deit_tiny_patch16_224.json")}: expected an id that is free, got the card of ${REPO}; choose another one: --id ID`,
    );
    await expect(addModel(path, { id: "Mine!" })).rejects.toThrow(
      '"id": expected lower-case letters, digits',
    );
    expect(readdirSync(cards)).toHaveLength(1);
  });

  it("that no model of the zoo has made is refused with what to do", async () => {
    await expect(addModel(write("x.safetensors", zeros({ a: [3] })))).rejects.toThrow(
      "got one whose parameters no model of the zoo has; write its card by hand",
    );
  });

  it.each(["pytorch_model.bin", "deit.pth", "x.pt", "y.ckpt", "z.pth.tar"])(
    "that is a pickle, such as %s, is refused with the reason and the way out",
    async (name) => {
      await expect(addModel(write(name, "\x80\x02"))).rejects.toThrow(
        /expected a safetensors file, got a pickle, which runs code when it is read; (.|\n)*s\.save_file/,
      );
    },
  );

  it("that is not there, or one of many, is a failure", async () => {
    await expect(addModel("./none.safetensors")).rejects.toMatchObject({
      failure: { reason: "weights-missing", got: "no such file" },
    });
    write("many/a.safetensors", "");
    write("many/b.safetensors", "");
    await expect(addModel(join(files, "many"))).rejects.toMatchObject({
      failure: { got: "a.safetensors, b.safetensors", next: "name one of them" },
    });
  });
});

describe("the command line", () => {
  it("takes one thing to add", () => {
    expect(parseCommandLine(["add", REPO, "--as", "x", "--into", cards]).add).toEqual({
      source: REPO,
      as: "x",
      folder: cards,
    });
    expect(() => parseCommandLine(["add"])).toThrow(
      "add: expected one model: a tag such as timm/deit_tiny_patch16_224.fb_in1k, a path or an address, got none; `npm run atlas -- models` lists the zoo",
    );
  });

  it(
    "goes on with what an interruption left",
    async () => {
      hub.fail("cdn", "GET", { stallAfter: 4_000_000 });
      const first = await runAtlas(["add", REPO, "--into", cards, "--json"], (text, kill) => {
        if (/"done":[1-9]/.test(text)) kill("SIGINT");
      });
      expect([first.code, first.out]).toEqual([130, expect.stringContaining('"reason":"interrupted"')]);
      const second = await runAtlas(["add", REPO, "--into", cards]);
      expect([second.code, second.out]).toEqual([0, expect.stringContaining("deit_tiny_patch16_224: added")]);
      const ranges = hub.requests.filter(({ host, method }) => host === "cdn" && method === "GET");
      expect(ranges.map(({ range }) => range)).toEqual([undefined, expect.stringMatching(/^bytes=\d{5,}-$/)]);
    },
    TIMEOUT,
  );
});

it("the zoo has every name once", () => {
  const lost = zoo.flatMap((entry) =>
    [entry.id, entry.hub, ...(entry.aliases ?? [])]
      .filter((name) => findEntry(name) !== entry)
      .map((name) => `${name} of ${entry.id}`),
  );
  expect(lost).toEqual([]);
});
