/**
 * Who is at work on what, so that two builds on one store share the work instead of doing it twice.
 *
 * A lock saves work; it does not protect the store, which needs no protection: objects are named by their bytes and
 * written whole. So where two builds in a rare race both take over the lock of a dead one, a job is done twice and
 * nothing else happens. A lock is a file that its holder touches now and then. It is dead when it has not been
 * touched for `LEASE`, or when its holder is a process of this machine that no longer runs.
 */
import { link, mkdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { throwIfInterrupted } from "../interrupt.ts";
import { fullDisk } from "./disk.ts";

/** Milliseconds: long against the longest pause of a running build (compiling a program blocks for seconds). */
const LEASE = 120_000;
const TOUCH_EVERY = 20_000;

export interface Locks {
  /** Takes the lock, from a dead holder too; false where a living one has it. */
  take(name: string): Promise<boolean>;
  release(name: string): Promise<void>;
  /** Releases all that this process still holds. */
  releaseAll(): Promise<void>;
}

/** Paths of the locks that this process holds, through whichever store it opened. */
const held = new Set<string>();

interface Holder {
  readonly host: string;
  readonly pid: number;
}

export function openLocks(root: string): Locks {
  const folder = join(root, "locks");
  const mine = new Set<string>();
  let heartbeat: NodeJS.Timeout | undefined;

  const touch = () => {
    const now = new Date();
    for (const path of mine) utimes(path, now, now).catch(() => {});
  };
  const release = async (path: string) => {
    if (!mine.delete(path)) return;
    held.delete(path);
    if (mine.size === 0) {
      clearInterval(heartbeat);
      heartbeat = undefined;
    }
    await rm(path, { force: true });
  };

  return {
    async take(name) {
      const path = join(folder, name);
      await mkdir(folder, { recursive: true });
      if (!(await create(path))) {
        if (await isAlive(path)) return false;
        await rm(path, { force: true });
        if (!(await create(path))) return false;
      }
      mine.add(path);
      heartbeat ??= setInterval(touch, TOUCH_EVERY).unref();
      return true;
    },
    release: (name) => release(join(folder, name)),
    async releaseAll() {
      for (const path of [...mine]) await release(path);
    },
  };
}

/**
 * Does what only one build at a time may do, after the others have done it.
 *
 * @throws the interruption, where the signal comes while it waits
 */
export async function inTurn<T>(
  locks: Locks,
  name: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  while (!(await locks.take(name))) {
    throwIfInterrupted(signal);
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    await locks.release(name);
  }
}

/** Makes the lock's file, whole from its first instant, or says that there is one. */
async function create(path: string): Promise<boolean> {
  if (held.has(path)) return false;
  const unfinished = `${path}.${process.pid}`;
  held.add(path);
  try {
    await writeFile(unfinished, JSON.stringify({ host: hostname(), pid: process.pid } satisfies Holder));
    await link(unfinished, path);
    return true;
  } catch (error) {
    held.delete(path);
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw fullDisk(error, path, 0);
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function isAlive(path: string): Promise<boolean> {
  if (held.has(path)) return true;
  try {
    if (Date.now() - (await stat(path)).mtimeMs > LEASE) return false;
    const { host, pid } = JSON.parse(await readFile(path, "utf8")) as Holder;
    // Our own number in a lock that we do not hold: an earlier process had it, as happens in containers.
    return host !== hostname() || (pid !== process.pid && isRunning(pid));
  } catch {
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
