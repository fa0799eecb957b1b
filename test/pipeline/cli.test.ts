/** The command line: its words, its answers, and every failure as it is printed. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { schemaNames } from "#format/schemas.ts";
import { COMMANDS, parseCommandLine } from "#pipeline/command-line.ts";
import { HELP } from "#pipeline/commands/help.ts";
import { models } from "#pipeline/commands/models.ts";
import { plan } from "#pipeline/commands/plan.ts";
import { openServer, serve } from "#pipeline/commands/serve.ts";
import { status } from "#pipeline/commands/status.ts";
import { verify } from "#pipeline/commands/verify.ts";
import { DEFAULT_CONFIG } from "#pipeline/config.ts";
import { experiments } from "#pipeline/experiments/index.ts";
import { type Output, openOutput } from "#pipeline/output.ts";
import { describeProgress, duration, type Event, reportToPeople, type Terminal } from "#pipeline/progress.ts";
import { parseTarget } from "#pipeline/selection.ts";
import { tempFolder } from "#test/support/temp.ts";
import {
  type BuildOptions,
  buildTiny,
  runAtlas,
  surroundings,
  type TinyAtlas,
  writeTinyAtlas,
} from "#test/support/tiny-atlas.ts";
import { writeTinyModel } from "#test/support/tiny-model.ts";

const TIMEOUT = 60_000;

let folder: string;
let atlas: TinyAtlas;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "atlas-cli-"));
  atlas = await writeTinyAtlas({}, folder);
  await buildTiny(atlas);
}, TIMEOUT);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function terminal(interactive = false) {
  let text = "";
  let time = 0;
  const self: Terminal = {
    write: (added) => {
      text += added;
    },
    interactive,
    columns: 100,
    now: () => time,
  };
  const pass = (seconds: number): void => {
    time += seconds * 1000;
  };
  return { self, text: () => text, pass };
}

/** What a command answers, for people or as objects. */
async function answer(
  command: (output: Output) => Promise<void>,
): Promise<{ text: string; objects: unknown[] }> {
  const [people, machine] = [terminal(), terminal()];
  await command(openOutput({ out: people.self, err: people.self }, false));
  await command(openOutput({ out: machine.self, err: machine.self }, true));
  return {
    text: people.text(),
    objects: machine
      .text()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  };
}

async function failureOf(run: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof run === "function" ? run() : run);
  } catch (error) {
    return (error as Error).message;
  }
  return "no failure";
}

test("no command builds the built-in configuration", () => {
  const line = parseCommandLine([]);
  expect(line.command).toBe("build");
  expect(line.config).toBe(DEFAULT_CONFIG);
});

test("neurons without a command are a build of these neurons", () => {
  const { command, selection } = parseCommandLine(["m/blocks.0.mlp.act/3", "m/blocks.1.mlp.act"]);
  expect(command).toBe("build");
  expect(selection.targets.map(({ text }) => text)).toEqual(["m/blocks.0.mlp.act/3", "m/blocks.1.mlp.act"]);
});

test("short options set the keys they stand for", () => {
  const { overrides } = parseCommandLine(
    "--images 400 --per-layer 6 --steps 16 --threads 2 --device webgpu --no-site --set recipe.copies=2".split(
      " ",
    ),
  );
  expect(overrides).toEqual({
    "images.count": 400,
    "units.selective": 4,
    "units.random": 2,
    "recipe.steps": 16,
    threads: 2,
    device: "webgpu",
    site: false,
    "recipe.copies": 2,
  });
});

test("a target may be a model, a layer, a neuron or a range", () => {
  expect(parseTarget("m")).toEqual({ text: "m", model: "m" });
  expect(parseTarget("m/t")).toEqual({ text: "m/t", model: "m", tap: "t" });
  expect(parseTarget("m/t/3").units).toEqual([3, 3]);
  expect(parseTarget("m/t/0-63").units).toEqual([0, 63]);
});

const usage: readonly [string, string[], string][] = [
  ["an unknown command", ["biuld"], '"biuld": expected a command, got an unknown one; did you mean "build"?'],
  [
    "an unknown option",
    ["--modle", "x"],
    '--modle: expected an option of atlas, got an unknown one; did you mean "--model"?',
  ],
  [
    "an option without its value",
    ["--config"],
    "--config: expected an option as `help` shows it, got Option '--config <value>' argument missing; `npm run atlas -- help`",
  ],
  [
    "a number that is none",
    ["--steps", "many"],
    '--steps: expected a natural number, got "many"; give a number',
  ],
  [
    "a setting that is none",
    ["--set", "recipe.copies"],
    '--set: expected <key>=<value>, got "recipe.copies"; for example --set recipe.copies=2',
  ],
  [
    "a neuron that is none",
    ["visualize", "m/t/x"],
    '"m/t/x": expected <model>, <model>/<tap>, <model>/<tap>/<index> or <model>/<tap>/<first>-<last>, got 3 parts; `npm run atlas -- models` lists models and taps',
  ],
  [
    "a range that falls",
    ["visualize", "m/t/5-3"],
    '"m/t/5-3": expected a range that rises, got 5 to 3; turn it round',
  ],
  [
    "visualize without neurons",
    ["visualize"],
    "visualize: expected neurons, such as picturebook_vit/blocks.3.mlp.act/0-7, got none; `npm run atlas -- models` lists models and taps; --all takes every neuron of what is selected",
  ],
];

test.each(usage)("%s is refused with a next step", async (_, args, expected) => {
  expect(await failureOf(() => parseCommandLine(args))).toBe(expected);
});

test("help names every command", () => {
  for (const command of COMMANDS.filter((name) => name !== "build"))
    expect(HELP).toContain(`\n  ${command} `);
});

/** Looks at the models of an atlas that was built, with something wrong. */
async function look(options: BuildOptions): Promise<string> {
  return failureOf(buildTiny(atlas, { ...options, last: "trace-programs" }));
}
const target = (model: string, tap?: string, unit?: number) => ({
  selection: {
    targets: [
      {
        text: [model, tap, unit].filter((part) => part !== undefined).join("/"),
        model,
        ...(tap && { tap }),
        ...(unit !== undefined && { units: [unit, unit] as const }),
      },
    ],
  },
});

const unknown: readonly [string, BuildOptions, string][] = [
  [
    "an unknown model",
    target("tiny_vti"),
    'model "tiny_vti": expected a model of the configuration, got an unknown one; did you mean "tiny_vit"?',
  ],
  [
    "an unknown layer",
    target("tiny_vit", "blocks.7.mlp.act"),
    'tap "tiny_vit/blocks.7.mlp.act": expected one of tiny_vit/blocks.0.mlp.act, tiny_vit/blocks.1.mlp.act, got an unknown one; did you mean "tiny_vit/blocks.0.mlp.act"?',
  ],
  [
    "a neuron out of range",
    target("tiny_vit", "blocks.0.mlp.act", 16),
    'tiny_vit/blocks.0.mlp.act/16: expected an index from 0 to 15, got 16; "tiny_vit/blocks.0.mlp.act" has 16 neurons',
  ],
  [
    "an unknown --tap",
    { selection: { taps: ["layer1.0.aut"] } },
    'tap "layer1.0.aut": expected one of blocks.0.mlp.act, blocks.1.mlp.act, layer1.0.out, layer2.0.out, got an unknown one; did you mean "layer1.0.out"?',
  ],
];

test.each(unknown)(
  "%s is refused with what was probably meant",
  async (_, options, expected) => {
    expect(await look(options)).toBe(expected);
  },
  TIMEOUT,
);

test(
  "an unknown tap, recipe or device in the configuration is refused",
  async () => {
    const messages = [
      await look({ overrides: { taps: ["blocks.0.mlp.atc"] } }),
      await look({ overrides: { "recipe.name": "atlsa" } }),
      await look({ overrides: { device: "cdua" } }),
    ];
    expect(messages.map((message) => message.replace(atlas.config, "atlas.json"))).toEqual([
      'atlas.json: tap "blocks.0.mlp.atc": expected one of blocks.0.mlp.act, blocks.1.mlp.act, layer1.0.out, layer2.0.out, got an unknown one; did you mean "blocks.0.mlp.act"?',
      'atlas.json: "recipe.name": expected a recipe of src/core/recipes.ts, got "atlsa"; did you mean "atlas"?',
      'atlas.json: "device": expected cpu, webgpu, cuda, tensorflow, got "cdua"; did you mean "cuda"?',
    ]);
  },
  TIMEOUT,
);

test(
  "a model that is no card, and one that is named twice, are refused",
  async () => {
    const messages = [
      await look({ overrides: { models: ["picturebook_vti"] } }),
      await look({ overrides: { models: ["./tiny_vit.json", "./tiny_vit.json"] } }),
    ];
    expect(messages[0]).toMatch(
      /model "picturebook_vti": expected a card in content\/models, got none of that id; /,
    );
    expect(messages[1]).toMatch(/"models": expected each model once, got "tiny_vit" twice; leave one out$/);
  },
  TIMEOUT,
);

test(
  "weights that do not fit the architecture are refused with the tensor's name",
  async () => {
    const own = await writeTinyAtlas();
    await writeTinyModel(own.folder, {
      id: "other",
      config: { patchSize: 8, width: 16, depth: 1, heads: 2, mlpRatio: 1 },
    });
    copyFileSync(join(own.folder, "other.safetensors"), join(own.folder, "tiny_vit.safetensors"));
    const message = await failureOf(buildTiny(own));
    expect(message).toMatch(/tiny_vit.json: expected the architecture's weights, got tiny_vit: "blocks\.1\./);
  },
  TIMEOUT,
);

test(
  "a config that the architecture refuses is refused with the card's name",
  async () => {
    const own = await writeTinyAtlas();
    const path = join(own.folder, "tiny_vit.json");
    const card = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...card, config: { ...card.config, heads: 3 } }));
    expect(await failureOf(buildTiny(own))).toMatch(
      /tiny_vit.json: expected a config of the architecture, got .*heads/,
    );
  },
  TIMEOUT,
);

test(
  "weights that give no numbers are refused with the image",
  async () => {
    const own = await writeTinyAtlas({ models: ["./tiny_vit.json"] });
    const path = join(own.folder, "tiny_vit.safetensors");
    const bytes = readFileSync(path);
    bytes.fill(0xff, bytes.length - 20_000);
    writeFileSync(path, bytes);
    expect(await failureOf(buildTiny(own))).toMatch(
      /^tiny_vit\/blocks.0.mlp.act: expected finite activations, got NaN or infinity on image 0; check the weights file/,
    );
  },
  TIMEOUT,
);

test(
  "images that cannot be read are reported and left out, and cost nothing",
  async () => {
    const own = await writeTinyAtlas();
    writeFileSync(join(own.folder, "photographs/empty.png"), "");
    writeFileSync(join(own.folder, "photographs/noise.jpg"), "no picture at all");
    const notes: string[] = [];
    const onEvent = (event: Event) => void (event.type === "note" && notes.push(event.text));
    const { published } = await buildTiny(own, { onEvent });
    expect(notes.some((note) => note.startsWith("skipped empty.png: "))).toBe(true);
    expect(notes.some((note) => note.startsWith("skipped noise.jpg: "))).toBe(true);
    expect(notes).toContain("2 of 38 files were skipped, 36 are used");
    expect(published!.visualized).toBe(12);
  },
  TIMEOUT,
);

test(
  "a folder without images is refused",
  async () => {
    const own = await writeTinyAtlas({ images: { kind: "folder", path: "empty" } });
    mkdirSync(join(own.folder, "empty"));
    expect(await failureOf(buildTiny(own))).toBe(
      `${join(own.folder, "empty")}: expected a folder with JPEG, PNG or WebP images, got none; check the path of the image set`,
    );
  },
  TIMEOUT,
);

test("models lists layers and neurons, only what was selected", async () => {
  const around = await surroundings(atlas, target("tiny_vit", "blocks.1.mlp.act"));
  const { text, objects } = await answer((output) => models(around, output));
  expect(text).toBe(
    "tiny_vit: Tiny tiny_vit, vit, 16 px\n  tiny_vit/blocks.1.mlp.act  16  neurons on 2×2  Block 2 · feed-forward\n",
  );
  expect(objects).toMatchObject([{ id: "tiny_vit", taps: [{ name: "blocks.1.mlp.act", units: 16 }] }]);
});

test("models without a word lists those of the configuration, other cards, and the zoo", async () => {
  const { text, objects } = await answer(async (output) => models(await surroundings(atlas), output));
  const lines = text.trim().split("\n");
  expect(lines[0]).toMatch(
    /^tiny_vit +\d\.\d\d M parameters +2 layers +32 neurons +16 px +in the atlas +not checked$/,
  );
  expect(lines[2]).toMatch(/^picturebook_resnet +1\.\d\d M parameters .* has a card +trained here$/);
  const deit = { state: "zoo", id: "deit_tiny_patch16_224", parameters: 5_717_416, taps: 12, neurons: 9216 };
  expect(objects).toContainEqual(expect.objectContaining(deit));
  expect(objects).toHaveLength(lines.length);
});

test("models shows the layers of a model of the zoo, and asks back for one that nobody knows", async () => {
  const look = async (model: string) =>
    answer(async (output) => models(await surroundings(atlas, target(model)), output));
  expect((await look("deit_tiny_patch16_224")).text).toMatch(
    /^deit_tiny_patch16_224: DeiT-Tiny\/16, vit, 224 px\n {2}deit_tiny_patch16_224\/blocks\.0\.mlp\.act +768 +neurons on 14×14/,
  );
  expect(await failureOf(look("deit_tiny_patch16_242"))).toContain('did you mean "deit_tiny_patch16_224"?');
});

test(
  "plan on a fresh store says that all is to do, and what it costs",
  async () => {
    const own = await writeTinyAtlas();
    const around = await surroundings(own);
    const { text, objects } = await answer((output) => plan(around, output));
    expect(text).toMatch(/top-images {8}tiny_vit +36 of 36 images to do +\d+\.\d GFLOP +\d+\.\d s/);
    expect(text).toMatch(/visualize {9}tiny_vit\/blocks\.0\.mlp\.act +3 of 3 neurons to do/);
    const jobs = objects.filter((object) => (object as { type: string }).type === "jobs");
    expect(jobs).toHaveLength(8);
    expect(objects.at(-1)).toMatchObject({ type: "total" });
    const total = objects.at(-1) as { flops: number; bytes: number };
    expect(total.flops).toBeGreaterThan(0);
    expect(total.bytes).toBeGreaterThan(0);
  },
  TIMEOUT,
);

test(
  "plan on a finished atlas says that nothing is to do",
  async () => {
    const around = await surroundings(atlas);
    const { objects } = await answer((output) => plan(around, output));
    expect(objects.at(-1)).toMatchObject({ type: "total", flops: 0, bytes: 0 });
    expect(objects[0]).toMatchObject({ stage: "top-images", total: 36, fresh: 36 });
  },
  TIMEOUT,
);

test(
  "status says how far the atlas is and what is published",
  async () => {
    const around = await surroundings(atlas);
    const { text } = await answer((output) => status(around, output));
    expect(text).toContain(
      "tiny_vit: 36 of 36 images seen\n  blocks.0.mlp.act  measured  3 of 3 chosen neurons visualized  3 of 16 in all",
    );
    expect(text).toMatch(/published: release [0-9a-f]{12} of \S+, 52 neurons, 12 visualized/);
  },
  TIMEOUT,
);

test(
  "status of an empty store says so",
  async () => {
    const own = await writeTinyAtlas();
    const around = await surroundings(own);
    const { text } = await answer((output) => status(around, output));
    expect(text).toContain("tiny_vit: 0 of 36 images seen\n  blocks.0.mlp.act  not measured");
    expect(text).toContain("published: nothing yet");
  },
  TIMEOUT,
);

test(
  "verify accepts what was published and names what is damaged",
  async () => {
    const own = await writeTinyAtlas();
    await buildTiny(own);
    const { config } = await surroundings(own);
    const { objects } = await answer((output) => verify(config, output));
    // Atlas, images, two models with their weights, four layers, the experiments with their index, and the schemas of them all.
    expect(objects).toMatchObject([
      { type: "verified", files: 11 + experiments.length + schemaNames.length },
    ]);

    const output = openOutput({ out: terminal().self, err: terminal().self }, false);
    const path = join(own.data, "models/tiny_vit/model.json");
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace("Tiny tiny_vit", "Tiny tiny_vat"));
    const next = "run `npm run atlas`: it writes what is missing or damaged again";
    expect(await failureOf(verify(config, output))).toMatch(
      /: expected the files of release \w+, got those of \w+; run/,
    );
    writeFileSync(path, text.slice(0, 100));
    expect(await failureOf(verify(config, output))).toContain(`${path}: expected JSON, got`);
    rmSync(path);
    expect(await failureOf(verify(config, output))).toBe(
      `${path}: expected a file of the atlas, got none; ${next}`,
    );
    writeFileSync(path, text);

    const { sprite } = JSON.parse(
      readFileSync(join(own.data, "models/tiny_vit/blocks.0.mlp.act.json"), "utf8"),
    );
    const { digest } = sprite.picture;
    const object = join(own.objects, digest.slice(0, 2), `${digest}.webp`);
    writeFileSync(object, "other");
    expect(await failureOf(verify(config, output))).toMatch(
      new RegExp(`${digest}.webp: expected bytes of SHA-256 ${digest}, got bytes of`),
    );
    rmSync(object);
    expect(await failureOf(verify(config, output))).toBe(
      `${object}: expected a published object, got no file; ${next}`,
    );
    await buildTiny(own);
    expect(await failureOf(verify(config, output))).toBe("no failure");
  },
  TIMEOUT,
);

test(
  "a failure is one line, without a stack, and the exit code is 1",
  async () => {
    const { code, out, err } = await runAtlas(["--config", "/nowhere/atlas.ts"]);
    expect({ code, out, err }).toEqual({
      code: 1,
      out: "",
      err: "/nowhere/atlas.ts: expected a configuration, got no such file; correct --config\n",
    });
  },
  TIMEOUT,
);

test(
  "with --json a failure is an object with its five parts",
  async () => {
    const { code, out } = await runAtlas(["--config", "/nowhere/atlas.ts", "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      type: "failure",
      reason: "config-invalid",
      where: "/nowhere/atlas.ts",
      expected: "a configuration",
      got: "no such file",
      next: "correct --config",
    });
  },
  TIMEOUT,
);

test(
  "with --json every line of a build is an object",
  async () => {
    const { code, out, err } = await runAtlas(["--config", atlas.config, "--json"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const types = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).type);
    expect(new Set(types)).toEqual(new Set(["stage", "progress", "note", "built"]));
  },
  TIMEOUT,
);

const progress = { type: "progress", stage: "s", of: "m", total: 100, unit: "images" } as const;

test("progress says the rate and the time that is left, and does not count what was fresh", () => {
  expect(describeProgress({ ...progress, done: 60, fresh: 20 }, 10)).toBe(
    "m: 60/100 images, 4.0 a second, 10 s left",
  );
  expect(describeProgress({ ...progress, done: 21, fresh: 20 }, 100)).toBe(
    "m: 21/100 images, 100 s each, 2 h 11 min left",
  );
  expect(describeProgress({ ...progress, done: 100, fresh: 0 }, 50)).toBe(
    "m: 100/100 images, 2.0 a second, took 50 s",
  );
  expect(describeProgress({ ...progress, done: 100, fresh: 100 }, 0)).toBe("m: 100/100 images, all fresh");
});

test("durations are read at a glance", () => {
  expect([3.21, 59.4, 75, 7500].map(duration)).toEqual(["3.2 s", "59 s", "1 min 15 s", "2 h 5 min"]);
});

test("without a terminal progress is a line now and then, on one a bar that is painted over", () => {
  const [plain, bar] = [terminal(), terminal(true)];
  for (const { self, pass } of [plain, bar]) {
    const report = reportToPeople(self);
    for (let done = 0; done <= 100; done += 25) {
      report({ ...progress, done, fresh: 0 });
      pass(4);
    }
  }
  expect(plain.text()).toBe(
    "  m: 75/100 images, 6.3 a second, 4.0 s left\n  m: 100/100 images, 6.3 a second, took 16 s\n",
  );
  expect(bar.text().split("\r\u001b[2K")).toHaveLength(6);
  expect(bar.text()).toContain("████");
});

/** A built site of three files, served under a path. */
async function site(base: string): Promise<{ port: number; server: Server }> {
  const root = tempFolder();
  mkdirSync(join(root, "atlas/neuron"), { recursive: true });
  writeFileSync(join(root, "index.html"), "<h1>home</h1>");
  writeFileSync(join(root, "atlas/neuron/index.html"), "<h1>neuron</h1>");
  writeFileSync(join(root, "404.html"), "<h1>lost</h1>");
  writeFileSync(join(root, "a.webp"), "RIFF");
  writeFileSync(join(root, "../secret"), "secret");
  const server = await openServer({ root, port: 0, base });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, server };
}

/** By hand: `fetch` would resolve ".." before the server sees it. */
function get(
  port: number,
  path: string,
  method = "GET",
): Promise<{ status: number; type: string; location: string; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, path, method }, (response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.on("end", () =>
        resolve({
          status: response.statusCode!,
          type: response.headers["content-type"] ?? "",
          location: response.headers.location ?? "",
          body,
        }),
      );
    });
    asked.on("error", reject);
    asked.end();
  });
}

test("serve gives pages and files with their types", async () => {
  const { port } = await site("/");
  expect(await get(port, "/")).toMatchObject({
    status: 200,
    type: "text/html; charset=utf-8",
    body: "<h1>home</h1>",
  });
  expect(await get(port, "/a.webp?x=1")).toMatchObject({ status: 200, type: "image/webp", body: "RIFF" });
  expect(await get(port, "/atlas/neuron")).toMatchObject({ status: 308, location: "/atlas/neuron/" });
  expect(await get(port, "/atlas/neuron/")).toMatchObject({ status: 200, body: "<h1>neuron</h1>" });
  expect(await get(port, "/nothing")).toMatchObject({ status: 404, body: "<h1>lost</h1>" });
  expect(await get(port, "/", "HEAD")).toMatchObject({ status: 200, body: "" });
  expect(await get(port, "/", "POST")).toMatchObject({ status: 405 });
});

test("serve works under a sub-path, and only there", async () => {
  const { port } = await site("sub/path");
  expect(await get(port, "/sub/path/")).toMatchObject({ status: 200 });
  expect(await get(port, "/sub/path")).toMatchObject({ status: 308, location: "/sub/path/" });
  expect(await get(port, "/")).toMatchObject({ status: 404, body: "the site is at /sub/path/\n" });
});

test.each(["/../secret", "/..%2fsecret", "/%2e%2e/secret", "/a/../../secret", "/%00", "/%E0%A4%A"])(
  "serve gives nothing from outside the site for %s",
  async (path) => {
    const { port } = await site("/");
    const { status, body } = await get(port, path);
    expect([400, 404]).toContain(status);
    expect(body).not.toContain("secret");
  },
);

test("serve without a site and on a taken port is refused", async () => {
  const { port } = await site("/");
  const output = openOutput({ out: terminal().self, err: terminal().self }, false);
  const signal = new AbortController().signal;
  const empty = tempFolder();
  expect(await failureOf(serve({ root: empty, port: 0, base: "/" }, output, signal))).toBe(
    `${empty}: expected a built site, got none; run \`npm run atlas\` first`,
  );
  writeFileSync(join(empty, "index.html"), "");
  expect(await failureOf(serve({ root: empty, port, base: "/" }, output, signal))).toBe(
    `--port ${port}: expected a free port, got one in use; give another --port`,
  );
});
