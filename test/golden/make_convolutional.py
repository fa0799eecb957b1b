"""Convolutional models of timm 1.0.15 and torchvision 0.14: ResNet, CLIP's ResNets, MobileNetV2, DenseNet, SqueezeNet,
VGG, GoogLeNet.

    python test/golden/make_convolutional.py                    tiny and zoo
    python test/golden/make_convolutional.py full [model ...]   runs of full size, of all models by default
    python test/golden/make_convolutional.py parameters FILE    the lists themselves, for ZOO_PARAMETERS

Needs torch, torchvision and timm. It writes models-convolutional.json (logits, taps and input gradients of tiny models)
and zoo-convolutional.json (every variant's parameters and preprocessing); `full` adds to full-convolutional.json (models
of full size, sampled; some minutes and 8 GB). Weights and images are formula.py's; everything is computed in float64,
and the runs of full size in float32 too, whose distance from float64 is the reference's own rounding.
"""

import hashlib
import json
import math
import sys
from pathlib import Path

import timm
import torch
import torchvision
from timm.layers import AttentionPool2d, ClassifierHead
from timm.models._efficientnet_builder import decode_arch_def
from timm.models.byobnet import ByoBlockCfg, ByobNet, ByoModelCfg
from timm.models.densenet import DenseNet
from timm.models.efficientnet import EfficientNet
from timm.models.vgg import VGG, ConvMlp
from torch import nn
from torchvision.models.googlenet import BasicConv2d, GoogLeNet, Inception
from torchvision.models.squeezenet import Fire, SqueezeNet

from formula import fill, image, listed, write

GOLDENS = Path(__file__).parent / "goldens"
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def tiny_clip_resnet():
    blocks = tuple(ByoBlockCfg("bottle", d=d, c=c, s=s, gs=0, br=0.25) for d, c, s in [(2, 32, 1), (2, 64, 2)])
    cfg = ByoModelCfg(
        blocks=blocks, stem_chs=(4, 4, 8), stem_type="", stem_pool="avg2", downsample="avg", aa_layer="avg"
    )
    model = ByobNet(cfg, num_classes=6, img_size=16)
    model.head = AttentionPool2d(64, feat_size=2, out_features=6, num_heads=4, qkv_separate=True)
    return model


def tiny_mobilenet():
    stages = [["ds_r1_k3_s1_c6"], ["ir_r2_k3_s2_e4_c8"], ["ir_r1_k3_s1_e2_c5"]]
    return EfficientNet(
        decode_arch_def(stages),
        num_classes=5,
        num_features=12,
        stem_size=6,
        round_chs_fn=lambda channels: channels,
        act_layer=nn.ReLU6,
    )


def tiny_densenet():
    return DenseNet(growth_rate=6, block_config=(2, 2), bn_size=2, num_classes=5)


class TinySqueezenet(SqueezeNet):
    """torchvision's modules with fewer of them."""

    def __init__(self):
        nn.Module.__init__(self)
        self.features = nn.Sequential(
            nn.Conv2d(3, 4, 3, 2),
            nn.ReLU(True),
            nn.MaxPool2d(3, 2, ceil_mode=True),
            Fire(4, 7, 6, 6),
            nn.MaxPool2d(3, 2, ceil_mode=True),
            Fire(12, 7, 5, 5),
            Fire(10, 6, 4, 4),
        )
        self.classifier = nn.Sequential(
            nn.Dropout(), nn.Conv2d(8, 5, 1), nn.ReLU(True), nn.AdaptiveAvgPool2d((1, 1))
        )


def tiny_vgg():
    model = VGG([4, "M", 8, 8, "M"], num_classes=5)
    model.pre_logits = ConvMlp(8, 7, kernel_size=2)
    model.head = ClassifierHead(7, 5)
    return model


class TinyGooglenet(GoogLeNet):
    """torchvision's modules with fewer of them."""

    def __init__(self):
        nn.Module.__init__(self)
        self.transform_input = True
        self.conv1 = BasicConv2d(3, 5, kernel_size=7, stride=2, padding=3)
        self.conv2 = BasicConv2d(5, 4, kernel_size=1)
        self.conv3 = BasicConv2d(4, 5, kernel_size=3, padding=1)
        self.inception3a = Inception(5, 3, 5, 3, 5, 5, 5)
        self.inception4a = Inception(16, 4, 4, 5, 4, 4, 5)
        self.inception5a = Inception(18, 3, 3, 3, 4, 4, 3)
        self.fc = nn.Linear(13, 5)

    def forward(self, x):
        x = self._transform_input(x)
        pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        x = self.conv3(self.conv2(pool(self.conv1(x))))
        x = pool(self.inception3a(pool(x)))
        x = nn.MaxPool2d(2, 2, ceil_mode=True)(self.inception4a(x))
        return self.fc(self.inception5a(x).mean((2, 3)))


# With so small a deviation activations reach 6, where ReLU6 cuts.
STRONG = ((0.485, 0.456, 0.406), (0.03, 0.03, 0.03))

TINY = {
    "tiny clip resnet": (tiny_clip_resnet, 16, IMAGENET),
    "tiny mobilenet": (tiny_mobilenet, 16, STRONG),
    "tiny densenet": (tiny_densenet, 16, IMAGENET),
    "tiny squeezenet": (TinySqueezenet, 18, IMAGENET),
    "tiny vgg": (tiny_vgg, 8, IMAGENET),
    "tiny googlenet": (TinyGooglenet, 16, IMAGENET),
}


def tap_names(model):
    """Every tap of our families: a module's name, with ".out" where its own output is meant."""
    names = [name for name, _ in model.named_modules()]
    kinds = {
        ByobNet: lambda name: is_block(name, "stages"),
        SqueezeNet: lambda name: name == "features.1" or isinstance(model.get_submodule(name), Fire),
        VGG: lambda name: name.startswith("features.") and isinstance(model.get_submodule(name), nn.ReLU),
        GoogLeNet: lambda name: name in ("conv1", "conv2", "conv3")
        or isinstance(model.get_submodule(name), Inception),
        DenseNet: lambda name: name.split(".")[-1].startswith("denselayer"),
    }
    for kind, is_tap in kinds.items():
        if isinstance(model, kind):
            outs = [f"{name}.out" for name in names if is_tap(name)]
            return [*outs, "features.norm5.act"] if kind is DenseNet else outs
    if isinstance(model, EfficientNet):
        # After the depthwise convolution; the first norm is its own where the block does not widen.
        blocks = [name for name in names if is_block(name, "blocks")]
        norms = ["bn2" if hasattr(model.get_submodule(name), "conv_pwl") else "bn1" for name in blocks]
        return [*(f"{name}.{norm}.act" for name, norm in zip(blocks, norms)), "bn2.act"]
    return [f"{name}.out" for name in names if name.startswith("layer") and name.count(".") == 1]


def is_block(name, parent):
    return name.startswith(parent) and name.count(".") == 2


def passed(model, images, statistics, taps):
    """Pixels that carry gradients, logits, and the activations of each tap, [B, C, H, W]."""
    mean, std = (torch.tensor(x, dtype=images.dtype).view(1, 3, 1, 1) for x in statistics)
    seen = {}
    # In place, a later module would write over what an earlier one gave.
    for module in model.modules():
        if hasattr(module, "inplace"):
            module.inplace = False
    hooks = [
        model.get_submodule(tap.removesuffix(".out")).register_forward_hook(
            lambda _m, _i, output, tap=tap: seen.__setitem__(tap, output)
        )
        for tap in taps
    ]
    pixels = images.clone().requires_grad_()
    logits = model((pixels - mean) / std)
    for hook in hooks:
        hook.remove()
    return pixels, logits, seen


def slopes(pixels, seen, unit):
    """Of each tap the gradient of the unit's mean for the pixels.

    The unit is taken from [B, C, H, W], so that the gradient that goes back is laid out in memory as the activations
    are. PyTorch (1.13 and 2.13, CPU) gives wrong numbers where batch norm's backward in eval mode is handed one that is
    not, as it is by flatten(2).transpose(1, 2)[..., unit].
    """
    return {
        tap: torch.autograd.grad(found[:, unit].mean((1, 2)).sum(), pixels, retain_graph=True)[0]
        for tap, found in seen.items()
    }


def liveliest(seen, count):
    """Units whose activation is largest at the tap where it is least so; a dead one would compare nothing."""
    width = min(found.shape[1] for found in seen.values())
    means = [found.detach().abs().mean((0, 2, 3)) for found in seen.values()]
    least = torch.stack([mean[:width] / mean.max() for mean in means]).min(0).values
    return least.argsort(descending=True)[:count].tolist()


def tiny(build, size, statistics):
    model = fill(build())
    images = image("images", (1, 3, size, size)).double()
    pixels, logits, seen = passed(model, images, statistics, tap_names(model))
    [unit] = liveliest(seen, 1)
    gradients = slopes(pixels, seen, unit)
    taps = {
        tap: {"activations": listed(positions_last(seen[tap])), "gradient": listed(gradients[tap])} for tap in seen
    }
    return {"unit": unit, "logits": listed(logits), "taps": taps}


def positions_last(found):
    """[B, C, H, W] → [B, positions, C]"""
    return found.flatten(2).transpose(1, 2)


# Our ids → timm's tags; pipeline/zoo has the same.
VARIANTS = {
    "resnet50": "resnet50.tv_in1k",
    "resnet152": "resnet152.tv_in1k",
    "resnet50_clip": "resnet50_clip.openai",
    "resnet101_clip": "resnet101_clip.openai",
    "resnet50x4_clip": "resnet50x4_clip.openai",
    "resnet50x16_clip": "resnet50x16_clip.openai",
    "mobilenetv2_100": "mobilenetv2_100.ra_in1k",
    "densenet121": "densenet121.tv_in1k",
    "vgg16": "vgg16.tv_in1k",
}
# Those that timm does not have, with the evaluation transform of torchvision's weights.
TORCHVISION = {
    "squeezenet1_0": lambda: torchvision.models.squeezenet1_0(),
    "squeezenet1_1": lambda: torchvision.models.squeezenet1_1(),
    # As it is after loading IMAGENET1K_V1, whose auxiliary heads torchvision drops.
    "googlenet": lambda: googlenet(),
}


def googlenet():
    return torchvision.models.googlenet(transform_input=True, aux_logits=False, init_weights=False)


def build(name):
    if name in VARIANTS:
        model = timm.create_model(VARIANTS[name])
        return model, model.pretrained_cfg
    mean, std = IMAGENET
    cfg = {"input_size": (3, 224, 224), "crop_pct": 224 / 256, "interpolation": "bilinear", "crop_mode": "center"}
    return TORCHVISION[name](), {**cfg, "mean": mean, "std": std}


def parameter_lines(model):
    state = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
    return sorted(f"{name} {'x'.join(map(str, value.shape))}" for name, value in state.items())


def variant(name):
    """A digest of "name shape" lines in the order of names, and the preprocessing of the default_cfg."""
    model, cfg = build(name)
    lines = parameter_lines(model)
    size = cfg["input_size"][1]
    print(name, cfg)
    return {
        "tag": VARIANTS.get(name, f"torchvision {name}"),
        "tensors": len(lines),
        "parameters": sum(p.numel() for p in model.parameters()),
        "sha256": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
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


# Of how many units `full` takes the smoothest.
CANDIDATES = 3


def sampled(value, every):
    flat = value.detach().double().reshape(-1)
    return {
        "every": every,
        "values": listed(flat[::every]),
        "norm": float(flat.norm()),
        "largest": float(flat.abs().max()),
    }


def apart(value, reference):
    """The largest difference, as a share of the largest value."""
    return float(f"{float((value.detach().double() - reference).abs().max() / reference.abs().max()):.3g}")


def full(name):
    """The first, the middle and the last tap, of the smoothest of the liveliest units.

    A ReLU or a maximum has two slopes where it has a tie but for the last bits of float32. How much that matters is
    seen in float64: the gradient is taken again with every pixel moved by up to 1e-6, and of some units the one is
    taken that this changes least. With it stands that distance, and torch's float32 from its float64.
    """
    model, cfg = build(name)
    fill(model)
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    size = cfg["input_size"][1]
    names = tap_names(model)
    taps = [names[0], names[len(names) // 2], names[-1]]
    images = image("full image", (1, 3, size, size))
    statistics = (cfg["mean"], cfg["std"])
    pixels, logits, seen = passed(model, images.double(), statistics, taps)
    step = 1e-6 * (2 * image("step", images.shape).double() - 1)
    there, _, beside = passed(model, images.double() + step, statistics, taps)

    found, moved = {}, {}
    for unit in liveliest(seen, CANDIDATES):
        found[unit] = slopes(pixels, seen, unit)
        other = slopes(there, beside, unit)
        moved[unit] = {tap: apart(other[tap], found[unit][tap]) for tap in taps}
        print(name, unit, moved[unit], flush=True)
    unit = min(moved, key=lambda unit: max(moved[unit].values()))
    del there, beside

    near, _, rounded = passed(model.float(), images, statistics, taps)
    single = slopes(near, rounded, unit)
    # test/support/full-size.ts can damp layers, as make_columnar.py does; nothing is damped here.
    result = {"unit": unit, "damping": 1, "logits": sampled(logits, 7), "taps": {}}
    for tap in taps:
        slope = found[unit][tap]
        distances = {"float32": apart(single[tap], slope), "moved": moved[unit][tap]}
        result["taps"][tap] = {
            "activations": sampled(positions_last(seen[tap]), 997),
            "gradient": {**sampled(slope, 997), **distances},
        }
        print(name, unit, tap, distances, flush=True)
    return result


def main():
    versions = {"timm": timm.__version__, "torchvision": torchvision.__version__}
    if sys.argv[1:2] == ["full"]:
        for name in sys.argv[2:] or [*VARIANTS, *TORCHVISION]:
            path = GOLDENS / "full-convolutional.json"
            before = json.loads(path.read_text())["cases"] if path.exists() else {}
            write(path.name, versions, {"cases": {**before, name: full(name)}})
        return
    if sys.argv[1:2] == ["parameters"]:
        lists = {name: parameter_lines(build(name)[0]) for name in [*VARIANTS, *TORCHVISION]}
        Path(sys.argv[2]).write_text(json.dumps(lists))
        return
    cases = {name: tiny(*how) for name, how in TINY.items()}
    write("models-convolutional.json", versions, {"cases": cases})
    variants, outside = ({name: variant(name) for name in group} for group in (VARIANTS, TORCHVISION))
    write("zoo-convolutional.json", versions, {"variants": variants, "outside": outside})


if __name__ == "__main__":
    main()
