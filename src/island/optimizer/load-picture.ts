/** Pictures to begin a run with: the reader's own, or the site's. */
import type { Preprocessing } from "#core/preprocess/preprocess.ts";
import { Preparer } from "../own-image/prepare.ts";

/**
 * A file of the reader's or a picture of the site as a model sees it, prepared by the same code as in the pipeline.
 *
 *   → [3, size, size] 0–1
 *
 * @throws Error where it cannot be fetched; UnfitPicture where it cannot be shown to the model
 */
export async function loadPicture(source: Blob | URL, preprocessing: Preprocessing): Promise<Float32Array> {
  const blob = source instanceof URL ? await fetchBlob(source) : source;
  const preparer = new Preparer(preprocessing);
  try {
    return (await preparer.prepare(blob)).image;
  } finally {
    preparer.close();
  }
}

async function fetchBlob(url: URL): Promise<Blob> {
  const response = await fetch(url).catch(() => null);
  if (response?.ok) return response.blob();
  const got = response ? String(response.status) : "no connection";
  throw new Error(`${url.pathname}: expected a picture, got ${got}; try again`);
}
