/** Downloads from the Hugging Face hub, against a local server that speaks its protocol and misbehaves. */
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { encodeSafetensors } from "#format/safetensors.ts";
import type { Connection } from "#pipeline/hub/connection.ts";
import { type Fetched, fetchFromAddress, fetchFromHub } from "#pipeline/hub/index.ts";
import { fetchCheckpoint } from "#pipeline/hub/obtain.ts";
import { hubSettings } from "#pipeline/hub/settings.ts";
import type { Event } from "#pipeline/progress.ts";
import { readShards } from "#pipeline/weights/shards.ts";
import { type Hub, startHub, TOKEN } from "#test/support/hub-server.ts";
import { tempFolder } from "#test/support/temp.ts";

const REPO = "timm/tiny";
const COMMIT = "0123456789abcdef0123456789abcdef01234567";
/** Large enough to come in several pieces. */
const WEIGHTS = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251);
const SHA256 = createHash("sha256").update(WEIGHTS).digest("hex");
const wanted = { repo: REPO, revision: "main", file: "model.safetensors" };

let hub: Hub;
let cache: string;
let events: Event[];
/** Milliseconds that would have been waited. */
let waits: number[];

/** An address where nobody listens any more. */
let nobody: string;

beforeAll(async () => {
  hub = await startHub();
  const gone = await startHub();
  await gone.close();
  nobody = gone.endpoint;
});
afterAll(() => hub.close());
beforeEach(() => {
  hub.requests.length = 0;
  hub.repositories.clear();
  hub.repositories.set(REPO, {
    commit: COMMIT,
    files: { "model.safetensors": WEIGHTS, "config.json": Buffer.from('{"architecture":"tiny"}') },
  });
  cache = join(tempFolder(), "hub");
  events = [];
  waits = [];
});

function connect(env: Record<string, string> = {}, options: Partial<Connection> = {}): Connection {
  const settings = hubSettings({
    HF_ENDPOINT: `${hub.endpoint}/`,
    HF_HUB_CACHE: cache,
    HF_HOME: dirname(cache),
    ...env,
  });
  return {
    settings: { ...settings, downloads: join(cache, "../downloads") },
    signal: new AbortController().signal,
    report: (event) => void events.push(event),
    sleep: async (milliseconds) => void waits.push(milliseconds),
    patience: 2000,
    ...options,
  };
}

const get = (connection = connect(), file = wanted): Promise<Fetched> => fetchFromHub(connection, file);
const gets = (host: "hub" | "cdn") =>
  hub.requests.filter((request) => request.host === host && request.method === "GET");
const folder = () => join(cache, "models--timm--tiny");
const notes = () => events.flatMap((event) => (event.type === "note" ? [event.text] : []));

describe("a file of the hub", () => {
  it("comes into the cache as other tools lay it out", async () => {
    const { path, commit } = await get();
    expect(commit).toBe(COMMIT);
    expect(path).toBe(join(folder(), "snapshots", COMMIT, "model.safetensors"));
    expect(readlinkSync(path)).toBe(`../../blobs/${SHA256}`);
    expect(readFileSync(path).equals(WEIGHTS)).toBe(true);
    expect(readFileSync(join(folder(), "refs/main"), "utf8")).toBe(COMMIT);
    expect(readdirSync(join(folder(), "blobs"))).toEqual([SHA256]);
  });

  it("that is small is named by git's digest", async () => {
    const { path } = await get(connect(), { ...wanted, file: "config.json" });
    expect(readlinkSync(path)).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/);
    expect(readFileSync(path, "utf8")).toBe('{"architecture":"tiny"}');
  });

  it("in a folder of a branch with slashes is found again", async () => {
    hub.repositories.set(REPO, { commit: COMMIT, files: { "onnx/model.safetensors": WEIGHTS } });
    const file = { ...wanted, revision: "refs/pr/1", file: "onnx/model.safetensors" };
    const { path } = await get(connect(), file);
    expect(readlinkSync(path)).toBe(`../../../blobs/${SHA256}`);
    expect(await get(connect({ HF_HUB_OFFLINE: "1" }), file)).toEqual({ path, commit: COMMIT });
  });

  it("that is in the cache is not downloaded again, and under its commit not even asked for", async () => {
    const first = await get();
    hub.requests.length = 0;
    expect(await get()).toEqual(first);
    expect(hub.requests.map(({ method }) => method)).toEqual(["HEAD"]);
    hub.requests.length = 0;
    expect(await get(connect(), { ...wanted, revision: COMMIT })).toEqual(first);
    expect(hub.requests).toEqual([]);
  });

  it("of a newer commit with the same bytes is linked, not downloaded", async () => {
    await get();
    const commit = COMMIT.replace("0", "f");
    hub.repositories.set(REPO, { commit, files: { "model.safetensors": WEIGHTS } });
    expect((await get()).path).toBe(join(folder(), "snapshots", commit, "model.safetensors"));
    expect(gets("cdn")).toHaveLength(1);
  });

  it("whose blob was removed is downloaded again, over the dead link", async () => {
    const { path } = await get();
    rmSync(join(folder(), "blobs"), { recursive: true });
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    await get();
    expect(readFileSync(path).equals(WEIGHTS)).toBe(true);
  });

  it("that was damaged and removed is downloaded again, whatever lies under its digest", async () => {
    const { path } = await get();
    writeFileSync(path, "damaged");
    rmSync(path);
    await get();
    expect(readFileSync(path).equals(WEIGHTS)).toBe(true);
  });

  it("is reported in megabytes", async () => {
    await get();
    const progress = events.filter((event) => event.type === "progress");
    expect(progress[0]).toMatchObject({ of: "tiny/model.safetensors", done: 0, total: 0.3, unit: "MB" });
    expect(progress.at(-1)).toMatchObject({ done: 0.3, total: 0.3, fresh: 0 });
  });
});

describe("the token", () => {
  it("goes to the hub and not to the CDN", async () => {
    hub.repositories.set(REPO, { ...hub.repositories.get(REPO)!, access: "private" });
    await get(connect({ HF_TOKEN: TOKEN }));
    const sent = (host: string) =>
      new Set(hub.requests.filter((r) => r.host === host).map((r) => r.authorization));
    expect(sent("hub")).toEqual(new Set([`Bearer ${TOKEN}`]));
    expect(sent("cdn")).toEqual(new Set([undefined]));
  });

  it("is read from the file that a login writes, unless that is switched off", () => {
    writeFileSync(join(dirname(cache), "token"), `${TOKEN}\n`);
    expect(connect().settings.token).toBe(TOKEN);
    expect(connect({ HF_TOKEN: "other" }).settings.token).toBe("other");
    expect(connect({ HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" }).settings.token).toBeUndefined();
  });

  it("that is missing, or not enough, is asked for", async () => {
    const open = hub.repositories.get(REPO)!;
    hub.repositories.set(REPO, { ...open, access: "private" });
    await expect(get()).rejects.toThrow(
      `timm/tiny: expected a repository on the hub, got none, or a private one; check its name at ${hub.endpoint}; for a private one set HF_TOKEN`,
    );
    hub.repositories.set(REPO, { ...open, access: "gated" });
    await expect(get(connect({ HF_TOKEN: TOKEN }))).rejects.toThrow(
      `timm/tiny: expected access, got a gated repository; accept its terms at ${hub.endpoint}/timm/tiny, with the account of the token`,
    );
    hub.fail("hub", "HEAD", { status: 401 });
    await expect(get(connect({ HF_TOKEN: "wrong" }))).rejects.toMatchObject({
      failure: { reason: "hub-refused", next: expect.stringContaining("is the token in HF_TOKEN valid") },
    });
  });
});

describe("what is not there", () => {
  it.each([
    [{ ...wanted, repo: "timm/none" }, "hub-missing", "a repository on the hub"],
    [{ ...wanted, revision: "dev" }, "hub-missing", 'revision "dev"'],
    [{ ...wanted, file: "weights.safetensors" }, "hub-missing", '"weights.safetensors"'],
  ])("is a failure that says what: %j", async (file, reason, expected) => {
    await expect(get(connect(), file)).rejects.toMatchObject({ failure: { reason, expected } });
  });

  it("is a name that leads out of the cache", async () => {
    for (const file of [
      { file: "../../x" },
      { repo: "a/b/c" },
      { revision: "../x" },
      { file: "/etc/passwd" },
    ])
      await expect(get(connect(), { ...wanted, ...file })).rejects.toMatchObject({
        failure: { reason: "usage" },
      });
    expect(hub.requests).toEqual([]);
  });

  it("and has a pickle in its place is refused with the reason and the way out", async () => {
    hub.repositories.set(REPO, { commit: COMMIT, files: { "pytorch_model.bin": WEIGHTS } });
    const error = await get().catch((failure) => failure);
    expect(error.failure.reason).toBe("weights-unsafe");
    expect(error.message).toMatch(
      /^timm\/tiny\/pytorch_model\.bin: expected a safetensors file, got a pickle, which runs code when it is read;/,
    );
    expect(error.message).toContain('torch.load("pytorch_model.bin"');
    expect(error.message).toContain("huggingface.co/spaces/safetensors/convert");
  });
});

describe("a connection", () => {
  it("that breaks is taken up where it broke", async () => {
    hub.fail("cdn", "GET", { breakAfter: 70_000 }, { breakAfter: 50_000 });
    const { path } = await get();
    expect(readFileSync(path).equals(WEIGHTS)).toBe(true);
    expect(gets("cdn").map(({ range }) => range)).toEqual([undefined, "bytes=70000-", "bytes=120000-"]);
    // Each attempt got further, so each wait is a first one.
    expect(waits).toEqual([500, 500]);
  });

  it("that falls silent is given up and taken up again", async () => {
    hub.fail("cdn", "GET", { stallAfter: 70_000 });
    const { path } = await get(connect({}, { patience: 200 }));
    expect(readFileSync(path).equals(WEIGHTS)).toBe(true);
    expect(gets("cdn").map(({ range }) => range)).toEqual([undefined, "bytes=70000-"]);
  });

  it("on which the server ignores the range begins anew", async () => {
    hub.fail("cdn", "GET", { breakAfter: 70_000 }, "ignore-range");
    expect(readFileSync((await get()).path).equals(WEIGHTS)).toBe(true);
  });

  it("that is refused is tried again with growing waits, and as long as the server asks", async () => {
    hub.fail(
      "hub",
      "HEAD",
      { status: 500 },
      { status: 503 },
      { status: 429, headers: { "retry-after": "7" } },
    );
    await get();
    expect(waits).toEqual([500, 1000, 7000]);
    expect(notes()[2]).toMatch(/: too many requests \(429\); again in 7 s$/);
  });

  it("that stays busy is a failure", async () => {
    hub.fail("hub", "HEAD", { status: 429, headers: { "retry-after": "3600" } });
    await expect(get()).rejects.toThrow("try again in 60 min; HF_TOKEN raises the hub's limits");
    hub.fail("hub", "HEAD", ...Array.from({ length: 6 }, () => ({ status: 502 })));
    await expect(get()).rejects.toMatchObject({
      failure: { reason: "network-failed", got: "a server's error (502)" },
    });
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000]);
  });

  it("to nobody is a failure that names network, proxy and mirror", async () => {
    await expect(get(connect({ HF_ENDPOINT: nobody }))).rejects.toMatchObject({
      failure: {
        reason: "network-failed",
        got: "a refused connection",
        next: expect.stringMatching(/HTTPS_PROXY.*HF_ENDPOINT/),
      },
    });
  });

  it("to nobody is no matter for what is in the cache", async () => {
    const { path } = await get();
    expect((await get(connect({ HF_ENDPOINT: nobody }))).path).toBe(path);
    expect(notes().at(-1)).toBe(
      "the hub does not answer; timm/tiny is taken from the cache, as of commit 0123456",
    );
  });

  it("is not made when offline", async () => {
    await expect(get(connect({ HF_HUB_OFFLINE: "1" }))).rejects.toMatchObject({
      failure: { reason: "network-off", where: "timm/tiny/model.safetensors" },
    });
    const { path } = await get();
    hub.requests.length = 0;
    expect((await get(connect({ HF_HUB_OFFLINE: "1" }))).path).toBe(path);
    expect(hub.requests).toEqual([]);
  });
});

describe("bytes", () => {
  const incomplete = () => join(folder(), "blobs", `${SHA256}.incomplete`);

  it("that an interrupted download left are gone on with", async () => {
    const controller = new AbortController();
    const report = (event: Event) => {
      events.push(event);
      if (event.type === "progress" && event.done > 0) controller.abort();
    };
    hub.fail("cdn", "GET", { stallAfter: 70_000 });
    await expect(get(connect({}, { signal: controller.signal, report }))).rejects.toMatchObject({
      failure: { reason: "interrupted", next: expect.stringContaining("goes on where it stopped") },
    });
    expect(readFileSync(incomplete()).length).toBeGreaterThan(0);
    const { length } = readFileSync(incomplete());
    hub.requests.length = 0;
    expect(readFileSync((await get()).path).equals(WEIGHTS)).toBe(true);
    expect(gets("cdn").map(({ range }) => range)).toEqual([`bytes=${length}-`]);
    expect(existsSync(incomplete())).toBe(false);
  });

  it("that are not those of the digest are refused and not kept", async () => {
    hub.fail("cdn", "GET", "wrong-bytes");
    await expect(get()).rejects.toMatchObject({
      failure: { reason: "download-corrupt", got: expect.stringContaining(`and not ${SHA256}`) },
    });
    expect(readdirSync(join(folder(), "blobs"))).toEqual([]);
  });

  it("of an earlier attempt that turn out wrong cost one more download", async () => {
    mkdirSync(dirname(incomplete()), { recursive: true });
    writeFileSync(incomplete(), new Uint8Array(1000));
    expect(readFileSync((await get()).path).equals(WEIGHTS)).toBe(true);
    expect(gets("cdn").map(({ range }) => range)).toEqual(["bytes=1000-", undefined]);
    expect(notes()[0]).toMatch(/: digest \w+ and not \w+; from the beginning$/);
  });

  it.skipIf(!existsSync("/dev/full"))("that do not fit on the disk are a failure", async () => {
    mkdirSync(dirname(incomplete()), { recursive: true });
    symlinkSync("/dev/full", incomplete());
    await expect(get()).rejects.toMatchObject({ failure: { reason: "disk-full" } });
  });

  it("are downloaded once by two at a time", async () => {
    const sleep = (milliseconds: number) =>
      new Promise<void>((resolve) => setTimeout(resolve, milliseconds / 20));
    const [one, other] = await Promise.all([get(connect({}, { sleep })), get(connect({}, { sleep }))]);
    expect(one.path).toBe(other.path);
    expect(gets("cdn")).toHaveLength(1);
    expect(notes()).toEqual(["tiny/model.safetensors: another process is downloading it"]);
  });
});

describe("a sharded checkpoint", () => {
  const tensor = (value: number) => ({ shape: [40], data: new Float32Array(40).fill(value) });
  const index = (map: Record<string, string>) => Buffer.from(JSON.stringify({ weight_map: map }));
  const files = {
    "model.safetensors.index.json": index({ a: "model-1.safetensors", b: "model-2.safetensors" }),
    "model-1.safetensors": encodeSafetensors({ a: tensor(1) }, "F32"),
    "model-2.safetensors": encodeSafetensors({ b: tensor(2) }, "F16"),
  };
  const indexFile = { ...wanted, file: "model.safetensors.index.json" };

  it("comes with all its shards, and reads as one", async () => {
    hub.repositories.set(REPO, { commit: COMMIT, files });
    const { path } = await fetchCheckpoint(connect(), indexFile);
    const read = await readShards(path);
    expect(read.names).toEqual(["a", "b"]);
    expect([read.get("a")[0], read.get("b")[0]]).toEqual([1, 2]);
    hub.requests.length = 0;
    await fetchCheckpoint(connect(), { ...indexFile, revision: COMMIT });
    expect(hub.requests).toEqual([]);
  });

  it("without one of its shards names it", async () => {
    const { "model-2.safetensors": _, ...rest } = files;
    hub.repositories.set(REPO, { commit: COMMIT, files: rest });
    await expect(fetchCheckpoint(connect(), indexFile)).rejects.toMatchObject({
      failure: { reason: "hub-missing", expected: '"model-2.safetensors"' },
    });
  });
});

describe("a file at a plain address", () => {
  const address = () => `${hub.endpoint}/${REPO}/resolve/main/model.safetensors`;

  it("is kept under its digest, and not asked for again", async () => {
    const found = await fetchFromAddress(connect(), address());
    expect(found).toEqual({ path: join(cache, "../downloads", SHA256, "model.safetensors"), sha256: SHA256 });
    hub.requests.length = 0;
    expect(await fetchFromAddress(connect(), address(), SHA256)).toEqual(found);
    expect(hub.requests).toEqual([]);
  });

  it("that holds other bytes than the card says is refused", async () => {
    await expect(fetchFromAddress(connect(), address(), "0".repeat(64))).rejects.toMatchObject({
      failure: { reason: "download-corrupt" },
    });
  });

  it("that is not there is a failure", async () => {
    await expect(fetchFromAddress(connect(), `${address()}x`)).rejects.toMatchObject({
      failure: { reason: "hub-missing", next: "correct the address" },
    });
  });
});
