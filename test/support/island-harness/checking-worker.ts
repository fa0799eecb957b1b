/** A worker that runs the checks of all families on a backend, and says of which families they are not passed. */
import "#island/engine/tfjs.ts";
import { chooseDevice } from "#island/engine/backends.ts";
import { FAMILIES, needsOf } from "#island/engine/families.ts";
import { LARGEST_ERROR, selfCheck } from "#island/engine/self-check.ts";
import type { BackendName } from "#island/protocol.ts";

globalThis.addEventListener(
  "message",
  async ({ data }: MessageEvent<{ id: number; backend: BackendName }>) => {
    const { groups } = await needsOf("every family");
    await chooseDevice(data.backend, { groups, checks: [] });
    const refused: string[] = [];
    for (const family of Object.keys(FAMILIES)) {
      const { checks } = await needsOf(family);
      const error = await selfCheck(checks).catch(() => Number.POSITIVE_INFINITY);
      // Backends with float32 err by far less than what a driver is forgiven.
      if (error > LARGEST_ERROR / 50) refused.push(family);
    }
    globalThis.postMessage({ say: "checked", id: data.id, refused });
  },
);
