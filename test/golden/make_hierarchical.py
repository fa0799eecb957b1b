"""Goldens of the hierarchical and hybrid transformers: Swin, ConViT, PiT, Twins, CoaT, LeViT, by timm.

    python test/golden/make_hierarchical.py                      tiny models, parameter lists, preprocessing
    python test/golden/make_hierarchical.py tiny                 tiny models alone
    python test/golden/make_hierarchical.py full [variant ...]   full-size passes, of all variants by default
    python test/golden/make_hierarchical.py parameters FILE      the lists themselves, for ZOO_PARAMETERS

Needs torch and timm. Everything is computed in float64, drop path off. `full` adds to zoo-hierarchical.json, so that
variants can be done one by one.

Parameter lists hold trainable parameters and running statistics. Left out are what carries no weights
(num_batches_tracked; the buffers relative_position_index, attn_mask, attention_bias_idxs, which timm does not save)
and second names of shared parameters: CoaT's serial_blocks*.*.cpe, *.crpe and parallel_blocks.*.mlp3 and mlp4.

timm 1.0.15 gives the distillation head of PiT the class token (`x_dist = self.head_drop(x)`). The authors' code, timm
up to 0.6 and timm from https://github.com/huggingface/pytorch-image-models/pull/2649 give it the distillation token,
with which the checkpoints were trained; so does `authors_head` here.

PyTorch 1.13's gradient of a batch norm with fixed statistics is wrong on the CPU where the gradient coming in is
transposed in memory, as that of LeViT's stem is (against central differences; 2e-3 and 7e-4 in a pixel of the tiny
model). `fixed_norm` is the same function in plain operations, whose gradient is right.
"""

import hashlib
import json
import math
import sys
from pathlib import Path

import timm
import torch
from timm.data import resolve_data_config
from timm.models.coat import CoaT
from timm.models.convit import ConVit
from timm.models.levit import LevitDistilled
from timm.models.pit import PoolingVisionTransformer
from timm.models.swin_transformer import SwinTransformer
from timm.models.twins import Twins

from formula import image, tensor, write

MEAN = torch.tensor([0.485, 0.456, 0.406], dtype=torch.float64).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225], dtype=torch.float64).view(1, 3, 1, 1)
GOLDENS = Path(__file__).parent / "goldens"

VARIANTS = [
    "coat_lite_mini.in1k",
    "coat_lite_small.in1k",
    "coat_lite_tiny.in1k",
    "coat_mini.in1k",
    "coat_tiny.in1k",
    "convit_base.fb_in1k",
    "convit_small.fb_in1k",
    "convit_tiny.fb_in1k",
    "levit_128.fb_dist_in1k",
    "levit_128s.fb_dist_in1k",
    "levit_192.fb_dist_in1k",
    "levit_256.fb_dist_in1k",
    "levit_384.fb_dist_in1k",
    "pit_b_224.in1k",
    "pit_b_distilled_224.in1k",
    "pit_s_224.in1k",
    "pit_s_distilled_224.in1k",
    "pit_ti_224.in1k",
    "pit_ti_distilled_224.in1k",
    "pit_xs_224.in1k",
    "pit_xs_distilled_224.in1k",
    "swin_base_patch4_window7_224.ms_in22k_ft_in1k",
    "swin_base_patch4_window7_224.ms_in22k",
    "swin_base_patch4_window12_384.ms_in22k_ft_in1k",
    "swin_base_patch4_window12_384.ms_in22k",
    "swin_large_patch4_window7_224.ms_in22k_ft_in1k",
    "swin_large_patch4_window7_224.ms_in22k",
    "swin_large_patch4_window12_384.ms_in22k_ft_in1k",
    "swin_large_patch4_window12_384.ms_in22k",
    "swin_small_patch4_window7_224.ms_in1k",
    "swin_tiny_patch4_window7_224.ms_in1k",
    "twins_pcpvt_base.in1k",
    "twins_pcpvt_large.in1k",
    "twins_pcpvt_small.in1k",
    "twins_svt_base.in1k",
    "twins_svt_large.in1k",
    "twins_svt_small.in1k",
]


def authors_head(self, x, pre_logits=False):
    if self.head_dist is None:
        return self.head(x[:, 0])
    return (self.head(x[:, 0]) + self.head_dist(x[:, 1])) / 2


PoolingVisionTransformer.forward_head = authors_head


def fixed_norm(x, mean, variance, weight, bias, training, momentum, eps):
    assert not training
    shape = (1, -1) + (1,) * (x.dim() - 2)
    scale = weight / torch.sqrt(variance + eps)
    return x * scale.view(shape) + (bias - mean * scale).view(shape)


torch.nn.functional.batch_norm = fixed_norm


def named(model):
    """Parameters and running statistics, each by one name."""
    saved = model.state_dict().keys()
    yield from model.named_parameters()
    for name, buffer in model.named_buffers():
        if name in saved and not name.endswith("num_batches_tracked"):
            yield name, buffer


def fill(model):
    """`fill` of formula.py, for models that give one tensor several names."""
    with torch.no_grad():
        for name, value in named(model):
            value.copy_(tensor(name, tuple(value.shape)))
    return model.double().eval()


def taps_of(model):
    """Names of the hidden layers in the order of computation, with how many tokens before the patches' they have."""
    names = [name for name, _ in model.named_modules() if name.endswith(("mlp.act", "mlp2.act"))]
    if isinstance(model, ConVit):
        return {name: int(int(name.split(".")[1]) >= model.local_up_to_layer) for name in names}
    prefix = {PoolingVisionTransformer: getattr(model, "num_tokens", 0), CoaT: 1}.get(type(model), 0)
    return {name: prefix for name in names}


def run(model, images, taps):
    """→ pixels, logits, and by tap the activations [B, positions, units]."""
    seen = {}
    prefixes = taps_of(model)

    def hook(name):
        # CoaT's parallel blocks call one module for three scales, the finest first: that is the one tapped.
        def keep(_module, _input, output):
            seen.setdefault(name, output[:, prefixes[name] :])

        return keep

    handles = [model.get_submodule(name).register_forward_hook(hook(name)) for name in taps]
    pixels = images.double().requires_grad_()
    logits = model((pixels - MEAN) / STD)
    for handle in handles:
        handle.remove()
    return pixels, logits, seen


def gradient(pixels, found, unit):
    (result,) = torch.autograd.grad(found[..., unit].mean(1).sum(), pixels, retain_graph=True)
    return result


def listed(value):
    """Numbers to a millionth of the largest: a tenth of what they are compared to."""
    flat = value.detach().reshape(-1)
    digits = 6 - math.floor(math.log10(float(flat.abs().max())))
    return [round(x, digits) for x in flat.tolist()]


def tiny(model, batch, size):
    model = fill(model)
    taps = taps_of(model)
    pixels, logits, seen = run(model, image("images", (batch, 3, size, size)), taps)
    # The same unit at every tap; one that is active everywhere, for hard-swish has dead ones.
    width = min(found.shape[-1] for found in seen.values())
    unit = max(range(width), key=lambda u: min(float(found[..., u].abs().mean()) for found in seen.values()))
    return {
        "unit": unit,
        "logits": listed(logits),
        "taps": {
            name: {"activations": listed(seen[name]), "gradient": listed(gradient(pixels, seen[name], unit))}
            for name in taps
        },
    }


def tiny_cases():
    pit = dict(img_size=24, patch_size=8, stride=4, base_dims=[4, 4], depth=[1, 1], heads=[1, 3], mlp_ratio=2)
    twins = dict(img_size=8, patch_size=1, embed_dims=[8, 12], num_heads=[1, 3], mlp_ratios=[2, 1], sr_ratios=[4, 1])
    coat = dict(img_size=32, patch_size=4, num_classes=5)
    return {
        "tiny swin": tiny(
            SwinTransformer(
                img_size=8, patch_size=1, embed_dim=8, depths=(2, 2), num_heads=(2, 4), window_size=4,
                mlp_ratio=1, num_classes=5,
            ),
            1, 8,
        ),
        "tiny convit": tiny(
            ConVit(img_size=12, patch_size=4, embed_dim=4, num_heads=3, depth=3, local_up_to_layer=2,
                   mlp_ratio=2, num_classes=5),
            2, 12,
        ),
        "tiny pit": tiny(PoolingVisionTransformer(**pit, num_classes=5), 1, 24),
        "tiny distilled pit": tiny(PoolingVisionTransformer(**pit, num_classes=5, distilled=True), 1, 24),
        "tiny twins pcpvt": tiny(Twins(**twins, depths=[2, 1], num_classes=5), 1, 8),
        "tiny twins svt": tiny(Twins(**twins, depths=[2, 1], wss=[4, 2], num_classes=5), 1, 8),
        "tiny coat lite": tiny(
            CoaT(**coat, embed_dims=[8, 8, 16, 8], serial_depths=[1, 1, 1, 1], mlp_ratios=[1, 2, 1, 1]), 1, 32
        ),
        "tiny coat": tiny(
            CoaT(**coat, embed_dims=[8, 8, 8, 8], serial_depths=[1, 1, 1, 1], mlp_ratios=[1, 1, 1, 1],
                 parallel_depth=1),
            1, 32,
        ),
        "tiny levit": tiny(
            LevitDistilled(img_size=32, embed_dim=(8, 12), key_dim=4, num_heads=(2, 3), depth=(1, 1), num_classes=5),
            1, 32,
        ),
    }


def parameter_lines(model):
    return sorted(f"{name} {list(value.shape)}" for name, value in named(model))


def variant(name):
    model = timm.create_model(name)
    lines = parameter_lines(model)
    data = resolve_data_config(model.pretrained_cfg, model=model)
    size = data["input_size"][-1]
    return {
        "parameters": {
            "count": len(lines),
            "trainable": sum(p.numel() for p in model.parameters()),
            "sha256": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        },
        "classes": model.num_classes,
        "preprocessing": {
            "size": size,
            "resize": math.floor(size / data["crop_pct"]),
            "interpolation": data["interpolation"],
            "crop": data["crop_mode"],
            "mean": data["mean"],
            "std": data["std"],
        },
    }


SAMPLES = 40


def sample(value):
    """Every n-th value, n odd so that it meets all channels, and the norm of all."""
    flat = value.detach().reshape(-1)
    every = max(1, len(flat) // SAMPLES) | 1
    return {"every": every, "values": listed(flat[::every]), "norm": float(flat.norm())}


def kinds(taps):
    """The last tap of each stage, and of what else there is: downsampling, parallel blocks; ConViT's gated blocks."""
    last = {}
    for name in taps:
        parts = name.split(".")
        if parts[0] == "blocks" and len(parts) == 4:
            last["gated" if taps[name] == 0 else "plain"] = name
        else:
            last[parts[0] if parts[0][-1].isdigit() else ".".join(parts[:2]), "downsample" in parts] = name
    if any(name.startswith("parallel") for name in taps):
        last = {key: name for key, name in last.items() if not name.startswith("parallel")}
        last["parallel"] = [name for name in taps if name.startswith("parallel")][-1]
    if "blocks.0.0.mlp.act" in taps:
        last = {name.split(".")[1]: name for name in taps}
    return list(last.values())


def full(name):
    model = fill(timm.create_model(name))
    size = model.pretrained_cfg["input_size"][-1]
    taps = kinds(taps_of(model))
    pixels, logits, seen = run(model, image(f"image {size}", (1, 3, size, size)), taps)
    result = {"logits": sample(logits), "taps": {}, "gradients": {}}
    for tap in taps:
        result["taps"][tap] = sample(seen[tap])
    for tap in (taps[0], taps[-1]):
        unit = int(seen[tap].mean((0, 1)).argmax())
        result["gradients"][tap] = {"unit": unit, **sample(gradient(pixels, seen[tap], unit))}
    return result


VERSIONS = {"timm": timm.__version__}


def update(key, entries):
    path = GOLDENS / "zoo-hierarchical.json"
    contents = json.loads(path.read_text()) if path.exists() else {"variants": {}, "full": {}}
    contents.pop("header", None)
    contents[key] = {**contents[key], **entries}
    write(path.name, VERSIONS, contents)


def main():
    torch.set_default_dtype(torch.float64)
    command, *names = sys.argv[1:] or ["all"]
    if command == "parameters":
        lists = {name: parameter_lines(timm.create_model(name)) for name in VARIANTS}
        Path(names[0]).write_text(json.dumps(lists))
    elif command == "full":
        for name in names or VARIANTS:
            update("full", {name: full(name)})
    else:
        write("models-hierarchical.json", VERSIONS, {"cases": tiny_cases()})
        if command == "tiny":
            return
        update("variants", {name: variant(name) for name in VARIANTS})


if __name__ == "__main__":
    main()
