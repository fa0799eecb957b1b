"""Columnar models of timm 1.0.15: ViT with its options, MLP-Mixer, gMixer, ResMLP.

    python test/golden/make_columnar.py [tiny] [zoo] [full [id ...]]

Needs torch, timm and transformers. `tiny` writes models-columnar.json (logits, taps and input gradients of tiny models), `zoo`
zoo-columnar.json (every variant's parameters and preprocessing) and `full` full-columnar.json (models of full size,
sampled; it grows as they are done). Without an argument it writes the first two.
Weights and images are formula.py's; everything is computed in float64.
"""

import hashlib
import json
import math
import sys
from pathlib import Path

import timm
import torch
from timm.layers import GluMlp
from timm.models.deit import VisionTransformerDistilled
from timm.models.mlp_mixer import Affine, MlpMixer, ResBlock
from timm.models.vision_transformer import VisionTransformer
from torch import nn
from transformers import ViTConfig, ViTForImageClassification, __version__ as transformers_version

from formula import fill, image, listed, write

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


class ZeroShot(nn.Module):
    """A CLIP image tower and texts: cosines of embeddings, as open_clip's zero-shot classifier has them."""

    def __init__(self, tower, classes):
        super().__init__()
        self.tower = tower
        self.zero_shot = nn.Linear(tower.num_classes, classes, bias=False)

    def state_dict(self, *args, **kwargs):
        return {k.removeprefix("tower."): v for k, v in super().state_dict(*args, **kwargs).items()}

    def load_state_dict(self, state):
        own = {k: v for k, v in state.items() if k.startswith("zero_shot")}
        self.tower.load_state_dict({k: v for k, v in state.items() if k not in own})
        self.zero_shot.weight.data = own["zero_shot.weight"]

    def get_submodule(self, name):
        return self.tower.get_submodule(name)

    def forward(self, x):
        return self.zero_shot(torch.nn.functional.normalize(self.tower(x), dim=-1))


def tiny_vit(kind=VisionTransformer, classes=5, **options):
    return kind(
        img_size=8, patch_size=4, embed_dim=8, depth=2, num_heads=2, mlp_ratio=2, num_classes=classes, **options
    )


def tiny_mixer(mlp_ratio, **options):
    return MlpMixer(5, 8, patch_size=4, num_blocks=2, embed_dim=12, mlp_ratio=mlp_ratio, **options)


CLIP = {"pre_norm": True, "norm_layer": nn.LayerNorm, "act_layer": "quick_gelu"}

TINY = {
    "tiny distilled vit": lambda: tiny_vit(VisionTransformerDistilled),
    "tiny headless vit": lambda: tiny_vit(classes=0),
    "tiny clip vit": lambda: ZeroShot(tiny_vit(classes=6, **CLIP), 5),
    "tiny mixer": lambda: tiny_mixer((0.5, 2.0)),
    "tiny gmixer": lambda: tiny_mixer((1.0, 2.0), mlp_layer=GluMlp, act_layer=nn.SiLU),
    "tiny resmlp": lambda: tiny_mixer(2, block_layer=ResBlock, norm_layer=Affine),
}


def tap_modules(model):
    """Tap → the module whose output it is, and how many tokens before the patches'."""
    model = getattr(model, "tower", model)
    if isinstance(model, VisionTransformer):
        prefix = model.num_prefix_tokens
        return {f"blocks.{i}.mlp.act": (f"blocks.{i}.mlp.act", prefix) for i in range(len(model.blocks))}
    # A gated layer's unit is value · silu(gate): what the dropout after it is given.
    gated = isinstance(model.blocks[0].mlp_channels, GluMlp)
    module = "drop1" if gated else "act"
    names = [f"blocks.{i}.mlp_channels" for i in range(len(model.blocks))]
    return {f"{name}.act": (f"{name}.{module}", 0) for name in names}


def run(model, images, statistics=IMAGENET, taps=None, unit=None):
    """Logits, and of each tap its activations and the gradient of one unit's mean for the pixels.

    Without a unit it takes the first that is active at every tap: a dead one would compare nothing.
    """
    mean, std = (torch.tensor(x, dtype=torch.float64).view(1, 3, 1, 1) for x in statistics)
    modules = tap_modules(model)
    taps = taps or list(modules)
    seen = {}
    for tap in taps:
        module, prefix = modules[tap]
        model.get_submodule(module).register_forward_hook(
            lambda _m, _i, output, tap=tap, prefix=prefix: seen.__setitem__(tap, output[:, prefix:])
        )
    pixels = images.double().requires_grad_()
    logits = model((pixels - mean) / std)
    if unit is None:
        count = min(found.shape[-1] for found in seen.values())
        live = [u for u in range(count) if all(found[..., u].abs().mean() > 0.01 for found in seen.values())]
        unit = live[0]
    result = {"unit": unit, "logits": logits, "taps": {}}
    for tap in taps:
        objective = seen[tap][..., unit].mean(1).sum()
        (gradient,) = torch.autograd.grad(objective, pixels, retain_graph=tap != taps[-1])
        result["taps"][tap] = {"activations": seen[tap], "gradient": gradient}
    return result


def tiny(build):
    result = run(fill(build()), image("images", (2, 3, 8, 8)))
    taps = {t: {k: listed(v) for k, v in found.items()} for t, found in result["taps"].items()}
    return {"unit": result["unit"], "logits": listed(result["logits"]), "taps": taps}


def transformers_vit():
    """A ViT of transformers with formula weights, of which the test makes a file; in float64."""
    config = ViTConfig(
        hidden_size=8,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=8,
        patch_size=4,
        num_labels=5,
    )
    model = fill(ViTForImageClassification(config))
    mean, std = (torch.tensor(x, dtype=torch.float64).view(1, 3, 1, 1) for x in IMAGENET)
    logits = model((image("images", (2, 3, 8, 8)).double() - mean) / std).logits
    shapes = {name: list(value.shape) for name, value in model.state_dict().items()}
    return {"epsilon": config.layer_norm_eps, "shapes": shapes, "logits": listed(logits)}


# Our ids → timm's tags; pipeline/zoo has the same.
VARIANTS = {
    "deit_tiny_patch16_224": "deit_tiny_patch16_224.fb_in1k",
    "deit_small_patch16_224": "deit_small_patch16_224.fb_in1k",
    "deit_base_patch16_224": "deit_base_patch16_224.fb_in1k",
    "deit_base_patch16_384": "deit_base_patch16_384.fb_in1k",
    "deit_tiny_distilled_patch16_224": "deit_tiny_distilled_patch16_224.fb_in1k",
    "deit_small_distilled_patch16_224": "deit_small_distilled_patch16_224.fb_in1k",
    "deit_base_distilled_patch16_224": "deit_base_distilled_patch16_224.fb_in1k",
    "deit_base_distilled_patch16_384": "deit_base_distilled_patch16_384.fb_in1k",
    "vit_base_patch16_384": "vit_base_patch16_384.orig_in21k_ft_in1k",
    "vit_large_patch32_384": "vit_large_patch32_384.orig_in21k_ft_in1k",
    "vit_base_patch16_224_orig_in21k": "vit_base_patch16_224.orig_in21k",
    "vit_base_patch32_224_orig_in21k": "vit_base_patch32_224.orig_in21k",
    "vit_large_patch16_224_orig_in21k": "vit_large_patch16_224.orig_in21k",
    "vit_large_patch32_224_orig_in21k": "vit_large_patch32_224.orig_in21k",
    "vit_small_patch16_224_dino": "vit_small_patch16_224.dino",
    "vit_small_patch8_224_dino": "vit_small_patch8_224.dino",
    "vit_base_patch32_clip_224": "vit_base_patch32_clip_quickgelu_224.openai",
    "vit_base_patch16_clip_224": "vit_base_patch16_clip_quickgelu_224.openai",
    "mixer_b16_224": "mixer_b16_224.goog_in21k_ft_in1k",
    "mixer_l16_224": "mixer_l16_224.goog_in21k_ft_in1k",
    "gmixer_24_224": "gmixer_24_224.ra3_in1k",
    "resmlp_12_224": "resmlp_12_224.fb_in1k",
    "resmlp_24_224": "resmlp_24_224.fb_in1k",
    "resmlp_36_224": "resmlp_36_224.fb_in1k",
    "resmlp_big_24_224": "resmlp_big_24_224.fb_in1k",
    "resmlp_12_distilled_224": "resmlp_12_224.fb_distilled_in1k",
    "resmlp_24_distilled_224": "resmlp_24_224.fb_distilled_in1k",
    "resmlp_36_distilled_224": "resmlp_36_224.fb_distilled_in1k",
    "resmlp_big_24_distilled_224": "resmlp_big_24_224.fb_distilled_in1k",
    "resmlp_big_24_224_in22ft1k": "resmlp_big_24_224.fb_in22k_ft_in1k",
}
# Google's own, which timm has in an architecture of the same name but not in these weights. Preprocessing is that of
# their siblings' default_cfg and of the repositories' preprocessor_config.json.
GOOGLE = {
    "vit_base_patch32_384": "vit_base_patch32_384.augreg_in21k_ft_in1k",
    "vit_large_patch16_384": "vit_large_patch16_384.augreg_in21k_ft_in1k",
}


def variant(tag):
    """A digest of "name shape" lines in the order of names, and the preprocessing of the default_cfg."""
    model = timm.create_model(tag)
    shapes = {k: list(v.shape) for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
    lines = "\n".join(sorted(f"{name} {'x'.join(map(str, shape))}" for name, shape in shapes.items()))
    cfg = model.pretrained_cfg
    size = cfg["input_size"][1]
    print(tag, cfg)
    return {
        "tag": tag,
        "tensors": len(shapes),
        "parameters": sum(p.numel() for p in model.parameters()),
        "sha256": hashlib.sha256(lines.encode()).hexdigest(),
        "preprocessing": {
            "size": size,
            # as timm.data.create_transform
            "resize": math.floor(size / cfg["crop_pct"]),
            "interpolation": cfg["interpolation"],
            "crop": cfg["crop_mode"],
            "mean": list(cfg["mean"]),
            "std": list(cfg["std"]),
        },
    }


# What is run in full size, the quick ones first; the first and the last tap are compared.
FULL = [
    "deit_tiny_distilled_patch16_224",
    "resmlp_12_224",
    "gmixer_24_224",
    "vit_small_patch16_224_dino",
    "vit_base_patch32_clip_224",
    "mixer_b16_224",
    "vit_base_patch32_384",
]


def sampled(value, every):
    flat = value.detach().reshape(-1)
    return {
        "every": every,
        "values": listed(flat[::every]),
        "norm": float(flat.norm()),
        "largest": float(flat.abs().max()),
    }


# With the formula's weights gMixer doubles an error in every other block: PyTorch's own float32 is 2e-3 of the largest
# activation away from its float64 in the last. With its second layers at a quarter it does not.
DAMPING = {"gmixer_24_224": 0.25}


def full(name):
    tag = {**VARIANTS, **GOOGLE}[name]
    model = fill(timm.create_model(tag))
    if name in GOOGLE:
        for module in model.modules():
            if isinstance(module, nn.LayerNorm):
                module.eps = ViTConfig().layer_norm_eps
    damping = DAMPING.get(name, 1)
    for key, parameter in model.named_parameters():
        if ".fc2." in key:
            parameter.data *= damping
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    cfg = model.pretrained_cfg
    size = cfg["input_size"][1]
    taps = list(tap_modules(model))
    found = run(model, image("full image", (1, 3, size, size)), (cfg["mean"], cfg["std"]), [taps[0], taps[-1]])
    print(name, found["unit"], flush=True)
    return {
        "unit": found["unit"],
        "damping": damping,
        "logits": sampled(found["logits"], 7),
        "taps": {t: {k: sampled(v, 997) for k, v in values.items()} for t, values in found["taps"].items()},
    }


def main():
    versions = {"timm": timm.__version__}
    wanted = sys.argv[1:] or ["tiny", "zoo"]
    if "tiny" in wanted:
        contents = {"cases": {name: tiny(build) for name, build in TINY.items()}, "transformers": transformers_vit()}
        write("models-columnar.json", {**versions, "transformers": transformers_version}, contents)
    if "zoo" in wanted:
        variants = {name: variant(tag) for name, tag in {**VARIANTS, **GOOGLE}.items()}
        write("zoo-columnar.json", versions, {"variants": variants})
    if "full" in wanted:
        path = Path(__file__).parent / "goldens" / "full-columnar.json"
        names = wanted[wanted.index("full") + 1 :] or FULL
        cases = json.loads(path.read_text())["cases"] if path.exists() else {}
        for name in names:
            cases[name] = full(name)
            write(path.name, versions, {"cases": cases})


if __name__ == "__main__":
    main()
