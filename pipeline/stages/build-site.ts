/** Renders the pages: `astro build` as a child process, since site and pipeline never import each other. */
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Build } from "../build.ts";
import { ROOT } from "../config.ts";
import { AtlasFailure } from "../failure.ts";
import { throwIfInterrupted } from "../interrupt.ts";
import { inTurn, openLocks } from "../store/locks.ts";

/** Where Astro keeps what it makes along the way, whatever store and output a build has: two would mix theirs up. */
export const ASTRO = join(ROOT, ".astro");

/** Lines that are shown where the pages cannot be built: enough to hold an error with its place. */
const LAST_LINES = 20;

export async function buildSite(build: Build): Promise<void> {
  if (!build.config.site) return;
  const last: string[] = [];
  const code = await inTurn(openLocks(ASTRO), "build", build.signal, () =>
    run(build, (text) => {
      last.push(text);
      if (last.length > LAST_LINES) last.shift();
    }),
  );
  throwIfInterrupted(build.signal);
  if (code === 0) return;
  for (const text of last) build.report({ type: "output", text });
  throw new AtlasFailure(
    "site-failed",
    "astro build",
    "exit code 0",
    String(code),
    "its last lines are above; the data are published, and `npm run build` tries the pages again",
  );
}

/** Runs Astro's command and gives its exit code. Its lines go to `onLine`, not to the terminal. */
function run({ signal, config: { output } }: Build, onLine: (text: string) => void): Promise<number | null> {
  const astro = fileURLToPath(new URL("bin/astro.mjs", import.meta.resolve("astro/package.json")));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [astro, "build"], {
      cwd: ROOT,
      env: {
        ...process.env,
        // The pages are those of this configuration's data, wherever it writes them.
        ATLAS_DATA: output.data,
        ATLAS_PUBLIC: dirname(output.objects),
        ASTRO_TELEMETRY_DISABLED: "1",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) createInterface(stream).on("line", onLine);
    const stop = () => child.kill("SIGINT");
    signal.addEventListener("abort", stop, { once: true });
    child.on("error", reject);
    child.on("close", (code) => {
      signal.removeEventListener("abort", stop);
      resolve(code);
    });
  });
}
