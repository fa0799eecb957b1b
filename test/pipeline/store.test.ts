import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Disk } from "#pipeline/store/disk.ts";
import { realDisk } from "#pipeline/store/disk.ts";
import { canonicalJson, fingerprint, type JobInputs } from "#pipeline/store/fingerprint.ts";
import { inTurn } from "#pipeline/store/locks.ts";
import { digestOf } from "#pipeline/store/objects.ts";
import { packArrays, unpackArrays } from "#pipeline/store/pack.ts";
import { openStore, type Store } from "#pipeline/store/store.ts";
import { job, openWorklist } from "#pipeline/store/work.ts";
import { tempFolder } from "#test/support/temp.ts";

const inputs: JobInputs = { stage: "double", revision: 1, runtime: { node: "22" }, settings: { by: 2 } };
const bytes = (text: string) => Buffer.from(text);
const never = new AbortController().signal;

const numbers = [1, 2, 3, 4, 5].map((number) => job({ ...inputs, unit: number }, number));

/** Does all jobs that it can get; gives the numbers it worked on. */
async function work(store: Store, jobs = numbers, signal = never): Promise<number[]> {
  const list = await openWorklist(store, jobs, signal);
  const worked: number[] = [];
  for (let next = await list.claim(); next; next = await list.claim()) {
    worked.push(next.task);
    await list.finish(next, { result: bytes(String(2 * next.task)) });
  }
  expect(list.done).toBe(list.total);
  return worked;
}

test("a fresh job is skipped", async () => {
  const store = openStore(tempFolder());
  expect(await work(store)).toEqual([1, 2, 3, 4, 5]);
  expect(await work(store)).toEqual([]);
});

test("a job with another input is stale, whichever input it is", async () => {
  const changed: JobInputs[] = [
    { ...inputs, stage: "other" },
    { ...inputs, revision: 2 },
    { ...inputs, runtime: { node: "23" } },
    { ...inputs, device: "webgpu" },
    { ...inputs, programs: ["a"] },
    { ...inputs, weights: "a" },
    { ...inputs, images: "a" },
    { ...inputs, range: [0, 1] },
    { ...inputs, unit: 1 },
    { ...inputs, seed: 1 },
    { ...inputs, settings: { by: 3 } },
    { ...inputs, objects: { a: digestOf("a") } },
  ];
  const prints = [inputs, ...changed].map(fingerprint);
  expect(new Set(prints).size).toBe(prints.length);
});

test("the order of keys does not make a job stale", () => {
  const turned: JobInputs = { settings: { by: 2 }, runtime: { node: "22" }, revision: 1, stage: "double" };
  expect(fingerprint(turned)).toBe(fingerprint(inputs));
});

test("a number that JSON cannot say is refused in a fingerprint", () => {
  expect(() => canonicalJson({ a: [Number.NaN] })).toThrow("internal: NaN in the inputs of a job");
});

test("a job whose object is gone is stale", async () => {
  const store = openStore(tempFolder());
  await work(store);
  await store.objects.remove(digestOf("6"));
  expect(await work(store)).toEqual([3]);
});

test("a job whose record was cut short is stale", async () => {
  const store = openStore(tempFolder());
  await work(store);
  const record = join(store.root, "jobs/double", `${numbers[1]!.fingerprint}.json`);
  writeFileSync(record, readFileSync(record).subarray(0, 30));
  expect(await work(store)).toEqual([2]);
});

test("an object whose bytes changed is refused and named with what it has become", async () => {
  const store = openStore(tempFolder());
  const { digest } = await store.objects.put(bytes("right"));
  writeFileSync(join(store.root, "objects", digest.slice(0, 2), digest), "wrong");
  await expect(store.objects.get(digest)).rejects.toThrow(
    `object ${digest}: expected bytes of that SHA-256, got bytes of ${digestOf("wrong")}; run \`npm run atlas\` again: its job is recomputed`,
  );
});

test("an object that is gone is refused", async () => {
  const store = openStore(tempFolder());
  const digest = digestOf("never stored");
  await expect(store.objects.get(digest)).rejects.toThrow(
    `object ${digest}: expected its bytes, got no file`,
  );
});

test("equal bytes are stored once", async () => {
  const store = openStore(tempFolder());
  await store.objects.put(bytes("same"));
  await store.objects.put(bytes("same"));
  const { digest } = await store.objects.put(bytes("same"));
  expect(readdirSync(join(store.root, "objects", digest.slice(0, 2)))).toEqual([digest]);
});

test("a full disk is a failure with a next step, keeps what was finished and leaves no scraps", async () => {
  const root = tempFolder();
  let room = 4;
  const full: Disk = {
    async write(path, content) {
      if (room-- <= 0) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
      await realDisk.write(path, content);
    },
  };
  // Each job writes an object and a record.
  await expect(work(openStore(root, full))).rejects.toThrow(
    /: expected room for 1 bytes, got a full disk; free some space and run the same command again: what was finished is kept$/,
  );
  expect(readdirSync(join(root, "scratch"))).toEqual([]);
  const store = openStore(root);
  await store.locks.releaseAll();
  expect(await work(store, numbers.slice(0, 2))).toEqual([]);
});

test("two builds on one store share the work, and each ends with all of it done", async () => {
  const root = tempFolder();
  const [first, second] = await Promise.all([work(openStore(root)), work(openStore(root))]);
  expect([...first, ...second].sort()).toEqual([1, 2, 3, 4, 5]);
  expect(first.length).toBeGreaterThan(0);
  expect(second.length).toBeGreaterThan(0);
});

test("a job that another build holds is waited for", async () => {
  const root = tempFolder();
  const holder = openStore(root);
  const list = await openWorklist(holder, numbers, never);
  const held = (await list.claim())!;
  const waiting = work(openStore(root));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await list.finish(held, { result: bytes("2") });
  expect(await waiting).toEqual([2, 3, 4, 5]);
});

test("a job that another build holds is not waited for where there is other work in hand", async () => {
  const root = tempFolder();
  const list = await openWorklist(openStore(root), numbers.slice(0, 1), never);
  await list.claim();
  const other = await openWorklist(openStore(root), numbers.slice(0, 1), never);
  expect(await other.claim({ wait: false })).toBeUndefined();
});

function leaveLock(root: string, name: string, holder: unknown): string {
  mkdirSync(join(root, "locks"), { recursive: true });
  const path = join(root, "locks", name);
  writeFileSync(path, typeof holder === "string" ? holder : JSON.stringify(holder));
  return path;
}

/** Above every number that a kernel gives to a process. */
const DEAD = 2 ** 30;

test("the lock of a dead process is taken over", async () => {
  const root = tempFolder();
  leaveLock(root, numbers[0]!.fingerprint, { host: hostname(), pid: DEAD });
  expect(await work(openStore(root))).toContain(1);
});

test("a lock with our own number that we do not hold is an earlier process', and taken over", async () => {
  const root = tempFolder();
  leaveLock(root, "job", { host: hostname(), pid: process.pid });
  expect(await openStore(root).locks.take("job")).toBe(true);
});

test("the lock of another machine is respected while it is touched, and taken over when it is not", async () => {
  const root = tempFolder();
  const path = leaveLock(root, "job", { host: "elsewhere", pid: DEAD });
  const { locks } = openStore(root);
  expect(await locks.take("job")).toBe(false);
  const longAgo = new Date(Date.now() - 10 * 60_000);
  utimesSync(path, longAgo, longAgo);
  expect(await locks.take("job")).toBe(true);
});

test("a lock that says nothing is taken over", async () => {
  const root = tempFolder();
  leaveLock(root, "job", "");
  expect(await openStore(root).locks.take("job")).toBe(true);
});

test("what is done in turn is done one after the other, and a failure ends the turn", async () => {
  const root = tempFolder();
  const [a, b] = [openStore(root).locks, openStore(root).locks];
  const events: string[] = [];
  const slow = (name: string) => async () => {
    events.push(`${name} begins`);
    await sleep(30);
    events.push(`${name} ends`);
    throw new Error(name);
  };
  const both = await Promise.allSettled([
    inTurn(a, "turn", never, slow("first")),
    inTurn(b, "turn", never, slow("second")),
  ]);
  expect(events).toEqual(["first begins", "first ends", "second begins", "second ends"]);
  expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});

test("released locks leave no files", async () => {
  const { locks, root } = openStore(tempFolder());
  await locks.take("a");
  await locks.take("b");
  await locks.release("a");
  await locks.releaseAll();
  expect(readdirSync(join(root, "locks"))).toEqual([]);
});

test("an interruption stops between jobs and says how to go on", async () => {
  const store = openStore(tempFolder());
  const controller = new AbortController();
  const list = await openWorklist(store, numbers, controller.signal);
  await list.finish((await list.claim())!, { result: bytes("2") });
  controller.abort();
  await expect(list.claim()).rejects.toThrow(
    "atlas: expected to run to the end, got an interruption; run the same command again: it goes on where it stopped",
  );
  expect(await work(store)).toEqual([2, 3, 4, 5]);
});

test("packed arrays come back with their types and values", () => {
  const arrays = {
    bytes: Uint8Array.of(1, 255, 3),
    counts: Int32Array.of(-1, 2 ** 31 - 1),
    floats: Float32Array.of(0.1, Number.NEGATIVE_INFINITY),
    doubles: Float64Array.of(0.1),
    none: new Float32Array(0),
  };
  expect(unpackArrays(packArrays(arrays))).toEqual(arrays);
});
