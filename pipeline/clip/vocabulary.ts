/** What CLIP's texts are made with, from content/clip: the tokenizer, and the prompts and classes of ImageNet. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { type ClipTokenizer, clipTokenizer } from "#core/tokenizer/clip-tokenizer.ts";
import { ROOT } from "../config.ts";

const FOLDER = join(ROOT, "content/clip");

export async function readTokenizer(): Promise<ClipTokenizer> {
  return clipTokenizer(gunzipSync(await readFile(join(FOLDER, "merges.txt.gz"))).toString("utf8"));
}

const promptsSchema = z.strictObject({
  /** Sentences in which `{}` stands for the class. */
  prompts: z.array(z.string().includes("{}")).min(1),
  /** Names of ImageNet-1k's classes, in the order of their indices. */
  classes: z.array(z.string().min(1)).length(1000),
});
export type Prompts = z.infer<typeof promptsSchema>;

/** Those with which CLIP's zero-shot accuracy on ImageNet-1k was published. */
export async function readImagenetPrompts(): Promise<Prompts> {
  return promptsSchema.parse(JSON.parse(await readFile(join(FOLDER, "imagenet.json"), "utf8")));
}
