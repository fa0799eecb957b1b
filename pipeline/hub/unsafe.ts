/** Checkpoints that are programs: Python's pickles run whatever they contain when they are read, so none is. */
import { AtlasFailure } from "../failure.ts";

/** Names of files that are pickles, or hold them. */
export const UNSAFE = /\.(bin|pth|pt|ckpt|pkl|pickle|th)(\.tar)?$/i;

/** The refusal of a pickle, with the way out. */
export function refuseUnsafe(path: string): AtlasFailure {
  const name = path.split(/[/\\]/).at(-1)!;
  return new AtlasFailure(
    "weights-unsafe",
    path,
    "a safetensors file",
    "a pickle, which runs code when it is read",
    [
      "where you trust it, convert it with PyTorch:",
      `  python -c 'import torch, safetensors.torch as s; d = torch.load("${name}", map_location="cpu", weights_only=True); d = d.get("model", d.get("state_dict", d))`,
      `  s.save_file({k: v.contiguous() for k, v in d.items()}, "model.safetensors")'`,
      "on the hub, https://huggingface.co/spaces/safetensors/convert opens a pull request with safetensors, to be named as <organisation>/<name>@refs/pr/<number>",
    ].join("\n"),
  );
}
