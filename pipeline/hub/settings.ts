/**
 * What the environment says of the Hugging Face hub: the variables, and their defaults, of `huggingface_hub`, so that
 * the atlas shares cache, token and habits with the tools that people have already.
 *
 * @see https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
 */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { ROOT } from "../config.ts";

export interface HubSettings {
  /** Address of the hub or of a mirror, without a slash at its end. */
  readonly endpoint: string;
  /** Folder of the shared cache. */
  readonly cache: string;
  /** Of the user, sent to the endpoint and to nobody else. */
  readonly token: string | undefined;
  /** True: use what is in the cache and ask nobody. */
  readonly offline: boolean;
  /** Where files that come from no hub are kept, by their digest. */
  readonly downloads: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

export function hubSettings(env: Environment = process.env): HubSettings {
  const base = env.XDG_CACHE_HOME ? expand(env.XDG_CACHE_HOME) : join(homedir(), ".cache");
  const home = env.HF_HOME ? expand(env.HF_HOME) : join(base, "huggingface");
  const cache = env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE;
  return {
    endpoint: (env.HF_ENDPOINT || "https://huggingface.co").replace(/\/+$/, ""),
    cache: cache ? expand(cache) : join(home, "hub"),
    token: tokenOf(env, home),
    offline: isTrue(env.HF_HUB_OFFLINE) || isTrue(env.TRANSFORMERS_OFFLINE),
    downloads: join(ROOT, ".atlas/downloads"),
  };
}

function tokenOf(env: Environment, home: string): string | undefined {
  if (isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return undefined;
  const given = env.HF_TOKEN || env.HUGGING_FACE_HUB_TOKEN;
  return given?.trim() || readToken(env.HF_TOKEN_PATH ? expand(env.HF_TOKEN_PATH) : join(home, "token"));
}

/** The file that `hf auth login` writes. */
function readToken(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}

const isTrue = (value: string | undefined): boolean => /^(1|true|yes|on)$/i.test(value ?? "");

const expand = (path: string): string => resolve(path.replace(/^~(?=$|\/)/, homedir()));
